/** The memory host: processes that live as long as their node. Its promises are the host laws without durability. */
import {
  Client,
  ClientProgram,
  counterId,
  type Host,
  hostClosing,
  noRoom,
  type Program,
  type SpawnResult,
  type SpawnSpec,
  type System,
  spawnSpec,
  startupEnvelopes,
  systemPid,
  thrownFailure,
} from "../../actors/index.js";
import {
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  gone,
  type MailboxLimit,
  type Pid,
  pidMaker,
  type Signal,
  setHome,
} from "../../mailbox/index.js";
import type { Scheduler } from "./scheduler.js";
import { type Recorder, Slot, type SlotOwner } from "./slot.js";
import { Slots } from "./slots.js";

/** For a host that is one thread of several: who is told which processes live on it. */
export interface Roll {
  /** The id of the next process. */
  newId(): string;
  /** A process has its place, and has not run yet. */
  begun(spec: SpawnSpec, pid: Pid): void;
  /** It has ended; its obituaries have been handed to the router, and have not left this thread. */
  ended(pid: Pid): void;
}

export interface MemoryHostOptions {
  readonly id: string;
  readonly system: System;
  /** One per thread, shared by its hosts. */
  readonly scheduler: Scheduler;
  /** 0: no limit. */
  readonly maxProcesses?: number;
  /** Slices of one turn before a process is ended with RESOURCE_EXHAUSTED. */
  readonly maxSlices?: number;
  /** Called for each process before its first input. */
  readonly record?: Recorder;
  /** The limit of the mailboxes of an entry's processes; undefined: none. */
  readonly mailboxOf?: (entry: string) => MailboxLimit | undefined;
  /** Left out: the host is all there is, and its ids count up. */
  readonly roll?: Roll;
}

const defaultMaxSlices = 200;

export class MemoryHost implements Host, SlotOwner {
  readonly id: string;
  readonly node: string;
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly maxSlices: number;
  readonly record: Recorder | undefined;
  readonly mailboxOf: (entry: string) => MailboxLimit | undefined;
  private readonly maxProcesses: number;
  private readonly roll: Roll | undefined;
  private readonly slots = new Slots();
  private counter = 0;
  private readonly makePid: (id: string) => Pid;
  private closing: Promise<void> | undefined;
  private onEmpty: (() => void) | undefined;

  constructor(options: MemoryHostOptions) {
    this.id = options.id;
    this.system = options.system;
    this.node = options.system.node;
    this.makePid = pidMaker(this.node, this.id);
    this.scheduler = options.scheduler;
    this.maxProcesses = options.maxProcesses ?? 0;
    this.maxSlices = options.maxSlices ?? defaultMaxSlices;
    this.record = options.record;
    this.mailboxOf = options.mailboxOf ?? (() => undefined);
    this.roll = options.roll;
  }

  get size(): number {
    return this.slots.size;
  }

  spawn(spec: SpawnSpec): SpawnResult {
    const existing = spec.name === undefined ? undefined : this.system.names.lookup(spec.name);
    if (existing !== undefined) {
      this.deliverStartup(spec, existing);
      return { ok: true, pid: existing, existed: true };
    }
    const refusal = this.refusal();
    if (refusal !== undefined) return { ok: false, error: refusal };
    return this.start(spec);
  }

  /** Past names and limits. `id`: when it has been chosen already. */
  start(spec: SpawnSpec, id?: string): SpawnResult {
    const program = this.program(spec.entry);
    if ("kind" in program) return { ok: false, error: program };
    return this.launch(spec, program, id);
  }

  program(entry: string): Program | Failure {
    try {
      return this.system.load({ entry, host: this.id });
    } catch (thrown) {
      return thrownFailure(thrown);
    }
  }

  /** Start a process with a program at hand, past the loader. */
  launch(spec: SpawnSpec, program: Program, id = this.newId()): SpawnResult {
    const slot = new Slot(this, this.makePid(id), program);
    this.slots.set(id, slot);
    this.roll?.begun(spec, slot.pid);
    if (spec.name !== undefined) this.system.names.register(spec.name, slot.pid);
    slot.start(spec);
    const error = slot.process.failedToStart;
    if (error !== undefined) return { ok: false, error };
    this.announce(slot, spec);
    return { ok: true, pid: slot.pid, incarnation: slot.process.incarnation, existed: false };
  }

  /** A process for code outside of any process. */
  openClient(name: string): Client {
    const program = new ClientProgram();
    const parent = systemPid("system");
    const result = this.launch(spawnSpec(parent, "", 0, { entry: name, host: this.id }), program);
    if (!result.ok) throw new Error(`client ${name}: ${result.error.message}`);
    const slot = this.slots.get(result.pid.id)!;
    program.wake = () => slot.push({ kind: "wake", at: this.system.clock.now() });
    return new Client(result.pid, program);
  }

  knows(pid: Pid): boolean {
    return this.slots.get(pid.id) !== undefined;
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    return this.slots.get(to.id)?.mayTurnAway(signal) ?? false;
  }

  deliver(envelope: Envelope): Delivery | Promise<Delivery> {
    const slot = envelope.to.node === this.node ? this.slots.get(envelope.to.id) : undefined;
    if (slot === undefined) return gone;
    setHome(envelope.to, slot);
    return slot.deliver(envelope);
  }

  /** A node is out of reach for good: everybody who is bound to its processes hears so. */
  nodeDown(node: string): void {
    const at = this.system.clock.now();
    for (const slot of this.slots.list()) slot.push({ kind: "nodedown", at, node });
  }

  pids(): Pid[] {
    return this.slots.list().map((slot) => slot.pid);
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.drain(graceMs);
    return this.closing;
  }

  ended(slot: Slot, reason: ExitReason): void {
    this.slots.delete(slot.pid.id);
    this.system.names.release(slot.pid);
    this.roll?.ended(slot.pid);
    const { events } = this.system;
    if (slot.announced && events.listenerCount("exit") > 0) {
      events.emit("exit", { pid: slot.pid, entry: slot.process.entry, reason });
    }
    if (this.slots.size === 0) this.onEmpty?.();
  }

  /** Tell observers of a new process: before its end, also when that came while it started. */
  private announce(slot: Slot, { entry, parent, name }: SpawnSpec): void {
    slot.announced = true;
    const { events } = this.system;
    if (events.listenerCount("spawn") > 0) {
      events.emit("spawn", { pid: slot.pid, entry, parent, ...(name === undefined ? {} : { name }) });
    }
    const { exitReason } = slot.process;
    if (exitReason !== undefined) events.emit("exit", { pid: slot.pid, entry, reason: exitReason });
  }

  private async drain(graceMs: number): Promise<void> {
    if (this.slots.size === 0) return;
    const from = systemPid("scheduler");
    for (const slot of this.slots.list()) {
      const signal = { kind: "cancel", reason: "scheduler shutdown" } as const;
      slot.push({
        kind: "envelope",
        at: this.system.clock.now(),
        envelope: { from, incarnation: "", to: slot.pid, seq: 0, signal },
      });
    }
    const empty = new Promise<void>((resolve) => {
      this.onEmpty = resolve;
    });
    const timer = this.system.clock.timer(graceMs, () => this.endAll());
    await empty;
    timer.cancel();
  }

  private endAll(): void {
    const reason: ExitReason = { kind: "cancelled", reason: "scheduler shutdown" };
    for (const slot of this.slots.list()) slot.push({ kind: "stop", at: this.system.clock.now(), reason });
  }

  private deliverStartup(spec: SpawnSpec, to: Pid): void {
    for (const envelope of startupEnvelopes(spec, to)) this.system.router.post(envelope);
  }

  private refusal(): Failure | undefined {
    return this.closing === undefined ? noRoom(this.id, this.slots.size, this.maxProcesses) : hostClosing;
  }

  private newId(): string {
    if (this.roll !== undefined) return this.roll.newId();
    this.counter++;
    return counterId(this.counter);
  }
}
