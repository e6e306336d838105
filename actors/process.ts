/** One process: every rule of links, monitors, exits, calls and spawns is reached from here. Knows no host and no language. */
import {
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  Mailbox,
  type Message,
  messageOf,
  type Payload,
  type Pid,
  type ReplyOutcome,
  type Signal,
} from "../mailbox/index.js";
import { inheritedContext } from "./context.js";
import { tellStarted } from "./guard.js";
import type { Input, Outcome, PayloadRecord, Request, SpawnSpec } from "./input.js";
import type { Life } from "./life.js";
import { Parts } from "./parts.js";
import type { LogRecord, Port } from "./port.js";
import type { ProcessEvent, Program, Self, SpawnOptions } from "./program.js";
import { discard, type Receiver, receive } from "./reception.js";
import { addRef } from "./relations.js";
import { type ProcessSnapshot, readSnapshot, type SnapshotParts, takeSnapshot } from "./snapshot.js";

export interface ProcessOptions {
  readonly pid: Pid;
  /** Names this life of the pid: run id, boot id, journal id. */
  readonly incarnation: string;
  readonly program: Program;
  /** Number outgoing envelopes, for a transport that may repeat them. */
  readonly counted: boolean;
  /** Every spawn is monitored, asked or not: in a workflow the end of a child always comes as an event. */
  readonly monitorChildren?: boolean;
  /** Go on from here: `become` or `restored` follows. Without it the process is new, and its first input is `start`. */
  readonly from?: ProcessSnapshot;
}

export type ProcessStatus = "new" | "running" | "ended";

const empty: PayloadRecord = Object.freeze({});

export class Process extends Parts implements Self, Life, Receiver {
  readonly mailbox = new Mailbox();
  entry = "";
  parent: Pid;
  context: PayloadRecord = empty;
  options: PayloadRecord = empty;
  trapLinks = false;
  status: ProcessStatus = "new";
  /** Set once ended. */
  exitReason: ExitReason | undefined = undefined;
  /** The program stopped in the middle of its work; `run` goes on. No input may be fed until it is false. */
  runnable = false;
  private program: Program;
  private readonly monitorChildren: boolean;

  constructor(options: ProcessOptions) {
    const { pid, incarnation, counted, from } = options;
    super(pid, incarnation, counted, from?.lastTag ?? 0);
    this.parent = pid;
    this.program = options.program;
    this.monitorChildren = options.monitorChildren ?? false;
    if (from === undefined) return;
    this.makeBonds(from.lastRef);
    readSnapshot(from, this, this.parts());
  }

  get hasEnded(): boolean {
    return this.status === "ended";
  }

  /**
   * Take one input and tell the port what follows from it, in order. Deterministic: same inputs, same calls on the port; the time is
   * in the input. Never throws for anything a peer may send. Ignored after the end.
   */
  feed(input: Input, port: Port): void {
    if (input.kind === "envelope") return this.receive(input.envelope, input.at, port);
    if (this.hasEnded) return;
    this.port = port;
    if (input.at > this.now) this.now = input.at;
    this.take(input);
    if (input.kind !== "start") this.run(port);
  }

  /** As `feed` of an envelope, without an object for the input. */
  receive(envelope: Envelope, at: number, port: Port): void {
    if (this.hasEnded) return;
    this.port = port;
    if (at > this.now) this.now = at;
    receive(this, envelope, this.program);
    this.run(port);
  }

  /** Go on with a program that stopped in the middle of its work. */
  run(port: Port): void {
    if (this.status !== "running" || this.upgrading !== undefined) {
      this.runnable = false;
      return;
    }
    this.port = port;
    const more = this.program.run();
    this.runnable = more && !this.hasEnded && this.upgrading === undefined;
  }

  /**
   * Go on as another program: the second half of `upgrade`, or the first thing after a restore from a snapshot of one. A failure to
   * start ends the process, and everybody who is bound to it hears so. The program runs in `run`, as after a start.
   */
  become(program: Program | Failure, at: number, port: Port): void {
    const { upgrading } = this;
    if (this.hasEnded || upgrading === undefined) return;
    this.port = port;
    if (at > this.now) this.now = at;
    this.upgrading = undefined;
    this.entry = upgrading.entry;
    const problem = isFailure(program) ? program : this.begun(program, upgrading.args);
    if (problem === undefined) this.runnable = !this.hasEnded;
    else this.exit({ kind: "failed", error: { ...problem, message: `upgrade: ${problem.message}` } });
  }

  /** Go on from a snapshot that has the program's own state in it. */
  restored(state: Payload, port: Port): Failure | undefined {
    this.port = port;
    return this.program.restore?.(this, state) ?? undefined;
  }

  /** Number every envelope from now on above this: what was sent in a life that nobody remembers stays below. */
  raiseSequence(floor: number): void {
    this.sequence.raise(floor);
  }

  /**
   * Everything that is kept of this process, as data; between inputs only. While it is `upgrading` always; else with the program's own
   * state, and undefined when the program has none or something is under way that cannot be stored.
   */
  snapshot(): ProcessSnapshot | undefined {
    return takeSnapshot(this, this.parts());
  }

  /**
   * For an input that comes after the end: what others must hear because of it. A link or monitor finds a dead pid; a child whose
   * start was still under way learns that its parent is gone.
   */
  refuse(input: Input): Envelope[] {
    if (input.kind === "envelope") {
      const { from, incarnation, signal } = input.envelope;
      if (signal.kind !== "link" && signal.kind !== "monitor") return [];
      const exit: Signal = { kind: "exit", via: signal.kind, refs: [-signal.ref], reason: { kind: "noproc" } };
      return [this.envelope(from, exit, incarnation)];
    }
    if (input.kind !== "spawned" || !input.result.ok || input.result.existed) return [];
    const { pid, incarnation } = input.result;
    const signals = this.spawns.orphaned(input.tag, this.exitReason!);
    return signals.map((signal) => this.envelope(pid, signal, incarnation));
  }

  stack(): string {
    return this.hasEnded ? "ended" : this.program.stack();
  }

  // Life: what the parts tell the program.

  event(event: ProcessEvent): void {
    if (this.upgrading !== undefined) this.unread.push(event);
    else if (!this.hasEnded) this.program.event(event);
  }

  answered(tag: number, delivery: Delivery): void {
    if (!this.hasEnded && this.upgrading === undefined) this.program.answered(tag, delivery);
  }

  settled(tag: number, outcome: Outcome): void {
    if (!this.hasEnded && this.upgrading === undefined) this.program.settled(tag, outcome);
  }

  childStarted(tag: number, pid: Pid): void {
    if (!this.hasEnded && this.upgrading === undefined) tellStarted(this.program, tag, pid);
  }

  // Self: what the program asks for.

  send(to: Pid, topic: string, payloads: readonly Payload[]): number {
    return this.transmit(to, { kind: "message", topic, payloads });
  }

  link(to: Pid): number {
    return this.bonds.link(to);
  }

  unlink(to: Pid): void {
    this.bonds.unlink(to);
  }

  monitor(to: Pid): number | Failure {
    const answer = this.bonds.monitor(to);
    // A child is monitored already, and its parent need not know.
    return this.monitorChildren && typeof answer !== "number" ? 0 : answer;
  }

  demonitor(to: Pid): void {
    this.bonds.demonitor(to);
  }

  cancel(to: Pid, reason: string | undefined, withinMs: number | undefined): number {
    return this.transmit(to, {
      kind: "cancel",
      ...(reason === undefined ? {} : { reason }),
      ...(withinMs === undefined ? {} : { withinMs }),
    });
  }

  kill(to: Pid): number {
    return this.transmit(to, { kind: "kill" });
  }

  spawn(entry: string, host: string, args: readonly Payload[], options: SpawnOptions): number {
    const wanted = this.monitorChildren ? { ...options, monitor: true } : options;
    return this.spawns.spawn(entry, host, args, wanted, inheritedContext(this.context));
  }

  exec(entry: string, host: string, args: readonly Payload[], options: SpawnOptions): number {
    return this.spawns.exec(entry, host, args, options, inheritedContext(this.context));
  }

  call(to: Pid, topic: string, payloads: readonly Payload[], timeoutMs: number): number {
    return this.calls.call(to, topic, payloads, timeoutMs);
  }

  reply(message: Message, outcome: ReplyOutcome): number {
    return this.calls.reply(message, outcome);
  }

  owes(message: Message): boolean {
    return this.calls.owes(message);
  }

  request(request: Exclude<Request, { kind: "spawn" }>): number {
    return this.ask(request);
  }

  nextKey(): string {
    return `${this.pid.text}/${this.incarnation}/${this.lastTag + 1}`;
  }

  drop(tag: number): void {
    if (!this.callsIfAny?.drop(tag)) this.forgo(tag);
  }

  log(record: LogRecord): void {
    this.port.log(record);
  }

  info(): Payload | undefined {
    return this.port.info();
  }

  upgrade(entry: string | undefined, args: readonly Payload[]): void {
    if (this.hasEnded || this.upgrading !== undefined) return;
    this.upgrading = { entry: entry ?? this.entry, args };
    this.unread.push(...(this.program.unread?.() ?? []));
    this.program.halted({ kind: "normal", value: null });
    this.forgoAll(this.deadlines);
    this.spawns.abandonExecs();
    this.calls.dropOpen();
    this.bonds.dropPrivate();
    this.mailbox.release();
    this.trapLinks = false;
    this.runnable = false;
  }

  exit(reason: ExitReason): void {
    if (this.hasEnded) return;
    this.end(reason);
    this.forgoAll();
    this.bondsIfAny?.announce(reason);
    this.port.halt(reason);
  }

  // Inputs.

  private take(input: Input): void {
    switch (input.kind) {
      case "start":
        return this.begin(input.spec);
      case "answered": {
        const { tag, delivery } = input;
        const ours = this.bondsIfAny?.takeAnswer(tag, delivery) || this.takeAnswer(tag, delivery);
        if (!ours) this.answered(tag, delivery);
        return;
      }
      case "settled":
        if (this.takeOutcome(input.tag, input.outcome)) return;
        if (this.deadlinesIfAny?.delete(input.tag)) return this.exit({ kind: "killed" });
        this.program.settled(input.tag, input.outcome);
        return;
      case "spawned":
        return this.spawns.spawned(input.tag, input.result);
      case "brought":
        if (this.isOpen(input.tag)) this.program.brought?.(input.tag, input.payload);
        return;
      case "nodedown":
        return this.bondsIfAny?.nodeDown(input.node);
      case "overrun":
        return this.exit(overBudget(this.program.stack()));
      case "discard":
        return discard(this, input.count);
      case "stop":
        return this.exit(input.reason);
      case "continue":
        if (!this.program.continue?.()) this.log(cannotContinue);
        return;
      case "wake":
        return;
    }
  }

  private begin(spec: SpawnSpec): void {
    this.status = "running";
    this.entry = spec.entry;
    this.parent = spec.parent;
    this.context = spec.context;
    this.options = spec.options;
    const { parent, parentIncarnation, linkRef, monitorRef } = spec;
    if (linkRef !== undefined) addRef(this.relations.links, parent, parentIncarnation, -linkRef);
    if (monitorRef !== undefined) addRef(this.relations.watchers, parent, parentIncarnation, -monitorRef);
    const failedToStart = this.program.init(this);
    if (this.hasEnded) return;
    if (failedToStart !== undefined) {
      this.failedToStart = failedToStart;
      const reason: ExitReason = { kind: "failed", error: failedToStart };
      this.end(reason);
      this.forgoAll();
      this.port.halt(reason);
      return;
    }
    for (const { topic, payloads } of spec.messages) {
      this.mailbox.deliver(messageOf(parent, parentIncarnation, topic, payloads));
    }
    this.program.start(spec.args);
    this.runnable = !this.hasEnded;
  }

  /** Start a program in a process that has a life behind it. */
  private begun(program: Program, args: readonly Payload[]): Failure | undefined {
    this.program = program;
    const problem = program.init(this);
    if (problem !== undefined || this.hasEnded) return problem;
    program.start(args);
    for (const event of this.unread.splice(0)) program.event(event);
    return undefined;
  }

  private parts(): SnapshotParts {
    const { bonds, spawns, calls, deadlines, program, unread } = this;
    return { outbox: this, bonds, spawns, calls, deadlines, program, unread };
  }

  private end(reason: ExitReason): void {
    this.status = "ended";
    this.exitReason = reason;
    this.runnable = false;
    this.upgrading = undefined;
    this.program.halted(reason);
  }
}

const cannotContinue: LogRecord = {
  level: "warn",
  message: "the history of this process has grown past its limit, and workflow.on_continue is not set",
  fields: {},
};

function isFailure(value: Program | Failure): value is Failure {
  return "kind" in value && typeof value.kind === "string";
}

function overBudget(stack: string): ExitReason {
  return {
    kind: "failed",
    error: failure("RESOURCE_EXHAUSTED", "instruction budget exceeded", { stack }),
  };
}
