/** AsyncProgram: a program in TypeScript as one async function. Its state cannot be stored, so it is for hosts that keep nothing. */
import {
  type Delivery,
  deliveryOutcome,
  type Failure,
  type Message,
  messageProblem,
  type Payload,
  type Pid,
  type ReplyOutcome,
} from "../mailbox/index.js";
import { Asking, StartedChild } from "./asking.js";
import { type AsyncFunction, type AsyncSelf, ProcessEnded } from "./async-self.js";
import { thrownFailure } from "./guard.js";
import type { Outcome } from "./input.js";
import type { ProcessEvent, Program, Self } from "./program.js";

/** Make a program of an async function. */
export function asyncProgram(run: AsyncFunction): Program {
  return new AsyncProgram(run);
}

type Next = Message | ProcessEvent | undefined;

/** Ends a wait; a promise that has failed ends it with its error. */
type Resolve<T> = (value: T | Promise<never>) => void;

class AsyncProgram extends Asking implements Program, AsyncSelf {
  private readonly body: AsyncFunction;
  private self!: Self;
  private args: readonly Payload[] | undefined = undefined;
  private waiting: Resolve<Next> | undefined = undefined;
  /** What `waiting` resolves. */
  private promise: Promise<Next> | undefined = undefined;
  private events: ProcessEvent[] | undefined = undefined;
  private asked: Map<number, Resolve<Outcome>> | undefined = undefined;

  constructor(body: AsyncFunction) {
    super();
    this.body = body;
  }

  get pid(): Pid {
    return this.self.pid;
  }

  get parent(): Pid {
    return this.self.parent;
  }

  get trapLinks(): boolean {
    return this.self.trapLinks;
  }

  set trapLinks(on: boolean) {
    this.self.trapLinks = on;
  }

  receive(): Promise<Message | ProcessEvent> {
    return this.wait() as Promise<Message | ProcessEvent>;
  }

  receiveWithin(timeoutMs: number): Promise<Next> {
    const got = this.wait();
    const { waiting } = this;
    return waiting === undefined ? got : quiet(this.giveUp(got, waiting, timeoutMs));
  }

  private async giveUp(got: Promise<Next>, waiting: Resolve<Next>, timeoutMs: number): Promise<Next> {
    const timer = this.living.request({ kind: "timer", delayMs: timeoutMs });
    const late = (): void => {
      if (this.waiting !== waiting) return;
      this.waiting = undefined;
      this.promise = undefined;
      waiting(undefined);
    };
    this.await(timer, late);
    try {
      return await got;
    } finally {
      if (this.asked?.delete(timer)) this.self.drop(timer);
    }
  }

  tell(to: Pid, topic: string, ...payloads: readonly Payload[]): void {
    const problem = messageProblem(topic, payloads);
    if (problem !== undefined) throw new TypeError(problem.message);
    this.living.send(to, topic, payloads);
  }

  reply(message: Message, outcome: ReplyOutcome): void {
    this.living.reply(message, outcome);
  }

  link(to: Pid): Promise<Outcome> {
    return this.ask((self) => self.link(to));
  }

  unlink(to: Pid): void {
    this.living.unlink(to);
  }

  monitor(to: Pid): Promise<Outcome> {
    return this.ask((self) => self.monitor(to));
  }

  demonitor(to: Pid): void {
    this.living.demonitor(to);
  }

  override spawn(...args: Parameters<Asking["spawn"]>): ReturnType<Asking["spawn"]> {
    return quiet(super.spawn(...args));
  }

  sleep(delayMs: number): Promise<void> {
    return quiet(this.request({ kind: "timer", delayMs }).then(() => {}));
  }

  protected ask(ask: (self: Self) => number | Failure): Promise<Outcome> {
    if (this.self.hasEnded) return quiet(Promise.reject(new ProcessEnded(this.self.pid)));
    const tag = ask(this.self);
    if (typeof tag !== "number") return Promise.resolve({ ok: false, error: tag });
    if (tag === 0) return Promise.resolve({ ok: true, value: null });
    return quiet(new Promise((resolve) => this.await(tag, resolve)));
  }

  // Program

  get catches(): true {
    return true;
  }

  init(self: Self): undefined {
    this.self = self;
    self.mailbox.subscribeInbox();
  }

  start(args: readonly Payload[]): void {
    this.args = args;
  }

  message(): void {}

  event(event: ProcessEvent): void {
    this.events ??= [];
    this.events.push(event);
  }

  answered(tag: number, delivery: Delivery): void {
    this.settled(tag, deliveryOutcome(delivery));
  }

  settled(tag: number, outcome: Outcome): void {
    const resolve = this.asked?.get(tag);
    this.asked?.delete(tag);
    resolve?.(outcome);
  }

  childStarted(tag: number, pid: Pid): void {
    this.settled(tag, new StartedChild(pid));
  }

  /** The function goes on when this thread has nothing else on its stack: whoever waits for it is only told here. */
  run(): boolean {
    const { args, waiting } = this;
    if (args !== undefined) {
      this.args = undefined;
      this.live(args);
    } else if (waiting !== undefined) {
      const next = this.take();
      if (next === undefined) return false;
      this.waiting = undefined;
      this.promise = undefined;
      waiting(next);
    }
    return false;
  }

  halted(): void {
    const { waiting, promise, asked } = this;
    this.waiting = undefined;
    this.promise = undefined;
    this.asked = undefined;
    this.events = undefined;
    if (waiting === undefined && asked === undefined) return;
    const ended = quiet(Promise.reject(new ProcessEnded(this.self.pid)));
    if (promise !== undefined) quiet(promise);
    waiting?.(ended);
    for (const resolve of asked?.values() ?? []) resolve(ended);
  }

  stack(): string {
    return this.waiting === undefined ? "an async function, at work" : "an async function, waiting in receive";
  }

  unread(): readonly ProcessEvent[] {
    return this.events ?? [];
  }

  private get living(): Self {
    if (this.self.hasEnded) throw new ProcessEnded(this.self.pid);
    return this.self;
  }

  /** Bound functions, as another async function would double the size of a process that waits. */
  private live(args: readonly Payload[]): void {
    try {
      this.body(this, ...args).then(this.returned.bind(this), this.failed.bind(this));
    } catch (thrown) {
      // Of a function that is not async.
      this.failed(thrown);
    }
  }

  private returned(value: Payload | undefined): void {
    this.self.exit({ kind: "normal", value: value ?? null });
  }

  private failed(thrown: unknown): void {
    this.self.exit({ kind: "failed", error: thrownFailure(thrown) });
  }

  private wait(): Promise<Next> {
    void this.living;
    if (this.waiting !== undefined) throw new Error("receive is waited for already: one at a time");
    const next = this.take();
    if (next !== undefined) return Promise.resolve(next);
    this.promise = new Promise((resolve) => {
      this.waiting = resolve;
    });
    return this.promise;
  }

  private take(): Next {
    return this.events?.shift() ?? this.self.mailbox.shift();
  }

  private await(tag: number, resolve: Resolve<Outcome>): void {
    this.asked ??= new Map();
    this.asked.set(tag, resolve);
  }
}

/** That nobody waits for it any more must not bring the node down. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
