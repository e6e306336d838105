/** One process: every rule of links, monitors, exits, calls and spawns is reached from here. Knows no host and no language. */
import {
  accepted,
  type CallMark,

  type Delivery,
  deliveryError,
  type Envelope,
  type ExitReason,
  exitError,
  type Failure,
  failure,

  linkedProcessFailed,
  Mailbox,
  type Message,
  mirror,
  type Payload,
  type Pid,
  type Ref,
  type ReplyOutcome,
  type Signal,
} from "../mailbox/index.js";
import { Calls, type OpenCall } from "./calls.js";
import type { Input, Outcome, PayloadRecord, Request, SpawnResult, SpawnSpec } from "./input.js";
import type { LogRecord, Port } from "./port.js";
import type { Program, Self, SpawnOptions } from "./program.js";
import { addRef, linkVerdict, Relations, removeRefs } from "./relations.js";
import { SequenceTable } from "./sequence.js";

export interface ProcessOptions {
  readonly pid: Pid;
  /** Names this life of the pid: run id, boot id, journal id. */
  readonly incarnation: string;
  readonly program: Program;
  /** Number outgoing envelopes, for a transport that may repeat them. */
  readonly counted: boolean;
}

type ExitSignal = Extract<Signal, { kind: "exit" }>;

/** A spawn whose child's pid is not known yet. Exits of the child that overtake the answer wait in `early`. */
interface PendingSpawn {
  readonly purpose: "spawn" | "exec";
  /** Goes when the child unlinks before its pid is known here. */
  linkRef: Ref | undefined;
  readonly monitorRef: Ref | undefined;
  readonly early: { from: Pid; signal: ExitSignal }[];
}

/** What an answer or outcome with a tag of ours means, when it is not simply the program's. */
type Expectation =
  | { readonly kind: "link" | "monitor"; readonly to: Pid; readonly ref: Ref }
  | { readonly kind: "adopt"; readonly via: "link" | "monitor"; readonly to: Pid; readonly ref: Ref }
  | { readonly kind: "watch"; readonly to: Pid; readonly ref: Ref; readonly waiting: number }
  | { readonly kind: "call"; readonly ref: Ref }
  | { readonly kind: "call-timeout"; readonly ref: Ref; readonly afterMs: number }
  | { readonly kind: "deadline" };

export type ProcessStatus = "new" | "running" | "ended";

export class Process implements Self {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly mailbox = new Mailbox();
  readonly relations = new Relations();
  entry = "";
  parent: Pid;
  context: PayloadRecord = {};
  trapLinks = false;
  status: ProcessStatus = "new";
  /** Set once ended. */
  exitReason: ExitReason | undefined;
  /** The program stopped in the middle of its work; `run` goes on. No input may be fed until it is false. */
  runnable = false;
  now = 0;

  private readonly program: Program;
  private readonly counted: boolean;
  private readonly sequence = new SequenceTable();
  private readonly calls = new Calls();
  private readonly spawns = new Map<number, PendingSpawn>();
  private readonly expected = new Map<number, Expectation>();
  private readonly open = new Set<number>();
  /** Private monitors of exec: ref -> tag. Those of calls are found by their ref in `calls`. */
  private readonly watches = new Map<Ref, { tag: number } | { call: Ref }>();
  private lastTag = 0;
  private startFailure: Failure | undefined;
  private port!: Port;

  constructor(options: ProcessOptions) {
    this.pid = options.pid;
    this.parent = options.pid;
    this.incarnation = options.incarnation;
    this.program = options.program;
    this.counted = options.counted;
  }

  /** Why `start` failed before the program ran; the host answers the spawn with it, and nobody else hears of the process. */
  get failedToStart(): Failure | undefined {
    return this.startFailure;
  }

  /**
   * Take one input and tell the port what follows from it, in order. Deterministic: same inputs, same calls on the port; the time is
   * in the input. Never throws for anything a peer may send. Ignored after the end.
   */
  feed(input: Input, port: Port): void {
    if (this.status === "ended") return;
    this.port = port;
    if (input.at > this.now) this.now = input.at;
    this.take(input);
    if (input.kind !== "start") this.run(port);
  }

  /** Go on with a program that stopped in the middle of its work. */
  run(port: Port): void {
    if (this.status !== "running") {
      this.runnable = false;
      return;
    }
    this.port = port;
    const more = this.program.run();
    this.runnable = more && !this.hasEnded();
  }

  /**
   * For an input that comes after the end: what others must hear because of it. A link or monitor finds a dead pid; a child whose
   * start was still under way learns that its parent is gone.
   */
  refuse(input: Input): Envelope[] {
    if (input.kind === "envelope") {
      const { from, incarnation, signal } = input.envelope;
      if (signal.kind !== "link" && signal.kind !== "monitor") return [];
      return [this.envelope(from, { kind: "exit", via: signal.kind, refs: [-signal.ref], reason: { kind: "noproc" } }, incarnation)];
    }
    if (input.kind !== "spawned" || !input.result.ok || input.result.existed) return [];
    const spawn = this.spawns.get(input.tag);
    this.spawns.delete(input.tag);
    const { pid, incarnation } = input.result;
    const signals: Signal[] = [];
    if (spawn?.linkRef !== undefined) signals.push({ kind: "exit", via: "link", refs: [spawn.linkRef], reason: this.exitReason! });
    if (spawn?.monitorRef !== undefined) signals.push({ kind: "demonitor", refs: [spawn.monitorRef] });
    return signals.map((signal) => this.envelope(pid, signal, incarnation));
  }

  stack(): string {
    return this.status === "ended" ? "ended" : this.program.stack();
  }

  // Self: what the program asks for.

  send(to: Pid, topic: string, payloads: readonly Payload[]): number {
    const tag = ++this.lastTag;
    this.transmit(to, { kind: "message", topic, payloads }, tag);
    return tag;
  }

  link(to: Pid): number {
    if (to.text === this.pid.text || this.relations.links.has(to.text)) return 0;
    return this.relate("link", to, this.relations.newRef());
  }

  unlink(to: Pid): void {
    const bond = this.relations.links.get(to.text);
    if (bond === undefined) return;
    this.relations.links.delete(to.text);
    this.transmit(to, { kind: "unlink", refs: bond.refs }, 0, bond.incarnation);
  }

  monitor(to: Pid): number | Failure {
    if (to.text === this.pid.text) return 0;
    if (this.publicMonitor(to) !== undefined) {
      return failure("ALREADY_EXISTS", "already monitoring pid", { retryable: false, details: { pid: to.text } });
    }
    return this.relate("monitor", to, this.relations.newRef());
  }

  demonitor(to: Pid): void {
    const ref = this.publicMonitor(to);
    if (ref !== undefined) this.endMonitor(to, ref);
  }

  cancel(to: Pid, reason: string | undefined, withinMs: number | undefined): number {
    const tag = ++this.lastTag;
    const signal: Signal = {
      kind: "cancel",
      ...(reason === undefined ? {} : { reason }),
      ...(withinMs === undefined ? {} : { withinMs }),
    };
    this.transmit(to, signal, tag);
    return tag;
  }

  kill(to: Pid): number {
    const tag = ++this.lastTag;
    this.transmit(to, { kind: "kill" }, tag);
    return tag;
  }

  spawn(entry: string, host: string, args: readonly Payload[], options: SpawnOptions): number {
    const linkRef = options.link ? this.relations.newRef() : undefined;
    const monitorRef = options.monitor ? this.relations.newRef() : undefined;
    return this.startSpawn("spawn", entry, host, args, options, linkRef, monitorRef);
  }

  exec(entry: string, host: string, args: readonly Payload[], options: SpawnOptions): number {
    const monitorRef = this.relations.newRef();
    const tag = this.startSpawn("exec", entry, host, args, options, undefined, monitorRef);
    this.watches.set(monitorRef, { tag });
    return tag;
  }

  call(to: Pid, topic: string, payloads: readonly Payload[], timeoutMs: number): number {
    const tag = ++this.lastTag;
    const ref = this.relations.newRef();
    const monitorRef = this.relations.newRef();
    const timerTag = this.request({ kind: "timer", delayMs: timeoutMs });
    this.expected.set(timerTag, { kind: "call-timeout", ref, afterMs: timeoutMs });
    this.calls.add({ ref, tag, to, monitorRef, timerTag });
    const mark: CallMark = { ref, chain: this.calls.chain(this.pid, ref) };
    if (to.text !== this.pid.text) {
      this.watches.set(monitorRef, { call: ref });
      this.watch(to, monitorRef, { kind: "call", ref });
    }
    const sendTag = ++this.lastTag;
    this.expected.set(sendTag, { kind: "call", ref });
    this.transmit(to, { kind: "message", topic, payloads, call: mark }, sendTag);
    return tag;
  }

  reply(message: Message, outcome: ReplyOutcome): number {
    if (message.call === undefined || !this.calls.settle(message)) return 0;
    const tag = ++this.lastTag;
    this.transmit(message.from, { kind: "reply", ref: message.call.ref, outcome }, tag, message.incarnation);
    return tag;
  }

  owes(message: Message): boolean {
    return this.calls.owes(message);
  }

  request(request: Exclude<Request, { kind: "spawn" }>): number {
    const tag = ++this.lastTag;
    this.open.add(tag);
    this.port.request(tag, request);
    return tag;
  }

  nextKey(): string {
    return `${this.pid.text}/${this.incarnation}/${this.lastTag + 1}`;
  }

  drop(tag: number): void {
    const call = this.calls.byTag(tag);
    if (call !== undefined) this.closeCall(call);
    else if (this.open.delete(tag)) this.port.drop(tag);
  }

  log(record: LogRecord): void {
    this.port.log(record);
  }

  info(): Payload | undefined {
    return this.port.info();
  }

  exit(reason: ExitReason): void {
    if (this.status === "ended") return;
    this.status = "ended";
    this.exitReason = reason;
    this.runnable = false;
    this.program.halted(reason);
    for (const tag of this.open) this.port.drop(tag);
    const { watchers, links, watching } = this.relations;
    for (const bond of watchers.values()) this.announce("monitor", bond.pid, bond.incarnation, bond.refs, reason);
    for (const bond of links.values()) this.announce("link", bond.pid, bond.incarnation, bond.refs, reason);
    for (const bond of watching.values()) {
      this.transmit(bond.pid, { kind: "demonitor", refs: bond.refs }, 0, bond.incarnation);
    }
    this.port.halt(reason);
  }

  // Inputs.

  private take(input: Input): void {
    switch (input.kind) {
      case "start":
        return this.begin(input.spec);
      case "envelope":
        return this.receive(input.envelope);
      case "answered":
        return this.answered(input.tag, input.delivery);
      case "settled":
        return this.settled(input.tag, input.outcome);
      case "spawned":
        return this.spawned(input.tag, input.result);
      case "nodedown":
        return this.nodeDown(input.node);
      case "overrun":
        return this.exit({
          kind: "failed",
          error: failure("RESOURCE_EXHAUSTED", "instruction budget exceeded", { stack: this.program.stack() }),
        });
      case "stop":
        return this.exit(input.reason);
      case "wake":
        return;
    }
  }

  private begin(spec: SpawnSpec): void {
    this.status = "running";
    this.entry = spec.entry;
    this.parent = spec.parent;
    this.context = spec.context;
    const problem = this.program.init(this);
    if (problem !== undefined) {
      this.status = "ended";
      this.exitReason = { kind: "failed", error: problem };
      this.startFailure = problem;
      this.program.halted(this.exitReason);
      this.port.halt(this.exitReason);
      return;
    }
    const { parent, parentIncarnation, linkRef, monitorRef } = spec;
    if (linkRef !== undefined) addRef(this.relations.links, parent, parentIncarnation, -linkRef);
    if (monitorRef !== undefined) addRef(this.relations.watchers, parent, parentIncarnation, -monitorRef);
    for (const { topic, payloads } of spec.messages) {
      this.mailbox.push({ from: parent, incarnation: parentIncarnation, topic, payloads });
    }
    this.program.start(spec.args);
    this.runnable = true;
  }

  private receive(envelope: Envelope): void {
    if (envelope.toIncarnation !== undefined && envelope.toIncarnation !== this.incarnation) return;
    if (this.sequence.isRepeat(envelope, this.now)) return;
    const { from, incarnation, signal } = envelope;
    const { links, watchers } = this.relations;
    switch (signal.kind) {
      case "message":
        return this.receiveMessage({ from, incarnation, topic: signal.topic, payloads: signal.payloads, call: signal.call });
      case "reply": {
        const call = this.calls.take(signal.ref);
        if (call !== undefined) this.finishCall(call, signal.outcome);
        return;
      }
      case "link":
        if (from.text !== this.pid.text) addRef(links, from, incarnation, -signal.ref);
        return;
      case "unlink":
        removeRefs(links, from, mirror(signal.refs));
        for (const spawn of this.spawns.values()) {
          if (spawn.linkRef !== undefined && signal.refs.includes(-spawn.linkRef)) spawn.linkRef = undefined;
        }
        return;
      case "monitor":
        if (from.text !== this.pid.text) addRef(watchers, from, incarnation, -signal.ref);
        return;
      case "demonitor":
        removeRefs(watchers, from, mirror(signal.refs));
        return;
      case "exit":
        return this.receiveExit(from, signal);
      case "cancel":
        return this.receiveCancel(from, signal.reason, signal.withinMs);
      case "kill":
        return this.exit({ kind: "killed" });
    }
  }

  private receiveMessage(message: Message): void {
    if (message.call !== undefined) {
      this.calls.noteReceived(message);
      const cycle = this.calls.cycle(this.pid, message.call);
      if (cycle !== undefined) {
        this.reply(message, { ok: false, error: cycle });
        return;
      }
    }
    const queue = this.mailbox.push(message);
    if (queue !== undefined) this.program.message(queue);
  }

  private receiveCancel(from: Pid, reason: string | undefined, withinMs: number | undefined): void {
    const deadline = withinMs === undefined ? undefined : this.now + withinMs;
    if (withinMs !== undefined) {
      this.expected.set(this.request({ kind: "timer", delayMs: withinMs }), { kind: "deadline" });
    }
    this.program.event({ kind: "cancel", from, at: this.now, reason, deadline });
  }

  /** Safe to repeat: an exit whose refs we do not hold is ignored. */
  private receiveExit(from: Pid, signal: ExitSignal): void {
    this.sequence.forget(from);
    this.calls.forget(from);
    const refs = mirror(signal.refs);
    for (const spawn of this.spawns.values()) {
      const ref = signal.via === "link" ? spawn.linkRef : spawn.monitorRef;
      if (ref !== undefined && refs.includes(ref)) {
        spawn.early.push({ from, signal });
        return;
      }
    }
    if (signal.via === "monitor") this.endOfWatched(from, refs, signal.reason);
    else if (removeRefs(this.relations.links, from, refs).length > 0) this.endOfLinked(from, signal.reason);
  }

  private endOfWatched(from: Pid, refs: readonly Ref[], reason: ExitReason): void {
    for (const ref of removeRefs(this.relations.watching, from, refs)) {
      const watch = this.watches.get(ref);
      this.watches.delete(ref);
      if (watch === undefined) {
        this.program.event({ kind: "exit", from, at: this.now, reason });
      } else if ("tag" in watch) {
        this.program.settled(watch.tag, resultOf(reason));
      } else {
        const call = this.calls.take(watch.call);
        if (call !== undefined) this.finishCall(call, { ok: false, error: exitError(reason) ?? endedWithoutAnswer(from) });
      }
    }
  }

  private endOfLinked(from: Pid, reason: ExitReason): void {
    const verdict = linkVerdict(reason, this.trapLinks);
    if (verdict === "ignore" || this.status === "ended") return;
    const error = exitError(reason) ?? failure("INTERNAL", linkedProcessFailed);
    if (verdict === "event") {
      this.program.event({ kind: "link_down", from, at: this.now, error });
      return;
    }
    const details = { from: from.text, error: { kind: error.kind, message: error.message } };
    this.exit({ kind: "failed", error: failure("INTERNAL", linkedProcessFailed, { details }) });
  }

  private answered(tag: number, delivery: Delivery): void {
    const expectation = this.expected.get(tag);
    if (expectation === undefined) {
      this.program.answered(tag, delivery);
      return;
    }
    this.expected.delete(tag);
    const refused = delivery.kind === "accepted" ? undefined : deliveryError(delivery);
    switch (expectation.kind) {
      case "link":
      case "monitor": {
        const table = expectation.kind === "link" ? this.relations.links : this.relations.watching;
        // A transport that repeats may report `gone` for a copy after the first one was taken and its exit came back.
        const settledByExit = refused !== undefined && removeRefs(table, expectation.to, [expectation.ref]).length === 0;
        this.program.answered(tag, settledByExit ? accepted : delivery);
        return;
      }
      case "adopt": {
        const { via, to, ref } = expectation;
        if (refused !== undefined) this.receiveExit(to, { kind: "exit", via, refs: [-ref], reason: { kind: "failed", error: refused } });
        return;
      }
      case "watch": {
        if (refused === undefined) return;
        if (removeRefs(this.relations.watching, expectation.to, [expectation.ref]).length === 0) return;
        this.watches.delete(expectation.ref);
        this.program.settled(expectation.waiting, { ok: false, error: refused });
        return;
      }
      case "call": {
        const call = refused === undefined ? undefined : this.calls.take(expectation.ref);
        if (call !== undefined && refused !== undefined) this.finishCall(call, { ok: false, error: refused });
        return;
      }
      case "call-timeout":
      case "deadline":
        return;
    }
  }

  private settled(tag: number, outcome: Outcome): void {
    if (!this.open.delete(tag)) return;
    const expectation = this.expected.get(tag);
    if (expectation === undefined) {
      this.program.settled(tag, outcome);
      return;
    }
    this.expected.delete(tag);
    if (expectation.kind === "deadline") {
      this.exit({ kind: "killed" });
    } else if (expectation.kind === "call-timeout") {
      const call = this.calls.take(expectation.ref);
      const message = `no reply within ${expectation.afterMs} ms`;
      if (call !== undefined) {
        const details = { pid: call.to.text };
        this.finishCall(call, { ok: false, error: failure("TIMEOUT", message, { retryable: true, details }) });
      }
    }
  }

  private spawned(tag: number, result: SpawnResult): void {
    const spawn = this.spawns.get(tag);
    if (spawn === undefined) return;
    this.spawns.delete(tag);
    if (!result.ok) {
      if (spawn.monitorRef !== undefined) this.watches.delete(spawn.monitorRef);
      this.program.settled(tag, result);
      return;
    }
    if (result.existed) this.adopt(tag, spawn, result.pid);
    else {
      const { links, watching } = this.relations;
      if (spawn.linkRef !== undefined) addRef(links, result.pid, result.incarnation ?? "", spawn.linkRef);
      if (spawn.monitorRef !== undefined) addRef(watching, result.pid, result.incarnation ?? "", spawn.monitorRef);
    }
    if (spawn.purpose === "spawn") this.program.settled(tag, { ok: true, value: result.pid.text });
    for (const { from, signal } of spawn.early) this.receiveExit(from, signal);
  }

  /** The name led to a living process: relate to it as the spawn asked. If it ends meanwhile, the relation says so. */
  private adopt(tag: number, spawn: PendingSpawn, pid: Pid): void {
    if (pid.text === this.pid.text) return;
    if (spawn.monitorRef !== undefined) {
      if (spawn.purpose === "exec") this.watch(pid, spawn.monitorRef, { kind: "watch", to: pid, ref: spawn.monitorRef, waiting: tag });
      else if (this.publicMonitor(pid) === undefined) this.adoptBond("monitor", pid, spawn.monitorRef);
    }
    if (spawn.linkRef !== undefined && !this.relations.links.has(pid.text)) this.adoptBond("link", pid, spawn.linkRef);
  }

  /** Like `relate`, but a refusal comes as the exit it stands for: the program has its answer, the pid, already. */
  private adoptBond(kind: "link" | "monitor", to: Pid, ref: Ref): void {
    addRef(kind === "link" ? this.relations.links : this.relations.watching, to, "", ref);
    const tag = ++this.lastTag;
    this.expected.set(tag, { kind: "adopt", via: kind, to, ref });
    this.transmit(to, { kind, ref }, tag);
  }

  private nodeDown(node: string): void {
    const reason: ExitReason = { kind: "failed", error: failure("UNAVAILABLE", `node ${node} is down`, { retryable: true }) };
    for (const bond of [...this.relations.watchers.values()]) {
      if (bond.pid.node === node) this.relations.watchers.delete(bond.pid.text);
    }
    for (const bond of [...this.relations.watching.values()]) {
      if (bond.pid.node === node) this.endOfWatched(bond.pid, bond.refs, reason);
    }
    for (const bond of [...this.relations.links.values()]) {
      if (bond.pid.node !== node || this.hasEnded()) continue;
      this.relations.links.delete(bond.pid.text);
      this.endOfLinked(bond.pid, reason);
    }
  }

  // Shared steps.

  private startSpawn(
    purpose: PendingSpawn["purpose"],
    entry: string,
    host: string,
    args: readonly Payload[],
    options: SpawnOptions,
    linkRef: Ref | undefined,
    monitorRef: Ref | undefined,
  ): number {
    const tag = ++this.lastTag;
    this.spawns.set(tag, { purpose, linkRef, monitorRef, early: [] });
    const spec: SpawnSpec = {
      entry,
      host,
      args,
      parent: this.pid,
      parentIncarnation: this.incarnation,
      key: tag,
      ...(linkRef === undefined ? {} : { linkRef }),
      ...(monitorRef === undefined ? {} : { monitorRef }),
      ...(options.name === undefined ? {} : { name: options.name }),
      context: options.context ?? this.context,
      options: options.options ?? {},
      messages: options.messages ?? [],
    };
    this.port.request(tag, { kind: "spawn", spec });
    return tag;
  }

  private relate(kind: "link" | "monitor", to: Pid, ref: Ref): number {
    const tag = ++this.lastTag;
    addRef(kind === "link" ? this.relations.links : this.relations.watching, to, "", ref);
    this.expected.set(tag, { kind, to, ref });
    this.transmit(to, { kind, ref }, tag);
    return tag;
  }

  private watch(to: Pid, ref: Ref, expectation: Expectation): void {
    const tag = ++this.lastTag;
    addRef(this.relations.watching, to, "", ref);
    this.expected.set(tag, expectation);
    this.transmit(to, { kind: "monitor", ref }, tag);
  }

  private publicMonitor(to: Pid): Ref | undefined {
    return this.relations.watching.get(to.text)?.refs.find((ref) => !this.watches.has(ref));
  }

  private endMonitor(to: Pid, ref: Ref): void {
    const incarnation = this.relations.watching.get(to.text)?.incarnation;
    if (removeRefs(this.relations.watching, to, [ref]).length === 0) return;
    this.transmit(to, { kind: "demonitor", refs: [ref] }, 0, incarnation);
  }

  private closeCall(call: OpenCall): void {
    this.calls.take(call.ref);
    this.drop(call.timerTag);
    this.expected.delete(call.timerTag);
    this.watches.delete(call.monitorRef);
    this.endMonitor(call.to, call.monitorRef);
  }

  private finishCall(call: OpenCall, outcome: Outcome): void {
    this.closeCall(call);
    this.program.settled(call.tag, outcome);
  }

  private announce(via: "link" | "monitor", to: Pid, incarnation: string, refs: readonly Ref[], reason: ExitReason): void {
    this.transmit(to, { kind: "exit", via, refs, reason }, 0, incarnation);
  }

  private transmit(to: Pid, signal: Signal, tag: number, toIncarnation?: string): void {
    this.port.transmit(this.envelope(to, signal, toIncarnation), tag);
  }

  private envelope(to: Pid, signal: Signal, toIncarnation: string | undefined): Envelope {
    const seq = this.counted ? this.sequence.next(to, this.now) : 0;
    const base = { from: this.pid, incarnation: this.incarnation, to, seq, signal };
    return toIncarnation === undefined || toIncarnation === "" ? base : { ...base, toIncarnation };
  }

  private hasEnded(): boolean {
    return this.status === "ended";
  }
}

function resultOf(reason: ExitReason): Outcome {
  if (reason.kind === "normal") return { ok: true, value: reason.value };
  return { ok: false, error: exitError(reason)! };
}

function endedWithoutAnswer(pid: Pid): Failure {
  return failure("NOT_FOUND", `${pid.text} ended without an answer`, { retryable: false });
}

