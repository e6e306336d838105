/** One process on a journal host: its queue of inputs, what it writes, and its port. How it comes back is in revival.ts. */
import {
  type Input,
  type LogRecord,
  type Outcome,
  type Port,
  Process,
  type ProcessSnapshot,
  type Program,
  type Request,
  type SpawnResult,
  type SpawnSpec,
  type System,
} from "../../actors/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  type Payload,
  type Pid,
} from "../../mailbox/index.js";
import type { Scheduler, Tape, Turn } from "../memory/index.js";
import type { Writer } from "./batch.js";
import type { ProcessWrite } from "./journal.js";
import { Outgoing, type OutgoingHost, type OutgoingOwner } from "./outgoing.js";
import { type Item, ItemQueue } from "./queue.js";
import {
  type Base,
  baseText,
  inputText,
  recordVersion,
  stateText,
  storeSpec,
  turnText,
  type WorkflowFacts,
} from "./records.js";
import { Requests, type RequestsHost } from "./requests.js";

/** Inputs of one process handled in one turn. */
const inputsPerTurn = 64;

/** What the host knows of the program of an entry. */
export interface LoadedProgram {
  readonly program: Program;
  /** Of the source; "" for programs that are not Lua. */
  readonly hash: string;
  /** Its runs are workflows: children are monitored, ids and policies are those of a workflow. */
  readonly isWorkflow: boolean;
}

export interface SlotHost extends OutgoingHost, RequestsHost {
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly maxSlices: number;
  /** False once the claim is void: nobody may run on. */
  readonly isOpen: boolean;
  readonly record: ((process: Process, port: Port) => Tape) | undefined;
  /** Inputs after which a process is asked to go on anew; 0: never. */
  readonly continueAt: number;
  /** Inputs after which the state of a program that has one is stored in place of them. */
  readonly snapshotEvery: number;
  /** The current program of an entry, for an upgrade. */
  current(entry: string): LoadedProgram | Failure;
  /** `again`: it was asked for before a restart of the node, and may have been begun. */
  invoke(
    slot: Slot,
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ): () => void;
  info(slot: Slot): Payload | undefined;
  /** The parent close policy of a process of this journal, by the id of its pid. */
  closePolicy(child: Pid): WorkflowFacts["parentClosePolicy"];
  /** The parent of that process has been told of it, and will not ask again. */
  birthHeard(child: Pid): void;
  ended(slot: Slot, reason: ExitReason): void;
  /** What is written of a process that has ended. */
  writeEnded(slot: Slot): ProcessWrite | undefined;
  /** Nothing waits and nothing is to be done. */
  rested(slot: Slot): void;
  /** The process is about to take its first live step after a revival. */
  revived(slot: Slot): void;
}

export interface SlotBirth {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly loaded: LoadedProgram;
  readonly workflow?: WorkflowFacts;
  readonly from?: ProcessSnapshot;
  /** What an earlier process under the same id has left to say. */
  readonly outgoing?: Outgoing;
}

export class Slot implements Turn, Port, Writer {
  queued = false;
  /** Observers have heard of this process. */
  announced = false;
  readonly process: Process;
  readonly outgoing: Outgoing;
  readonly requests: Requests;
  readonly workflow: WorkflowFacts | undefined;
  readonly isWorkflow: boolean;
  hash: string;
  /** Inputs since the base. */
  entries = 0;
  /** Length of their texts. */
  bytes = 0;
  /** Effects made since the base. */
  effects = 0;
  /** Effects that an earlier life has committed: they are not made again. */
  committedEffects = 0;
  /** When it last had something to do. */
  activeAt = 0;
  /** Something is not handed over for writing. */
  isDirty = false;
  /** It cannot go on, and says why: its replay did not give what was recorded. */
  stuck: string | undefined;
  /** The spec it was started with; undefined after a revival that began at a snapshot. */
  spec: SpawnSpec | undefined;
  /** Children that are workflows, and what our end means for them. */
  readonly children = new Map<string, { readonly pid: Pid; readonly policy: "terminate" | "request_cancel" }>();
  readonly queue = new ItemQueue();
  /** Answers that follow from what is known here; they go before everything in the queue. */
  readonly answers: { readonly tag: number; readonly delivery: Delivery }[] = [];
  /** Of a replay: answers other than accepted, and tags whose answer is an input of its own. */
  replayed: { readonly refused: ReadonlyMap<number, Delivery>; readonly deferred: ReadonlySet<number> } | undefined;
  slices = 0;
  readonly host: SlotHost;
  private readonly tape: Tape | undefined;
  readonly port: Port;
  private base: string | undefined;
  private texts: string[] = [];
  private refused = new Map<number, Delivery>();
  private hasRevived = true;
  private askedToContinueAt = 0;
  private namesReleased = false;
  private startTimer: { cancel(): void } | undefined;
  private deadlineTimer: { cancel(): void } | undefined;

  constructor(host: SlotHost, birth: SlotBirth) {
    const { pid, incarnation, loaded, workflow, from } = birth;
    this.host = host;
    this.hash = loaded.hash;
    this.isWorkflow = loaded.isWorkflow;
    this.workflow = workflow;
    this.process = new Process({
      pid,
      incarnation,
      program: loaded.program,
      counted: true,
      monitorChildren: loaded.isWorkflow,
      ...(from === undefined ? {} : { from }),
    });
    const outgoingOwner: OutgoingOwner = {
      answer: (tag, delivery) => this.push({ input: { kind: "answered", at: host.now(), tag, delivery } }),
      bounced: (envelope, delivery) => this.bounced(envelope, delivery),
      changed: () => this.changed(),
    };
    this.outgoing = birth.outgoing ?? new Outgoing(host, outgoingOwner);
    this.outgoing.owner = outgoingOwner;
    this.requests = new Requests(host, {
      pid,
      settled: (tag, outcome) => this.push({ input: { kind: "settled", at: host.now(), tag, outcome } }),
      spawned: (tag, result) => this.push({ input: { kind: "spawned", at: host.now(), tag, result } }),
      invoke: (request, scheduledAt, again, done) => host.invoke(this, request, scheduledAt, again, done),
    });
    this.tape = host.record?.(this.process, this);
    this.port = this.tape?.port ?? this;
  }

  get pid(): Pid {
    return this.process.pid;
  }

  get hasEnded(): boolean {
    return this.process.hasEnded;
  }

  /** Nothing to do, and nothing on its way that this node would have to see through. */
  get isIdle(): boolean {
    return !this.isBusy && this.queue.size === 0 && this.outgoing.size === 0 && this.stuck === undefined;
  }

  /** It has more to do than wait for messages and timers. */
  get isBusy(): boolean {
    const { process, answers, requests } = this;
    return process.runnable || process.upgrading !== undefined || answers.length > 0 || requests.busy;
  }

  /** First input of a new process: loads the program; it runs in its own turn. */
  start(spec: SpawnSpec): void {
    const at = this.host.now();
    this.spec = spec;
    this.activeAt = at;
    this.base = this.baseOf({ start: { at, spec: storeSpec(spec) }, open: [] });
    this.feed({ kind: "start", at, spec });
    if (this.process.failedToStart !== undefined) return;
    this.changed();
    this.armDeadline();
    this.wake();
  }

  /** Timers that are not the program's. */
  armDeadline(): void {
    const deadline = this.workflow?.deadline;
    if (deadline === undefined || this.hasEnded) return;
    const { host } = this;
    this.deadlineTimer = host.system.clock.timer(Math.max(0, deadline - host.now()), () =>
      this.push({ input: { kind: "stop", at: host.now(), reason: timedOut } }),
    );
  }

  /** Hold no timer and no interest in anything any more; what is stored stays. */
  rest(): void {
    this.requests.rest();
    this.outgoing.stop();
    this.startTimer?.cancel();
    this.deadlineTimer?.cancel();
  }

  /** A replay is about to be fed; until it has passed what is committed, effects are only counted. */
  beginReplay(committedEffects: number): void {
    this.committedEffects = committedEffects;
    this.hasRevived = false;
  }

  /** The replay is over. False when it gave fewer effects than were committed. */
  endReplay(): boolean {
    if (this.hasRevived) return true;
    if (this.effects >= this.committedEffects) this.revive();
    return this.hasRevived || this.isBusy;
  }

  push(item: Item): void {
    if (this.hasEnded) {
      this.refuse(item);
      return;
    }
    this.queue.push(this.isWorkflow ? terminated(item) : item);
    this.wake();
  }

  wake(): void {
    if (this.stuck === undefined && !this.waitsForStart()) this.host.scheduler.enqueue(this);
  }

  /** A workflow with a start delay: its first turn is at that time. */
  private waitsForStart(): boolean {
    const startAt = this.workflow?.startAt;
    const { host } = this;
    if (startAt === undefined || this.hasEnded || host.now() >= startAt) return false;
    this.startTimer ??= host.system.clock.timer(startAt - host.now(), () => this.wake());
    return true;
  }

  turn(): boolean {
    const { process, host } = this;
    if (!host.isOpen) return false;
    this.activeAt = host.now();
    for (let i = 0; i < inputsPerTurn; i++) {
      if (process.upgrading !== undefined) this.upgrade();
      if (process.runnable) this.goOn();
      else if (!this.feedAnswer() && !this.feedNext()) {
        host.rested(this);
        return false;
      }
      if (host.scheduler.spent()) break;
    }
    if (process.hasEnded) this.refuseAll();
    return process.runnable || process.upgrading !== undefined || this.answers.length > 0 || this.queue.size > 0;
  }

  /** Feed an answer that was known at once; false when there is none. Not an input of its own in the journal. */
  feedAnswer(): boolean {
    const answer = this.answers.shift();
    if (answer === undefined || this.hasEnded) return false;
    this.slices = 1;
    this.feed({ kind: "answered", at: this.process.now, tag: answer.tag, delivery: answer.delivery });
    return true;
  }

  feed(input: Input): void {
    this.tape?.input(input);
    this.noteTaken(input);
    this.process.feed(input, this.port);
  }

  slice(): void {
    this.tape?.slice();
    this.process.run(this.port);
  }

  private goOn(): void {
    if (this.slices >= this.host.maxSlices) this.take({ kind: "overrun", at: this.host.now(), slices: this.slices });
    else this.slice();
    this.slices++;
  }

  /** Something of the state that the process itself does not do: its names. */
  touch(): void {
    this.changed();
  }

  private feedNext(): boolean {
    const item = this.queue.shift();
    if (item === undefined) return false;
    this.slices = 1;
    this.take(item.input);
    item.taken?.();
    this.askToContinue();
    return true;
  }

  /** Make an input part of the journal, and feed it. */
  private take(input: Input): void {
    const text = inputText(input);
    this.texts.push(text);
    this.count(text);
    this.changed();
    this.feed(input);
  }

  /** Feed what the journal has. */
  takeAgain(input: Input): void {
    this.count(inputText(input));
    this.feed(input);
  }

  private count(text: string): void {
    this.entries++;
    this.bytes += text.length;
  }

  private noteTaken(input: Input): void {
    switch (input.kind) {
      case "settled":
        return this.requests.taken(input.tag);
      case "spawned":
        this.requests.taken(input.tag);
        if (!input.result.ok) return;
        if (this.isWorkflow) this.noteChild(input.result.pid);
        this.host.birthHeard(input.result.pid);
        return;
      case "envelope":
        if (input.envelope.signal.kind === "exit") this.children.delete(input.envelope.from.text);
        return;
      default:
        return;
    }
  }

  private noteChild(pid: Pid): void {
    const policy = this.host.closePolicy(pid);
    if (policy === "terminate" || policy === "request_cancel") this.children.set(pid.text, { pid, policy });
  }

  /** At an idle point, once too much is kept; again only when it has doubled. */
  private askToContinue(): void {
    const { continueAt } = this.host;
    if (continueAt === 0 || this.entries < Math.max(continueAt, this.askedToContinueAt * 2)) return;
    if (this.queue.size > 0 && this.entries < continueAt * 2) return;
    this.askedToContinueAt = this.entries;
    this.push({ input: { kind: "continue", at: this.host.now() } });
  }

  private upgrade(): void {
    const loaded = this.host.current(this.process.upgrading!.entry);
    if ("program" in loaded) this.hash = loaded.hash;
    this.restBase(this.process.snapshot()!);
    this.slices = 1;
    this.become("program" in loaded ? loaded.program : loaded);
  }

  /** Also in a replay, whose base is the snapshot of an upgrade. */
  become(program: Program | Failure): void {
    const at = Math.max(this.host.now(), this.process.now);
    this.tape?.become(program, at);
    this.process.become(program, at, this.port);
  }

  // Writer

  write(): ProcessWrite | undefined {
    const { id } = this.pid;
    this.isDirty = false;
    if (this.hasEnded) return this.host.writeEnded(this);
    this.snapshotIfDue();
    const records: string[] = [];
    const reset = this.base !== undefined;
    if (this.base !== undefined) records.push(this.base);
    if (this.texts.length > 0 || this.refused.size > 0) records.push(turnText(this.texts, this.refused));
    this.base = undefined;
    this.texts = [];
    if (this.refused.size > 0) this.refused = new Map();
    return { id, reset, records, state: stateText(this.state()) };
  }

  state(): Parameters<typeof stateText>[0] {
    const { process, outgoing, requests, workflow } = this;
    const deferred = outgoing.deferred();
    const nodes = [...process.relations.relatedNodes()].filter((node) => node !== this.pid.node);
    const names = this.host.system.names.of(this.pid);
    const due = Math.min(requests.due ?? Number.POSITIVE_INFINITY, workflow?.deadline ?? Number.POSITIVE_INFINITY);
    return {
      v: recordVersion,
      inc: process.incarnation,
      entry: process.entry,
      hash: this.hash,
      at: process.now,
      n: this.entries,
      x: this.effects,
      ...(Number.isFinite(due) ? { due } : {}),
      ...(this.isBusy ? { busy: 1 as const } : {}),
      ...(deferred.length === 0 ? {} : { deferred }),
      ...(nodes.length === 0 ? {} : { nodes }),
      ...(names.length === 0 ? {} : { names }),
      ...(outgoing.size === 0 ? {} : { out: outgoing.rows() }),
      ...(workflow?.parentClosePolicy === undefined ? {} : { close: workflow.parentClosePolicy }),
      ...(this.isWorkflow ? { workflow: 1 as const } : {}),
    };
  }

  private snapshotIfDue(): void {
    if (this.entries < this.host.snapshotEvery || this.isBusy || this.stuck !== undefined) return;
    const from = this.process.snapshot();
    if (from !== undefined) this.restBase(from);
  }

  /** From here on the journal begins with this state. */
  private restBase(from: ProcessSnapshot): void {
    this.base = this.baseOf({ from, open: this.requests.rows() });
    this.texts = [];
    this.refused = new Map();
    this.entries = 0;
    this.bytes = 0;
    this.effects = 0;
    this.committedEffects = 0;
    this.askedToContinueAt = 0;
  }

  private baseOf(what: Pick<Base, "start" | "from" | "open">): string {
    const { hash, workflow, process } = this;
    return baseText({
      v: recordVersion,
      incarnation: process.incarnation,
      hash,
      ...(workflow === undefined ? {} : { workflow }),
      ...what,
    });
  }

  // Port

  transmit(envelope: Envelope, tag: number): void {
    if (envelope.signal.kind === "exit" && this.hasEnded) this.releaseNames();
    if (!this.isFresh()) {
      if (tag > 0 && !this.replayed!.deferred.has(tag)) {
        this.answers.push({ tag, delivery: this.replayed!.refused.get(tag) ?? accepted });
      }
      return;
    }
    const delivery = this.outgoing.send(envelope, tag);
    if (tag === 0 || delivery === undefined) return;
    if (delivery.kind !== "accepted") this.refused.set(tag, delivery);
    this.answers.push({ tag, delivery });
  }

  request(tag: number, request: Request): void {
    if (this.isFresh()) this.requests.add(tag, this.process.now, request);
    else this.requests.note(tag, this.process.now, request);
  }

  drop(tag: number): void {
    this.isFresh();
    this.requests.drop(tag);
  }

  log(record: LogRecord): void {
    if (!this.isFresh()) return;
    const event = { pid: this.pid, entry: this.process.entry, record };
    this.host.batches.after(() => this.host.system.events.emit("log", event));
  }

  info(): Payload | undefined {
    return this.host.info(this);
  }

  halt(reason: ExitReason): void {
    this.isFresh();
    this.releaseNames();
    this.requests.clear();
    this.deadlineTimer?.cancel();
    for (const { pid, policy } of this.children.values()) {
      const signal =
        policy === "terminate" ? ({ kind: "kill" } as const) : ({ kind: "cancel", reason: "parent closed" } as const);
      this.outgoing.send({ from: this.pid, incarnation: this.process.incarnation, to: pid, seq: 0, signal }, 0);
    }
    this.changed();
    this.host.ended(this, reason);
    this.refuseAll();
  }

  /** Count an effect; false when an earlier life has made it. */
  private isFresh(): boolean {
    this.effects++;
    if (this.effects <= this.committedEffects) return false;
    if (!this.hasRevived) this.revive();
    this.changed();
    return true;
  }

  /** Also in the middle of a turn: what a process has done so far may be written although it has not come to rest. */
  private changed(): void {
    this.isDirty = true;
    this.host.batches.note(this);
  }

  /** Everything that is committed has been made again: from here on this life acts. */
  private revive(): void {
    this.hasRevived = true;
    this.host.revived(this);
  }

  /** Free before anybody hears of the end. */
  private releaseNames(): void {
    if (this.namesReleased) return;
    this.namesReleased = true;
    this.host.system.names.release(this.pid);
  }

  /** A link or monitor was accepted, and then found nobody: it ends as if its target had just ended. */
  private bounced(envelope: Envelope, delivery: Exclude<Delivery, { kind: "accepted" }>): void {
    const { signal, to, from } = envelope;
    if (signal.kind !== "link" && signal.kind !== "monitor") return;
    const reason: ExitReason =
      delivery.kind === "gone" ? { kind: "noproc" } : { kind: "failed", error: delivery.error };
    const exit = { kind: "exit", via: signal.kind, refs: [-signal.ref], reason } as const;
    const answer: Envelope = { from: to, incarnation: "", to: from, seq: 0, signal: exit };
    this.push({ input: { kind: "envelope", at: this.host.now(), envelope: answer } });
  }

  private refuseAll(): void {
    for (const item of this.queue.drain()) this.refuse(item);
  }

  /** An input that came after the end: its sender is answered as by a dead pid. */
  private refuse({ input, refused }: Item): void {
    for (const answer of this.process.refuse(input)) this.outgoing.send(answer, 0);
    refused?.();
    if (input.kind !== "envelope") return;
    const { envelope } = input;
    const { router } = this.host.system;
    this.host.batches.after(() => router.lost(envelope, "process ended before it read the message"));
  }

  /** What a spawn of this process is told. */
  get birthResult(): SpawnResult {
    return { ok: true, pid: this.pid, incarnation: this.process.incarnation, existed: false };
  }
}

const timedOut: ExitReason = {
  kind: "failed",
  error: failure("TIMEOUT", "workflow timed out", { retryable: false, details: { timeout_type: "start_to_close" } }),
};

const workflowTerminated: ExitReason = {
  kind: "failed",
  error: failure("CANCELED", "workflow terminated", { retryable: false }),
};

/** A kill ends a workflow with the reason that workflows have for it on every host. */
function terminated(item: Item): Item {
  const { input } = item;
  if (input.kind !== "envelope" || input.envelope.signal.kind !== "kill") return item;
  return { ...item, input: { kind: "stop", at: input.at, reason: workflowTerminated } };
}
