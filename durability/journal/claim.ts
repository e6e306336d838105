/** Claim: the processes of a journal for as long as this node owns it. A lost claim is dropped whole, and a new one begins from what is stored. */
import type { Outcome, Port, Process, Request, SpawnResult, SpawnSpec, System } from "../../actors/index.js";
import {
  type Delivery,
  type Envelope,
  type ExitReason,
  type Failure,
  failure,
  type MailboxLimit,
  type Payload,
  type Pid,
  type Signal,
} from "../../mailbox/index.js";
import type { Scheduler, Tape } from "../memory/index.js";
import { Batches } from "./batch.js";
import { Births, firstNumberOf } from "./births.js";
import { Directory } from "./directory.js";
import { Ends } from "./ends.js";
import { workflowInfo } from "./info.js";
import { Inside } from "./inside.js";
import type { ProcessWrite } from "./journal.js";
import type { ClaimOptions } from "./options.js";
import { bonds, farewells, type Orphan, orphanOf, rolledBack } from "./orphans.js";
import type { Fates, Verdict } from "./outgoing.js";
import { rearm } from "./rearm.js";
import type { WorkflowFacts } from "./records.js";
import type { CatchUp } from "./requests.js";
import { Shelf } from "./shelf.js";
import { Slot } from "./slot.js";
import type { LoadedProgram, SlotHost } from "./slot-host.js";
import { Sources } from "./sources.js";
import { Starts } from "./starts.js";

const claimLost = failure("UNAVAILABLE", "the journal has another owner, or was read again", { retryable: true });

/** Ends that a parent on another durable tier may ask for again are remembered so long, as repeats of envelopes are. */
const repeatWindowMs = 24 * 60 * 60 * 1000;

export class Claim implements SlotHost {
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
  private readonly births: Births;
  private readonly shelf: Shelf;
  private readonly sources: Sources;
  private readonly inside: Inside;
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
    this.batches = new Batches(journal, image.head, {
      soon: () => scheduler.afterTurns(() => this.batches.flush()),
      // The journal says so as well, and who owns this claim acts on that.
      superseded: () => {},
      fault: (thrown) => this.degraded(`an effect failed: ${String(thrown)}`),
    });
    this.ends = new Ends(system, this.batches, () => this.now());
    const broken = (pid: Pid, error: Failure): void => this.degraded(`${pid.text} cannot come back: ${error.message}`);
    this.directory = new Directory({ host: this, journal, programs, broken });
    const { directory, ends, batches } = this;
    this.births = new Births({ ...options, host: this, directory, ends });
    this.starts = new Starts(this.births);
    const mailboxOf = (entry: string): MailboxLimit | undefined => this.mailboxOf(entry);
    this.inside = new Inside({ ...options, directory, ends, batches, mailboxOf, now: () => this.now() });
    this.sources = new Sources(programs, batches, image.sources);
    this.shelf = new Shelf({
      ...options,
      hostId: id,
      batches,
      directory,
      ends,
      outgoingHost: this,
      now: () => this.now(),
    });
    const { used, lastAt } = this.shelf.fill(image.states);
    this.lastNow = Math.max(this.lastNow, lastAt);
    this.sources.keepOnly(used);
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
    this.shelf.wakeBusy();
    for (const end of this.ends.list()) end.outgoing.resend();
  }

  /** No input is taken any more; what was taken is written. */
  pause(): void {
    this.births.isClosing = true;
  }

  /** Drop everything that is in memory; nothing more is written. Returns the processes that somebody is bound to. */
  stop(): Orphan[] {
    this.isOpen = false;
    this.system.names.unwatch(this.node);
    const orphans: Orphan[] = [];
    for (const place of this.directory.all()) {
      const { pid, incarnation } = place;
      const orphan = orphanOf(pid, incarnation, place instanceof Slot ? place.process.relations : place.relations);
      if (orphan !== undefined) orphans.push(orphan);
      this.system.names.release(pid);
    }
    this.batches.abandon();
    this.shelf.stop();
    this.ends.stop();
    for (const item of this.directory.stop()) item.abandoned?.();
    return orphans;
  }

  /**
   * Processes of a lost claim: whoever is bound to one that is no more hears so, and one that is still there hears again who is bound
   * to it, as it may have been told after what is stored.
   */
  adopt(orphans: readonly Orphan[]): void {
    const { router, node } = this.system;
    for (const orphan of orphans) {
      const place = this.directory.get(orphan.pid.id);
      if (place?.incarnation !== orphan.incarnation) {
        for (const envelope of farewells(orphan, rolledBack)) void router.route(envelope);
        continue;
      }
      for (const envelope of bonds(orphan, node)) {
        if (!router.mayLive(envelope.from)) continue;
        this.directory.push(place, { input: { kind: "envelope", at: this.now(), envelope } });
      }
    }
  }

  start(spec: SpawnSpec): SpawnResult | Promise<SpawnResult> {
    return this.starts.start(spec);
  }

  takes(envelope: Envelope): boolean {
    return this.inside.takes(envelope);
  }

  deliver(envelope: Envelope, done: (delivery: Delivery) => void, fail: (error: Failure) => void): void {
    this.inside.deliver(envelope, done, fail);
  }

  mayTurnAway(to: Pid, signal: Signal): boolean {
    return this.inside.mayTurnAway(to, signal);
  }

  firstNumber(at: number): number {
    return firstNumberOf(this.epoch, at);
  }

  isOpenProcess(pid: Pid): boolean {
    return this.directory.get(pid.id) !== undefined;
  }

  // OutgoingHost

  verdict(to: Pid, signal: Signal): Verdict {
    return this.inside.verdict(to, signal);
  }

  judge(envelope: Envelope): "enter" | "wait" | Delivery {
    return this.inside.judge(envelope);
  }

  pass(envelope: Envelope, fates: Fates): void {
    this.inside.pass(envelope, fates);
  }

  // SlotHost

  spawnInside(spec: SpawnSpec): SpawnResult | Promise<SpawnResult> {
    return this.isOpen ? this.starts.start(spec) : { ok: false, error: claimLost };
  }

  current(entry: string): LoadedProgram | Failure {
    return this.sources.current(entry);
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

  mailboxOf(entry: string): MailboxLimit | undefined {
    return this.options.programs.mailbox?.(entry);
  }

  info(slot: Slot): Payload | undefined {
    return workflowInfo(slot);
  }

  closePolicy(child: Pid): WorkflowFacts["parentClosePolicy"] {
    if (child.node !== this.node) return undefined;
    return this.directory.get(child.id)?.closePolicy;
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
    this.births.hasEnded(pid.id);
  }

  writeEnded(slot: Slot): ProcessWrite | undefined {
    return this.ends.write(slot.pid.id, slot.process.incarnation);
  }

  rested(slot: Slot): void {
    const missing = slot.effects.endReplay();
    if (missing > 0) this.diverged(slot, missing);
    this.shelf.rested();
  }

  /** The first live step after a revival: what was open is asked again, what may not have arrived is sent again. */
  revived(slot: Slot): void {
    slot.outgoing.resend();
    slot.requests.resume();
    slot.armDeadline();
    rearm(slot, this.system, this.node, this.options.isEphemeral, this.now());
  }

  private rememberedUntil({ isWorkflow, key, process }: Slot, at: number): number {
    if (isWorkflow) return at + this.options.retentionMs;
    const { node, id } = process.parent;
    if (node === "" || this.options.isEphemeral(node)) return 0;
    if (node !== this.node) return at + repeatWindowMs;
    const parent = this.directory.get(id);
    // One that is still on its way into memory may ask again when it is there.
    const mayAsk = parent instanceof Slot ? parent.requests.has(key) : parent?.state.busy === 1;
    return mayAsk ? at + repeatWindowMs : 0;
  }

  private namesChanged(pid: Pid): void {
    const place = this.directory.get(pid.id);
    if (place instanceof Slot) place.changed();
    else if (place !== undefined) this.shelf.renamed(place);
  }

  private diverged(slot: Slot, missing: number): void {
    if (slot.stuck !== undefined) return;
    slot.stuck = `its replay made ${missing} effects less than are recorded`;
    this.degraded(`${slot.pid.text} is stopped as it is: ${slot.stuck}`);
    for (const item of slot.door.drain()) item.abandoned?.();
  }

  private degraded(detail: string): void {
    this.system.events.emit("health", { id: this.id, state: "degraded", detail });
  }
}
