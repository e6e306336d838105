/** Claim: the processes of a journal for as long as this node owns it. A lost claim is dropped whole, and a new one begins from what is stored. */
import {
  guarded,
  type Outcome,
  type Port,
  type Process,
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
  gone,
  type Payload,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import type { Scheduler, Tape } from "../memory/index.js";
import { Batches } from "./batch.js";
import { Directory } from "./directory.js";
import { type EndedProcess, Ends } from "./ends.js";
import { Idle } from "./idle.js";
import type { Journal, JournalImage, ProcessWrite } from "./journal.js";
import { Outgoing, type Verdict, verdictOutside } from "./outgoing.js";
import { Passive } from "./passive.js";
import type { Programs } from "./programs.js";
import { rearm } from "./rearm.js";
import { readOut, readState, type StoredState, stateText, type WorkflowFacts } from "./records.js";
import type { CatchUp } from "./requests.js";
import { storedPid } from "./revival.js";
import { type LoadedProgram, Slot, type SlotBirth, type SlotHost } from "./slot.js";
import { Starts, type StartsHost } from "./starts.js";

/** Ends that a parent on another durable tier may ask for again are remembered so long, as repeats of envelopes are. */
const repeatWindowMs = 24 * 60 * 60 * 1000;

/** Envelopes of later claims are numbered above those of all earlier ones, also when the journal has forgotten some of them. */
const numbersPerClaim = 2 ** 32;

export interface ClaimOptions {
  readonly id: string;
  readonly node: string;
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly image: JournalImage;
  readonly programs: Programs;
  readonly isEphemeral: (node: string) => boolean;
  readonly maxProcesses: number;
  readonly maxSlices: number;
  readonly idleTimeoutMs: number;
  readonly continueAt: number;
  readonly snapshotEvery: number;
  readonly catchUp: CatchUp;
  readonly retentionMs: number;
  readonly record?: (process: Process, port: Port) => Tape;
  readonly invoke: (
    slot: Slot,
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ) => () => void;
}

export class Claim implements SlotHost, StartsHost {
  readonly id: string;
  readonly node: string;
  readonly system: System;
  readonly scheduler: Scheduler;
  readonly epoch: number;
  readonly batches: Batches;
  readonly maxSlices: number;
  readonly continueAt: number;
  readonly snapshotEvery: number;
  readonly catchUp: CatchUp;
  readonly record: ((process: Process, port: Port) => Tape) | undefined;
  isOpen = true;
  private readonly options: ClaimOptions;
  private readonly directory: Directory;
  private readonly ends: Ends;
  private readonly starts: Starts;
  private readonly idle: Idle;
  /** Called when a process has ended. */
  private readonly endings = new Map<string, (() => void)[]>();
  private readonly knownSources: Set<string>;
  private isClosing = false;
  private lastNow = 0;

  constructor(options: ClaimOptions) {
    const { id, node, system, scheduler, journal, image, programs } = options;
    this.options = options;
    this.id = id;
    this.node = node;
    this.system = system;
    this.scheduler = scheduler;
    this.epoch = image.epoch;
    this.maxSlices = options.maxSlices;
    this.continueAt = options.continueAt;
    this.snapshotEvery = options.snapshotEvery;
    this.catchUp = options.catchUp;
    this.record = options.record;
    this.knownSources = new Set(image.sources);
    this.batches = new Batches(journal, image.head, {
      soon: () => scheduler.afterTurns(() => this.batches.flush()),
      superseded: () => {},
      fault: (thrown) => this.degraded(`an effect failed: ${String(thrown)}`),
    });
    this.ends = new Ends(
      system,
      () => this.batches,
      () => this.now(),
    );
    this.starts = new Starts(this);
    this.idle = new Idle(options.idleTimeoutMs, system.clock, () => this.putToRest());
    this.directory = new Directory({
      host: this,
      journal,
      programs,
      awake: () => {},
      broken: (pid, error) => this.degraded(`${pid.text} cannot come back: ${error.message}`),
    });
    this.takeImage(image);
    system.names.watch(node, (pid) => this.namesChanged(pid));
  }

  get counts(): { readonly active: number; readonly all: number } {
    let active = 0;
    for (const place of this.directory.all()) if (place instanceof Slot) active++;
    return { active, all: this.directory.size };
  }

  /** Ms since 1970; never before the last input of any process. */
  now(): number {
    const now = this.system.clock.now();
    if (now > this.lastNow) this.lastNow = now;
    return this.lastNow;
  }

  /** Processes come into memory from now on: those that have something to do at once. */
  release(): void {
    this.directory.release();
    for (const place of [...this.directory.all()]) {
      if (place instanceof Passive && this.mustRun(place.state)) this.directory.wake(place);
    }
    for (const end of this.ends.list()) end.outgoing.resend();
  }

  /** No input is taken any more; what was taken is written. */
  pause(): void {
    this.isClosing = true;
  }

  /** Drop everything that is in memory; nothing more is written. Returns the processes that were in memory. */
  stop(): Slot[] {
    this.isOpen = false;
    this.system.names.unwatch(this.node);
    const slots: Slot[] = [];
    for (const place of this.directory.all()) {
      if (place instanceof Slot) slots.push(place);
      this.system.names.release(place.pid);
    }
    this.batches.abandon();
    this.idle.stop();
    this.ends.stop();
    for (const item of this.directory.stop()) item.abandoned?.();
    return slots;
  }

  /** Processes of a lost claim that this one does not know: whoever is bound to them hears that they are no more. */
  announceMissing(slots: readonly Slot[]): void {
    const error = failure("UNAVAILABLE", "lost by the journal, which was put back to an earlier state", {
      retryable: true,
    });
    for (const { process, pid } of slots) {
      const known = this.directory.get(pid.id);
      const isSame =
        known instanceof Slot
          ? known.process.incarnation === process.incarnation
          : known?.incarnation === process.incarnation;
      if (isSame || process.hasEnded) continue;
      process.feed({ kind: "stop", at: this.now(), reason: { kind: "failed", error } }, this.farewell());
    }
  }

  start(spec: SpawnSpec): SpawnResult | Promise<SpawnResult> {
    return this.starts.start(spec);
  }

  /** False: there is no such process, or not in that life. */
  takes({ to, toIncarnation, signal }: Envelope): boolean {
    if (to.host !== this.id) return false;
    const open = this.open(to.id);
    if (open !== undefined) return toIncarnation === undefined || toIncarnation === open.incarnation;
    return this.tellsItsEnd(to, signal) !== undefined;
  }

  /** Take an envelope of another host over; `takes` has said that it can be. */
  deliver(envelope: Envelope, done: (delivery: Delivery) => void, fail: (error: Failure) => void): void {
    const { to, signal } = envelope;
    const place = this.directory.get(to.id);
    const end = place === undefined ? this.tellsItsEnd(to, signal) : undefined;
    if (end !== undefined) {
      this.ends.announce(end, envelope);
      this.batches.after(() => done(accepted));
      return;
    }
    if (place === undefined) return done(gone);
    this.directory.push(place, {
      input: { kind: "envelope", at: this.now(), envelope },
      taken: () => this.batches.after(() => done(accepted)),
      refused: () => this.batches.after(() => done(gone)),
      abandoned: () => fail(failure("UNAVAILABLE", `${to.text} cannot be reached`, { retryable: true })),
    });
  }

  isOpenProcess(pid: Pid): boolean {
    return this.directory.get(pid.id) !== undefined;
  }

  // OutgoingHost

  verdict(to: Pid, signal: Signal): Verdict {
    if (to.node !== this.node) return verdictOutside(this.system, to);
    if (to.host === this.id) {
      if (this.directory.get(to.id) !== undefined || this.tellsItsEnd(to, signal) !== undefined)
        return { kind: "inside" };
    }
    return { kind: "refused", delivery: { kind: "gone" } };
  }

  pass(envelope: Envelope, taken: () => void, refused: () => void): void {
    const { to, toIncarnation, signal } = envelope;
    const place = this.directory.get(to.id);
    const end = place === undefined ? this.tellsItsEnd(to, signal) : undefined;
    if (end !== undefined) {
      taken();
      this.ends.announce(end, envelope);
      return;
    }
    const isGone = place === undefined || (toIncarnation !== undefined && toIncarnation !== incarnationOf(place));
    if (isGone) this.batches.after(refused);
    else this.directory.push(place, { input: { kind: "envelope", at: this.now(), envelope }, taken, refused });
  }

  // SlotHost

  spawnInside(spec: SpawnSpec): SpawnResult | Promise<SpawnResult> {
    return this.starts.start(spec);
  }

  current(entry: string): LoadedProgram | Failure {
    return this.pinnedLater(this.options.programs.current(entry));
  }

  invoke(
    slot: Slot,
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ): () => void {
    return this.options.invoke(slot, request, scheduledAt, again, done);
  }

  info(slot: Slot): Payload | undefined {
    if (!slot.isWorkflow) return undefined;
    return {
      workflow_id: slot.pid.id,
      run_id: slot.process.incarnation,
      workflow_type: slot.process.entry,
      task_queue: this.id,
      namespace: this.node,
      attempt: 1,
      history_length: slot.entries + 1,
      history_size: slot.bytes,
      ...(slot.workflow?.memo === undefined ? {} : { memo: slot.workflow.memo }),
    };
  }

  closePolicy(child: Pid): WorkflowFacts["parentClosePolicy"] {
    if (child.node !== this.node) return undefined;
    const place = this.directory.get(child.id);
    return place instanceof Slot ? place.workflow?.parentClosePolicy : place?.state.close;
  }

  birthHeard(child: Pid): void {
    if (child.node === this.node) this.ends.forget(child.id);
  }

  ended(slot: Slot, reason: ExitReason): void {
    const { pid, process } = slot;
    this.directory.remove(pid.id, slot);
    if (process.failedToStart !== undefined) return;
    const { incarnation, entry } = process;
    const at = this.now();
    const { hash, isWorkflow, outgoing } = slot;
    this.ends.add({
      pid,
      incarnation,
      entry,
      hash,
      reason,
      at,
      until: this.rememberedUntil(slot, at),
      isWorkflow,
      outgoing,
    });
    this.batches.after(() => this.system.events.emit("exit", { pid, entry, reason }));
    for (const tell of this.endings.get(pid.id) ?? []) tell();
    this.endings.delete(pid.id);
  }

  writeEnded(slot: Slot): ProcessWrite | undefined {
    return this.ends.write(slot.pid.id, slot.process.incarnation);
  }

  rested(slot: Slot): void {
    if (!slot.endReplay()) this.diverged(slot);
    this.idle.somebodyRests();
  }

  /** The first live step after a revival: what was open is asked again, what may not have arrived is sent again. */
  revived(slot: Slot): void {
    slot.process.raiseSequence(this.epoch * numbersPerClaim);
    slot.outgoing.resend();
    slot.requests.resume();
    slot.armDeadline();
    rearm(slot, this.system, this.node, this.options.isEphemeral, this.now());
  }

  // StartsHost

  load(entry: string): LoadedProgram | Failure {
    return this.current(entry);
  }

  entryOptions(entry: string): SpawnSpec["options"] {
    return this.options.programs.options(entry);
  }

  named(name: string): Pid | undefined {
    return this.system.names.lookup(name);
  }

  open(id: string): { readonly pid: Pid; readonly incarnation: string } | undefined {
    const place = this.directory.get(id);
    return place === undefined ? undefined : { pid: place.pid, incarnation: incarnationOf(place) };
  }

  endOf(id: string): EndedProcess | undefined {
    return this.ends.get(id);
  }

  isWorkflow(pid: Pid): boolean {
    if (pid.node !== this.node) return false;
    const place = this.directory.get(pid.id);
    return place instanceof Slot ? place.isWorkflow : place?.state.workflow === 1;
  }

  refusal(): Failure | undefined {
    const { maxProcesses } = this.options;
    if (this.isClosing) return failure("UNAVAILABLE", "host is shutting down", { retryable: true });
    if (maxProcesses === 0 || this.directory.size < maxProcesses) return undefined;
    const message = `max processes limit exceeded (${maxProcesses} on ${this.id})`;
    return failure("LIMIT_EXCEEDED", message, { retryable: true });
  }

  bear(birth: Omit<SlotBirth, "outgoing">, spec: SpawnSpec): Failure | undefined {
    const { pid } = birth;
    const left = this.ends.replace(pid.id);
    const slot = new Slot(this, left === undefined ? birth : { ...birth, outgoing: left });
    slot.process.raiseSequence(this.epoch * numbersPerClaim);
    this.directory.set(pid.id, slot);
    slot.start(spec);
    const error = slot.process.failedToStart;
    if (error !== undefined) return error;
    const { entry, parent, name } = spec;
    if (name !== undefined && !slot.isWorkflow) this.system.names.register(name, pid);
    const event = { pid, entry, parent, ...(name === undefined ? {} : { name }) };
    this.batches.after(() => this.system.events.emit("spawn", event));
    return undefined;
  }

  greet(spec: SpawnSpec, to: Pid): void {
    const { parent: from, parentIncarnation: incarnation, messages } = spec;
    for (const { topic, payloads } of messages) {
      const envelope: Envelope = { from, incarnation, to, seq: 0, signal: { kind: "message", topic, payloads } };
      const place = to.node === this.node ? this.directory.get(to.id) : undefined;
      if (place === undefined) this.batches.after(() => void this.system.router.route(envelope));
      else this.directory.push(place, { input: { kind: "envelope", at: this.now(), envelope } });
    }
  }

  terminate(id: string, ended: () => void): void {
    const place = this.directory.get(id);
    if (place === undefined) return ended();
    this.endings.set(id, [...(this.endings.get(id) ?? []), ended]);
    const envelope: Envelope = { from: place.pid, incarnation: "", to: place.pid, seq: 0, signal: { kind: "kill" } };
    this.directory.push(place, { input: { kind: "envelope", at: this.now(), envelope } });
  }

  // Taking over, and letting go.

  private takeImage({ states, sources }: JournalImage): void {
    const used = new Set<string>();
    for (const [id, text] of states) {
      const pid = storedPid(this.node, this.id, id);
      const state = readState(text, pid.text);
      this.lastNow = Math.max(this.lastNow, state.at);
      if (state.end === undefined) {
        used.add(state.hash);
        this.settle(new Passive(pid, state));
        for (const name of state.names ?? []) this.system.names.register(name, pid);
      } else this.remember(pid, state);
    }
    for (const hash of sources) if (!used.has(hash)) this.dropSource(hash);
  }

  private dropSource(hash: string): void {
    this.knownSources.delete(hash);
    this.batches.dropSource(hash);
  }

  /** A process is stored, and not in memory until something happens to it. */
  private settle(passive: Passive): void {
    this.directory.set(passive.pid.id, passive);
    passive.arm(this.system.clock, this.now(), () => this.directory.wake(passive));
  }

  private remember(pid: Pid, { inc, entry, hash, end, out = [] }: StoredState): void {
    const { reason, at, until, workflow } = end!;
    const outgoing = new Outgoing(this, { answer: () => {}, bounced: () => {}, changed: () => {} });
    for (const row of out) outgoing.restore(readOut(row).envelope, 0);
    this.ends.add({ pid, incarnation: inc, entry, hash, reason, at, until, isWorkflow: workflow === 1, outgoing });
  }

  /** It waits for more than a message or a timer, or somebody it is bound to may be no more. */
  private mustRun({ busy, out, nodes = [] }: StoredState): boolean {
    return busy === 1 || out !== undefined || nodes.length > 0;
  }

  /** Out of memory with those who have had nothing to do for long; true when others may follow. */
  private putToRest(): boolean {
    const before = this.now() - this.options.idleTimeoutMs;
    let others = false;
    for (const place of [...this.directory.all()]) {
      if (!(place instanceof Slot) || !place.isIdle) continue;
      if (place.activeAt > before || place.isDirty || !this.batches.quiet) others = true;
      else {
        place.rest();
        this.settle(new Passive(place.pid, place.state()));
      }
    }
    return others;
  }

  private rememberedUntil({ isWorkflow, spec }: Slot, at: number): number {
    if (isWorkflow) return at + this.options.retentionMs;
    if (spec === undefined || spec.parent.node === "" || this.options.isEphemeral(spec.parent.node)) return 0;
    if (spec.parent.node !== this.node) return at + repeatWindowMs;
    const parent = this.directory.get(spec.parent.id);
    return parent instanceof Slot && parent.requests.has(spec.key) ? at + repeatWindowMs : 0;
  }

  /** Workflows are remembered: whoever monitors one that has ended hears of its end. */
  private tellsItsEnd(to: Pid, signal: Signal): EndedProcess | undefined {
    const end = signal.kind === "monitor" ? this.ends.get(to.id) : undefined;
    return end?.isWorkflow ? end : undefined;
  }

  private namesChanged(pid: Pid): void {
    const place = this.directory.get(pid.id);
    if (place instanceof Slot) place.touch();
    else if (place !== undefined) this.renamed(place);
  }

  private renamed(place: Passive): void {
    const { names: _before, ...rest } = place.state;
    const names = this.system.names.of(place.pid);
    const passive = new Passive(place.pid, names.length === 0 ? rest : { ...rest, names });
    place.rest();
    this.settle(passive);
    const { id } = place.pid;
    this.batches.note({ write: () => ({ id, reset: false, records: [], state: stateText(passive.state) }) });
  }

  /** Keep the source of a program with the processes that are pinned to it. */
  private pinnedLater(loaded: LoadedProgram | Failure): LoadedProgram | Failure {
    if (!("program" in loaded)) return loaded;
    const { hash } = loaded;
    if (hash !== "" && !this.knownSources.has(hash)) {
      const text = this.options.programs.text(hash);
      if (text !== undefined) this.batches.source(hash, text);
      this.knownSources.add(hash);
    }
    return { ...loaded, program: guarded(loaded.program) };
  }

  private diverged(slot: Slot): void {
    if (slot.stuck !== undefined) return;
    slot.stuck = `its replay made ${slot.effects} effects where ${slot.committedEffects} are recorded`;
    this.degraded(`${slot.pid.text} is stopped as it is: ${slot.stuck}`);
    for (const item of slot.queue.drain()) item.abandoned?.();
  }

  private degraded(detail: string): void {
    this.system.events.emit("health", { id: this.id, state: "degraded", detail });
  }

  /** Only ends are told: whatever else the process would do has no place any more. */
  private farewell(): Port {
    const nothing = (): void => {};
    const transmit = (envelope: Envelope): void => {
      if (envelope.signal.kind === "exit" && envelope.to.node !== this.node) void this.system.router.route(envelope);
    };
    return { transmit, request: nothing, drop: nothing, log: nothing, info: () => undefined, halt: nothing };
  }
}

function incarnationOf(place: Slot | Passive): string {
  return place instanceof Slot ? place.process.incarnation : place.incarnation;
}
