/** Outbox: the half of a process that speaks to its port: tags, sequence numbers, and what is still open. Knows no rule of processes. */
import type { Delivery, Envelope, Pid, Signal } from "../mailbox/index.js";
import type { Outcome, Request } from "./input.js";
import type { Port } from "./port.js";
import { SequenceTable } from "./sequence.js";

type Refusal = Exclude<Delivery, { kind: "accepted" }>;

/** What has been asked and not been answered, and numbers. Most processes ask for nothing where nothing is numbered, and have none. */
interface Pending {
  numbers: SequenceTable | undefined;
  readonly open: Set<number>;
  readonly refusals: Map<number, (delivery: Refusal) => void>;
  readonly outcomes: Map<number, (outcome: Outcome) => void>;
}

/** A base class and no part: there may be a million processes, and this is in each of them. */
export class Outbox {
  readonly pid: Pid;
  readonly incarnation: string;
  /** The port of the current feed. */
  port!: Port;
  now = 0;
  private readonly counted: boolean;
  private last: number;
  private pending: Pending | undefined = undefined;

  constructor(pid: Pid, incarnation: string, counted: boolean, lastTag: number) {
    this.pid = pid;
    this.incarnation = incarnation;
    this.counted = counted;
    this.last = lastTag;
  }

  get sequence(): SequenceTable {
    const pending = this.needPending();
    pending.numbers ??= new SequenceTable();
    return pending.numbers;
  }

  /** True while someone inside the kernel waits for an answer or outcome by a closure, which cannot be stored. */
  get hasClosures(): boolean {
    const { pending } = this;
    return pending !== undefined && pending.refusals.size + pending.outcomes.size > 0;
  }

  get lastTag(): number {
    return this.last;
  }

  newTag(): number {
    return ++this.last;
  }

  envelope(to: Pid, signal: Signal, toIncarnation?: string): Envelope {
    const { pid: from, incarnation } = this;
    const seq = this.counted ? this.sequence.next(to, this.now) : 0;
    if (toIncarnation === undefined || toIncarnation === "") return { from, incarnation, to, seq, signal };
    return { from, incarnation, to, toIncarnation, seq, signal };
  }

  /** Transmit without caring for the answer. */
  tell(to: Pid, signal: Signal, toIncarnation?: string): void {
    this.port.transmit(this.envelope(to, signal, toIncarnation), 0);
  }

  /**
   * Transmit and have the answer: 0 when it is accepted already; else it comes by `onRefusal`, which does not hear of acceptance, or by
   * the program when there is none.
   */
  transmit(to: Pid, signal: Signal, onRefusal?: (delivery: Refusal) => void, toIncarnation?: string): number {
    const tag = ++this.last;
    if (this.port.transmit(this.envelope(to, signal, toIncarnation), tag)) return 0;
    if (onRefusal !== undefined) this.needPending().refusals.set(tag, onRefusal);
    return tag;
  }

  /** Start a request; its outcome goes to `onOutcome`, or to the program when there is none. */
  ask(request: Exclude<Request, { kind: "spawn" }>, onOutcome?: (outcome: Outcome) => void): number {
    const tag = ++this.last;
    const { open, outcomes } = this.needPending();
    open.add(tag);
    if (onOutcome !== undefined) outcomes.set(tag, onOutcome);
    this.port.request(tag, request);
    return tag;
  }

  /** Lose interest in a request. */
  forgo(tag: number): void {
    this.pending?.outcomes.delete(tag);
    if (this.pending?.open.delete(tag)) this.port.drop(tag);
  }

  /** False once it has settled or was dropped. */
  isOpen(tag: number): boolean {
    return this.pending?.open.has(tag) ?? false;
  }

  /** Requests that have not settled. */
  openTags(): readonly number[] {
    return [...(this.pending?.open ?? [])];
  }

  /** Take requests of an earlier kernel state over. */
  reopen(tags: readonly number[]): void {
    for (const tag of tags) this.needPending().open.add(tag);
  }

  /** Forget every open request but some: the process ends, or goes on as another program. */
  forgoAll(keep?: { has(tag: number): boolean }): void {
    if (this.pending === undefined) return;
    const { open, refusals, outcomes } = this.pending;
    for (const tag of open) {
      if (keep?.has(tag)) continue;
      this.port.drop(tag);
      open.delete(tag);
    }
    outcomes.clear();
    refusals.clear();
  }

  /** True for an envelope that was taken before. Notes it otherwise. */
  isRepeat(envelope: Envelope): boolean {
    return envelope.seq !== 0 && this.sequence.isRepeat(envelope, this.now);
  }

  /** True for a copy of an envelope that was taken before: to feed it has no effect. */
  hasTaken(envelope: Envelope): boolean {
    return this.pending?.numbers?.hasSeen(envelope) ?? false;
  }

  /** This life of a peer has ended. */
  forgetPeer(pid: Pid, incarnation: string): void {
    this.pending?.numbers?.forget(pid, incarnation);
  }

  /** True when the answer was ours; false when it is the program's. */
  takeAnswer(tag: number, delivery: Delivery): boolean {
    const onRefusal = this.pending?.refusals.get(tag);
    if (onRefusal === undefined) return false;
    this.pending!.refusals.delete(tag);
    if (delivery.kind !== "accepted") onRefusal(delivery);
    return true;
  }

  /** True when the outcome was ours, or belongs to a request that was dropped or settled before. */
  takeOutcome(tag: number, outcome: Outcome): boolean {
    if (this.pending === undefined || !this.pending.open.delete(tag)) return true;
    const { outcomes } = this.pending;
    const onOutcome = outcomes.get(tag);
    if (onOutcome === undefined) return false;
    outcomes.delete(tag);
    onOutcome(outcome);
    return true;
  }

  private needPending(): Pending {
    this.pending ??= { numbers: undefined, open: new Set(), refusals: new Map(), outcomes: new Map() };
    return this.pending;
  }
}
