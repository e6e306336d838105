/** Ends: what is still known of processes that have ended: what they have to say, and for how long they are remembered. */
import type { System } from "../../actors/index.js";
import type { Envelope, ExitReason, Pid } from "../../mailbox/index.js";
import type { Batches, Writer } from "./batch.js";
import type { ProcessWrite } from "./journal.js";
import type { Outgoing } from "./outgoing.js";
import { recordVersion, type StoredState, stateText } from "./records.js";

export interface EndedProcess {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly entry: string;
  readonly hash: string;
  readonly reason: ExitReason;
  readonly at: number;
  /** Remembered at least so long; 0: only while it has something to say. */
  readonly until: number;
  readonly isWorkflow: boolean;
  readonly outgoing: Outgoing;
}

export class Ends {
  private readonly system: System;
  private readonly batches: Batches;
  private readonly now: () => number;
  private readonly all = new Map<string, End>();
  private sweep: { readonly at: number; readonly timer: { cancel(): void } } | undefined;

  constructor(system: System, batches: Batches, now: () => number) {
    this.system = system;
    this.batches = batches;
    this.now = now;
  }

  get size(): number {
    return this.all.size;
  }

  get(id: string): EndedProcess | undefined {
    return this.all.get(id)?.process;
  }

  list(): EndedProcess[] {
    return [...this.all.values()].map((end) => end.process);
  }

  /** Remember an end and see its last words delivered. */
  add(process: EndedProcess): void {
    const end = new End(process, (one) => this.writeOf(one));
    this.all.set(process.pid.id, end);
    this.own(end);
  }

  /** What is written of an end; undefined when another process has taken the id over. */
  write(id: string, incarnation: string): ProcessWrite | undefined {
    const end = this.all.get(id);
    return end?.process.incarnation === incarnation ? this.writeOf(end) : undefined;
  }

  /** What an ended process has left to say, for a new one that is about to take its id over. */
  outgoingOf(id: string): Outgoing | undefined {
    return this.all.get(id)?.process.outgoing;
  }

  /** The new process has started. */
  remove(id: string): void {
    this.all.delete(id);
  }

  /** It has not: what is left to say is ours again. */
  keep(id: string): void {
    const end = this.all.get(id);
    if (end !== undefined) this.own(end);
  }

  /** Nobody will ask for this one any more. */
  forget(id: string): void {
    const end = this.all.get(id);
    if (end === undefined || end.process.isWorkflow) return;
    end.forgotten = true;
    this.changed(end);
  }

  /** A monitor of a workflow that has ended already: it hears so at once. */
  announce(end: EndedProcess, { from, incarnation, signal }: Envelope): void {
    if (signal.kind !== "monitor") return;
    const exit = { kind: "exit", via: "monitor", refs: [-signal.ref], reason: end.reason } as const;
    const to = incarnation === "" ? {} : { toIncarnation: incarnation };
    end.outgoing.send({ from: end.pid, incarnation: end.incarnation, to: from, ...to, seq: 0, signal: exit }, 0);
    const kept = this.all.get(end.pid.id);
    if (kept !== undefined) this.changed(kept);
  }

  stop(): void {
    this.sweep?.timer.cancel();
    this.sweep = undefined;
    for (const { process } of this.all.values()) process.outgoing.stop();
    this.all.clear();
  }

  private own(end: End): void {
    end.process.outgoing.owner = {
      answer: (_tag, _delivery, heard) => heard(),
      bounced: () => {},
      changed: () => this.changed(end),
    };
  }

  /** Look for what is past its time when the next one is. */
  private sweepAt(at: number): void {
    if (this.sweep !== undefined && this.sweep.at <= at) return;
    this.sweep?.timer.cancel();
    const timer = this.system.clock.timer(Math.max(0, at - this.now()) + 1, () => {
      this.sweep = undefined;
      this.forgetOld();
    });
    this.sweep = { at, timer };
  }

  private forgetOld(): void {
    const now = this.now();
    let next = Number.POSITIVE_INFINITY;
    for (const end of this.all.values()) {
      if (end.isOver(now)) this.changed(end);
      else if (end.process.until > now) next = Math.min(next, end.process.until);
    }
    if (next < Number.POSITIVE_INFINITY) this.sweepAt(next);
  }

  private changed(end: End): void {
    if (this.all.get(end.process.pid.id) === end) this.batches.note(end.writer);
  }

  private writeOf(end: End): ProcessWrite | undefined {
    const { id } = end.process.pid;
    if (this.all.get(id) !== end) return undefined;
    const isOver = end.isOver(this.now());
    if (isOver) this.all.delete(id);
    else if (end.process.until > 0) this.sweepAt(end.process.until);
    return { id, reset: true, records: [], state: isOver ? undefined : stateText(end.state()) };
  }
}

class End {
  forgotten = false;
  readonly process: EndedProcess;
  readonly writer: Writer;

  constructor(process: EndedProcess, write: (end: End) => ProcessWrite | undefined) {
    this.process = process;
    this.writer = { write: () => write(this) };
  }

  isOver(now: number): boolean {
    return this.process.outgoing.size === 0 && (this.forgotten || this.process.until <= now);
  }

  state(): StoredState {
    const { incarnation, entry, hash, reason, at, until, isWorkflow, outgoing } = this.process;
    return {
      v: recordVersion,
      inc: incarnation,
      entry,
      hash,
      at,
      n: 0,
      x: 0,
      ...(outgoing.size === 0 ? {} : { out: outgoing.rows() }),
      end: { reason, at, until: this.forgotten ? 0 : until, ...(isWorkflow ? { workflow: 1 } : {}) },
    };
  }
}
