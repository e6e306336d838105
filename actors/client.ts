/** Client: a process whose program is ordinary code. It gives code outside of any process a pid, and promises for answers. */
import { type Delivery, deliveryOutcome, type Failure, failure, type Payload, type Pid } from "../mailbox/index.js";
import { Asking, StartedChild } from "./asking.js";
import { thrownFailure } from "./guard.js";
import type { HoldRequest, Outcome } from "./input.js";
import type { ProcessEvent, Program, Self } from "./program.js";

interface Job {
  readonly ask: (self: Self) => number | Failure;
  readonly done: (outcome: Outcome) => void;
  readonly bring?: (payload: Payload) => void;
  /** Set once asked; then `cancel` can drop it. */
  tag: number;
}

const clientEnded: Outcome = {
  ok: false,
  error: failure("UNAVAILABLE", "the node is shutting down", { retryable: true }),
};

/** The program half; a host runs it. `wake` must make the host feed a `wake` input. */
export class ClientProgram implements Program {
  wake: () => void = () => {};
  onEvent: (event: ProcessEvent) => void = () => {};
  private self: Self | undefined;
  private jobs: Job[] = [];
  private readonly waiting = new Map<number, Job>();
  private ended = false;

  init(self: Self): undefined {
    this.self = self;
    self.trapLinks = true;
  }

  start(): void {}

  message(): void {}

  event(event: ProcessEvent): void {
    this.attempt("event listener", () => this.onEvent(event));
  }

  answered(tag: number, delivery: Delivery): void {
    this.settled(tag, deliveryOutcome(delivery));
  }

  settled(tag: number, outcome: Outcome): void {
    const job = this.waiting.get(tag);
    this.waiting.delete(tag);
    if (job !== undefined) this.finish(job, outcome);
  }

  childStarted(tag: number, pid: Pid): void {
    this.settled(tag, new StartedChild(pid));
  }

  brought(tag: number, payload: Payload): void {
    const job = this.waiting.get(tag);
    if (job?.bring !== undefined) this.attempt("subscriber", () => job.bring!(payload));
  }

  run(): boolean {
    const jobs = this.jobs;
    this.jobs = [];
    for (const job of jobs) {
      const tag = this.asked(job);
      if (typeof tag !== "number") this.finish(job, { ok: false, error: tag });
      else if (tag === 0) this.finish(job, { ok: true, value: null });
      else {
        job.tag = tag;
        this.waiting.set(tag, job);
      }
    }
    return false;
  }

  halted(): void {
    this.ended = true;
    const left = [...this.jobs, ...this.waiting.values()];
    this.jobs = [];
    this.waiting.clear();
    for (const job of left) this.finish(job, clientEnded);
    this.self = undefined;
  }

  stack(): string {
    return "a client, driven from outside";
  }

  /** Ask something of the process soon; returns a function that ends the interest in the answer. */
  ask(ask: Job["ask"], done: Job["done"], bring?: Job["bring"]): () => void {
    const job: Job = { ask, done, tag: 0, ...(bring === undefined ? {} : { bring }) };
    if (this.ended) {
      done(clientEnded);
      return () => {};
    }
    this.jobs.push(job);
    this.wake();
    return () => this.forget(job);
  }

  /** What code outside throws is its own fault; the client serves others too. */
  private attempt(what: string, call: () => void): void {
    try {
      call();
    } catch (thrown) {
      const { message, stack } = thrownFailure(thrown);
      const text = `the ${what} of a client threw: ${message}`;
      this.self?.log({ level: "error", message: text, fields: stack === undefined ? {} : { trace: stack } });
    }
  }

  private asked(job: Job): number | Failure {
    try {
      return job.ask(this.self!);
    } catch (thrown) {
      return thrownFailure(thrown);
    }
  }

  private finish(job: Job, outcome: Outcome): void {
    this.attempt("callback", () => job.done(outcome));
  }

  private forget(job: Job): void {
    this.jobs = this.jobs.filter((other) => other !== job);
    if (job.tag > 0 && this.waiting.delete(job.tag)) this.self?.drop(job.tag);
  }
}

/** Promises over a ClientProgram. */
export class Client extends Asking {
  readonly pid: Pid;
  private readonly program: ClientProgram;

  constructor(pid: Pid, program: ClientProgram) {
    super();
    this.pid = pid;
    this.program = program;
  }

  /** EXIT, LINK_DOWN and CANCEL of this client. */
  onEvent(listener: (event: ProcessEvent) => void): void {
    this.program.onEvent = listener;
  }

  /**
   * Hear what a service of the node has to tell, until the returned function is called. `refused` is called once, with the error,
   * when it cannot be heard or the node shuts down.
   */
  hold(
    request: Omit<HoldRequest, "kind">,
    bring: (payload: Payload) => void,
    refused: (error: Failure) => void,
  ): () => void {
    const done = (outcome: Outcome): void => {
      if (!outcome.ok) refused(outcome.error);
    };
    return this.program.ask((self) => self.request({ kind: "hold", ...request }), done, bring);
  }

  /** As `exec`, with a callback and a way to lose interest. */
  start(ask: (self: Self) => number | Failure, done: (outcome: Outcome) => void): () => void {
    return this.program.ask(ask, done);
  }

  /** Call back once, after so many ms of the host's time. */
  after(delayMs: number, fire: () => void): { cancel(): void } {
    const cancel = this.program.ask((self) => self.request({ kind: "timer", delayMs }), fire);
    return { cancel };
  }

  protected ask(ask: (self: Self) => number | Failure): Promise<Outcome> {
    return new Promise((resolve) => {
      this.program.ask(ask, resolve);
    });
  }
}
