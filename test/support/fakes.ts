/** Stand-ins for kernel tests: a program that notes what it is told, one process on a recording port, a clock that is turned by hand. */
import {
  type Clock,
  type Input,
  type Outcome,
  Process,
  type ProcessEvent,
  type ProcessOptions,
  type Program,
  type Self,
  type SpawnResult,
  type SpawnSpec,
  spawnSpec,
  systemPid,
} from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  type Message,
  type MessageQueue,
  makePid,
  type Payload,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import { type PortCall, RecordingPort } from "./replay.js";

export const outside = systemPid("test");

export const pidOf = (id: string, host = "sim:host", node = "sim"): Pid => makePid(node, host, id);

export const boom: ExitReason = { kind: "failed", error: failure("INTERNAL", "boom") };
export const normal: ExitReason = { kind: "normal", value: null };

export interface Script {
  /** The process cannot start, and says so. */
  readonly refuse?: Failure;
  readonly onStart?: (self: Self, args: readonly Payload[]) => void;
  readonly onMessage?: (message: Message, self: Self) => void;
  readonly onEvent?: (event: ProcessEvent, self: Self) => void;
  readonly onSettled?: (tag: number, outcome: Outcome, self: Self) => void;
  /** Called at each slice; true asks for another one. */
  readonly work?: (self: Self) => boolean;
}

/** A program that keeps all it hears and does what its script says. */
export class Probe implements Program {
  self!: Self;
  inbox!: MessageQueue;
  args: readonly Payload[] | undefined;
  halts = 0;
  readonly events: ProcessEvent[] = [];
  readonly messages: Message[] = [];
  readonly answers: [tag: number, delivery: Delivery["kind"]][] = [];
  readonly outcomes: [tag: number, outcome: Outcome][] = [];
  private readonly script: Script;

  constructor(script: Script = {}) {
    this.script = script;
  }

  init(self: Self): Failure | undefined {
    this.self = self;
    this.inbox = self.mailbox.subscribeInbox();
    return this.script.refuse;
  }

  start(args: readonly Payload[]): void {
    this.args = args;
    this.script.onStart?.(this.self, args);
  }

  message(): void {}

  event(event: ProcessEvent): void {
    this.events.push(event);
    this.script.onEvent?.(event, this.self);
  }

  answered(tag: number, delivery: Delivery): void {
    this.answers.push([tag, delivery.kind]);
  }

  settled(tag: number, outcome: Outcome): void {
    this.outcomes.push([tag, outcome]);
    this.script.onSettled?.(tag, outcome, this.self);
  }

  run(): boolean {
    for (let message = this.inbox.shift(); message !== undefined; message = this.inbox.shift()) {
      this.messages.push(message);
      this.script.onMessage?.(message, this.self);
      if (this.halts > 0) return false;
    }
    return this.script.work?.(this.self) ?? false;
  }

  halted(): void {
    this.halts++;
  }

  stack(): string {
    return "probe";
  }

  /** The outcome of one tag. */
  outcome(tag: number): Outcome | undefined {
    return this.outcomes.find(([settled]) => settled === tag)?.[1];
  }
}

/** One process, fed by hand; `calls` are those on its port since `take`. */
export class Subject {
  readonly probe: Probe;
  readonly process: Process;
  readonly port = new RecordingPort();
  at = 1000;

  constructor(id = "a", script: Script = {}, options: Partial<ProcessOptions> = {}) {
    this.probe = new Probe(script);
    this.process = new Process({
      pid: pidOf(id),
      incarnation: "life",
      program: this.probe,
      counted: false,
      ...options,
    });
  }

  get self(): Self {
    return this.process;
  }

  get pid(): Pid {
    return this.process.pid;
  }

  start(parent: Pid = outside, more: Partial<SpawnSpec> = {}): this {
    const spec = { ...spawnSpec(parent, "", 0, { entry: "app:probe", host: "sim:host" }), ...more };
    this.feed({ kind: "start", at: this.at, spec });
    while (this.process.runnable) this.process.run(this.port);
    return this;
  }

  feed(input: Input): void {
    this.process.feed(input, this.port);
  }

  receive(from: Pid, signal: Signal, more: Partial<Envelope> = {}): void {
    const envelope: Envelope = { from, incarnation: "life", to: this.pid, seq: 0, signal, ...more };
    this.feed({ kind: "envelope", at: this.at, envelope });
  }

  message(from: Pid, topic: string, ...payloads: Payload[]): void {
    this.receive(from, { kind: "message", topic, payloads });
  }

  answer(tag: number, delivery: Delivery = accepted): void {
    this.feed({ kind: "answered", at: this.at, tag, delivery });
  }

  settle(tag: number, outcome: Outcome = { ok: true, value: null }): void {
    this.feed({ kind: "settled", at: this.at, tag, outcome });
  }

  spawned(tag: number, result: SpawnResult): void {
    this.feed({ kind: "spawned", at: this.at, tag, result });
  }

  /** Port calls since the last look. */
  take(): PortCall[] {
    return this.port.calls.splice(0);
  }

  /** Signals sent since the last look, with the id of their receiver. */
  sent(): [to: string, signal: Signal][] {
    return this.take().flatMap((call): [string, Signal][] =>
      call.call === "transmit" ? [[call.envelope.to.id, call.envelope.signal]] : [],
    );
  }
}

/** Time stands still until it is moved; what was put off runs in `settle`. */
export class VirtualClock implements Clock {
  private time: number;
  private pending: (() => void)[] = [];
  private timers: { at: number; order: number; fire: () => void }[] = [];
  private order = 0;

  constructor(start = 1_000_000) {
    this.time = start;
  }

  get openTimers(): number {
    return this.timers.length;
  }

  now(): number {
    return this.time;
  }

  timer(delayMs: number, fire: () => void): { cancel(): void } {
    const timer = { at: this.time + Math.max(0, delayMs), order: ++this.order, fire };
    this.timers.push(timer);
    const cancel = (): void => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
    return { cancel };
  }

  soon(run: () => void): void {
    this.pending.push(run);
  }

  /** Run what was put off, at most so many times; false when something is left. */
  settle(limit = 10_000): boolean {
    for (let i = 0; i < limit; i++) {
      const run = this.pending.shift();
      if (run === undefined) return true;
      run();
    }
    return this.pending.length === 0;
  }

  /** As `settle`, and lets promises that became ready go on. */
  async idle(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      this.settle();
      await Promise.resolve();
    }
  }

  /** Let time pass; every timer fires at its own time. */
  advance(ms: number): void {
    const until = this.time + ms;
    this.settle();
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = Math.max(this.time, due.at);
      due.fire();
      this.settle();
    }
    this.time = until;
  }
}
