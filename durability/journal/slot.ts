/** One process on a journal host: its queue of inputs, what it writes, and its port. How it comes back is in revival.ts. */
import {
  type Input,
  type Port,
  Process,
  type ProcessSnapshot,
  type Program,
  type SpawnSpec,
} from "../../actors/index.js";
import type { ExitReason, Failure, Pid } from "../../mailbox/index.js";
import type { Tape, Turn, TurnEnd } from "../memory/index.js";
import type { Writer } from "./batch.js";
import { Door } from "./door.js";
import { Effects } from "./effects.js";
import type { ProcessWrite } from "./journal.js";
import { bounceOf, refuseLate } from "./late.js";
import { Ledger } from "./ledger.js";
import { Outgoing, type OutgoingOwner } from "./outgoing.js";
import type { Item } from "./queue.js";
import { stateText, storeSpec, type WorkflowFacts } from "./records.js";
import { Requests } from "./requests.js";
import { asTermination, Run, workflowTimedOut } from "./run.js";
import type { SlotBirth, SlotHost } from "./slot-host.js";
import { baseOf, stateOf } from "./written.js";

/** Inputs of one process handled in one turn. */
const inputsPerTurn = 64;

export class Slot implements Turn, Writer {
  queued = false;
  readonly process: Process;
  readonly outgoing: Outgoing;
  readonly requests: Requests;
  readonly ledger = new Ledger();
  /** Of a workflow. */
  readonly run: Run | undefined;
  hash: string;
  /** When it last had something to do. */
  activeAt = 0;
  /** Something is not handed over for writing. */
  isDirty = false;
  /** The commit that it was last written in. */
  private writtenIn = 0;
  /** It cannot go on, and says why: its replay did not give what was recorded. */
  stuck: string | undefined;
  /** Its parent's tag of the spawn. */
  key = 0;
  readonly door = new Door(this);
  readonly effects: Effects = new Effects(this);
  slices = 0;
  readonly host: SlotHost;
  private readonly tape: Tape | undefined;
  readonly port: Port;
  private askedToContinueAt = 0;
  /** Ends it before it has run; nothing else is taken while it waits for its start. */
  private last: Item | undefined;

  constructor(host: SlotHost, birth: SlotBirth) {
    const { pid, incarnation, loaded, workflow, from } = birth;
    this.host = host;
    this.hash = loaded.hash;
    this.run = loaded.isWorkflow ? new Run(workflow ?? {}, host.system.clock) : undefined;
    this.process = new Process({
      pid,
      incarnation,
      program: loaded.program,
      counted: true,
      monitorChildren: loaded.isWorkflow,
      ...(from === undefined ? {} : { from }),
    });
    const outgoingOwner: OutgoingOwner = {
      answer: (tag, delivery, heard) =>
        this.push({ input: { kind: "answered", at: host.now(), tag, delivery }, taken: heard, refused: heard }),
      bounced: (envelope, delivery) => this.push({ input: bounceOf(envelope, delivery, host.now()) }),
      changed: () => this.changed(),
    };
    this.outgoing = birth.outgoing ?? new Outgoing(host, outgoingOwner);
    this.outgoing.owner = outgoingOwner;
    this.requests = new Requests(host, {
      pid,
      settled: (tag, outcome) => this.push({ input: { kind: "settled", at: host.now(), tag, outcome } }),
      spawned: (tag, result) => this.push({ input: { kind: "spawned", at: host.now(), tag, result } }),
      brought: (tag, payload) => this.push({ input: { kind: "brought", at: host.now(), tag, payload } }),
      invoke: (request, scheduledAt, again, done) => host.invoke(this, request, scheduledAt, again, done),
    });
    this.tape = host.record?.(this.process, this.effects);
    this.port = this.tape?.port ?? this.effects;
  }

  get pid(): Pid {
    return this.process.pid;
  }

  get incarnation(): string {
    return this.process.incarnation;
  }

  get isWorkflow(): boolean {
    return this.run !== undefined;
  }

  get closePolicy(): WorkflowFacts["parentClosePolicy"] {
    return this.run?.facts.parentClosePolicy;
  }

  get hasEnded(): boolean {
    return this.process.hasEnded;
  }

  /** Nothing to do, and nothing on its way that this node would have to see through. */
  get isIdle(): boolean {
    return !this.isBusy && this.door.isEmpty && this.outgoing.size === 0 && this.stuck === undefined;
  }

  /** All that it has done is in the journal. */
  get isStored(): boolean {
    return !this.isDirty && this.host.batches.isDurable(this.writtenIn);
  }

  /** It has more to do than wait for messages and timers. */
  get isBusy(): boolean {
    const { process, effects, requests } = this;
    return process.runnable || process.upgrading !== undefined || effects.answers.length > 0 || requests.busy;
  }

  /** First input of a new process: loads the program; it runs in its own turn. */
  start(spec: SpawnSpec): void {
    // With a start delay the process begins its life at the end of it, by its own clock too.
    const at = this.run?.facts.startAt ?? this.host.now();
    this.key = spec.key;
    this.bound(spec.entry);
    this.activeAt = this.host.now();
    this.ledger.restart(baseOf(this, { start: { at, spec: storeSpec(spec) }, open: [] }));
    this.process.raiseSequence(this.host.firstNumber(at));
    this.feed({ kind: "start", at, spec });
    if (this.process.failedToStart !== undefined) return;
    this.changed();
    this.armDeadline();
    this.wake();
  }

  /** Its mailbox has the limit of this entry. A workflow has none, as on Temporal, where the server keeps what it is sent. */
  bound(entry: string): void {
    if (this.run === undefined) this.door.bound(this.host.mailboxOf(entry));
  }

  /** A workflow ends when its time is up. */
  armDeadline(): void {
    const { host } = this;
    if (this.hasEnded) return;
    this.run?.armDeadline(host.now(), () =>
      this.push({ input: { kind: "stop", at: host.now(), reason: workflowTimedOut } }),
    );
  }

  /** Hold no timer and no interest in anything any more; what is stored stays. */
  rest(): void {
    this.requests.rest();
    this.outgoing.stop();
    this.run?.rest();
  }

  push(item: Item): void {
    if (this.hasEnded) {
      refuseLate(this, item);
      return;
    }
    if (this.stuck !== undefined) {
      item.abandoned?.();
      return;
    }
    const taken = this.run === undefined ? item : { ...item, input: asTermination(item.input) };
    if (taken.input.kind === "stop" && this.isEarly()) this.last = taken;
    else this.door.push(taken);
    this.wake();
  }

  wake(): void {
    if (this.stuck !== undefined || (this.isEarly() && this.last === undefined)) return;
    this.host.scheduler.enqueue(this);
  }

  /** It waits for the end of its start delay, and is woken then. */
  private isEarly(): boolean {
    return this.run?.isEarly(this.host.now(), () => this.wake()) ?? false;
  }

  turn(): TurnEnd {
    const { process, host } = this;
    if (!host.isOpen) return false;
    this.activeAt = host.now();
    if (this.last !== undefined) this.feedLast(this.last);
    for (let i = 0; i < inputsPerTurn; i++) {
      if (process.upgrading !== undefined) this.upgrade();
      if (process.runnable) this.goOn();
      else if (!this.feedAnswer() && !this.feedNext()) {
        // May bring it something to do.
        host.rested(this);
        break;
      }
      if (host.scheduler.spent()) break;
    }
    if (process.hasEnded) this.refuseAll();
    if (process.runnable) return "computing";
    return process.upgrading !== undefined || this.effects.answers.length > 0 || this.door.size > 0;
  }

  /** Feed an answer that was known at once; false when there is none. Not an input of its own in the journal. */
  feedAnswer(): boolean {
    const answer = this.effects.answers.shift();
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

  private feedLast({ input, taken }: Item): void {
    this.last = undefined;
    this.take(input);
    taken?.();
  }

  private goOn(): void {
    if (this.slices >= this.host.maxSlices) this.take({ kind: "overrun", at: this.host.now(), slices: this.slices });
    else this.slice();
    this.slices++;
  }

  private feedNext(): boolean {
    this.door.keepLimit((count) => this.take({ kind: "discard", at: this.host.now(), count }));
    if (this.hasEnded || this.process.runnable) return !this.hasEnded;
    const item = this.door.shift();
    if (item === undefined) return false;
    this.slices = 1;
    this.take(item.input);
    item.taken?.();
    this.askToContinue();
    return true;
  }

  /** Make an input part of the journal, and feed it. */
  private take(input: Input): void {
    this.ledger.add(input);
    this.changed();
    this.feed(input);
  }

  /** Feed what the journal has. */
  takeAgain(input: Input): void {
    this.ledger.addAgain(input, this.isWorkflow);
    if (input.kind === "continue") this.askedToContinueAt = this.ledger.entries;
    this.feed(input);
  }

  private noteTaken(input: Input): void {
    switch (input.kind) {
      case "settled":
        return this.requests.taken(input.tag);
      case "spawned":
        this.requests.taken(input.tag);
        if (input.result.ok && !input.result.existed) this.noteChild(input.result.pid, input.result.incarnation ?? "");
        return;
      case "envelope":
        if (input.envelope.signal.kind === "exit") this.run?.childEnded(input.envelope.from);
        return;
      default:
        return;
    }
  }

  private noteChild(pid: Pid, incarnation: string): void {
    this.run?.childStarted(pid, incarnation, this.host.closePolicy(pid));
    this.host.birthHeard(pid);
  }

  /** At an idle point, once too much is kept; again only when it has doubled. */
  private askToContinue(): void {
    const { continueAt } = this.host;
    const { entries } = this.ledger;
    if (continueAt === 0 || entries < Math.max(continueAt, this.askedToContinueAt * 2)) return;
    if (this.door.size > 0 && entries < continueAt * 2) return;
    this.askedToContinueAt = entries;
    this.push({ input: { kind: "continue", at: this.host.now() } });
  }

  private upgrade(): void {
    // They are no inputs of their own: a journal that begins anew would not know of them.
    while (this.feedAnswer());
    const { upgrading } = this.process;
    if (upgrading === undefined) return;
    const loaded = this.host.current(upgrading.entry);
    if ("program" in loaded) this.hash = loaded.hash;
    this.bound(upgrading.entry);
    this.restBase(this.process.snapshot()!);
    this.changed();
    this.slices = 1;
    this.become("program" in loaded ? loaded.program : loaded);
  }

  /** At the time of the turn that asked for it: a replay, whose base is the snapshot of an upgrade, knows no other. */
  become(program: Program | Failure): void {
    const at = this.process.now;
    this.tape?.become(program, at);
    this.process.become(program, at, this.port);
  }

  // Writer

  write(): ProcessWrite | undefined {
    const { id } = this.pid;
    this.isDirty = false;
    this.writtenIn = this.host.batches.coming;
    if (this.hasEnded) return this.host.writeEnded(this);
    this.snapshotIfDue();
    return { id, ...this.ledger.take(), state: stateText(stateOf(this)) };
  }

  private snapshotIfDue(): void {
    if (this.ledger.entries < this.host.snapshotEvery || this.isBusy || this.stuck !== undefined) return;
    const from = this.process.snapshot();
    if (from !== undefined) this.restBase(from);
  }

  /** From here on the journal begins with this state. */
  private restBase(from: ProcessSnapshot): void {
    this.ledger.restart(baseOf(this, { from, open: this.requests.rows() }));
    this.effects.restart();
    this.askedToContinueAt = 0;
  }

  /** The process has ended; its last words are sent. */
  halted(reason: ExitReason): void {
    this.requests.clear();
    this.outgoing.nobodyWaits();
    this.run?.rest();
    for (const envelope of this.run?.closing() ?? []) this.outgoing.send(envelope, 0);
    this.changed();
    this.host.ended(this, reason);
    this.refuseAll();
  }

  /** There is something to write. Also in the middle of a turn: what a process has done so far may be written. */
  changed(): void {
    this.isDirty = true;
    this.host.batches.note(this);
  }

  private refuseAll(): void {
    for (const item of this.door.drain()) refuseLate(this, item);
  }
}
