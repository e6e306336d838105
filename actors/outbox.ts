/** Outbox: tags, sequence numbers and what is still open of everything a process hands to its port. Knows no rule of processes. */
import type { Delivery, Envelope, Pid, Signal } from "../mailbox/index.js";
import type { Outcome, Request } from "./input.js";
import type { Port } from "./port.js";
import { SequenceTable } from "./sequence.js";

type Refusal = Exclude<Delivery, { kind: "accepted" }>;

export class Outbox {
  /** The port of the current feed. */
  port!: Port;
  now = 0;
  readonly sequence = new SequenceTable();
  private readonly pid: Pid;
  private readonly incarnation: string;
  private readonly counted: boolean;
  private readonly open = new Set<number>();
  private readonly answers = new Map<number, (delivery: Refusal) => void>();
  private readonly outcomes = new Map<number, (outcome: Outcome) => void>();
  private last: number;

  constructor(pid: Pid, incarnation: string, counted: boolean, lastTag = 0) {
    this.pid = pid;
    this.incarnation = incarnation;
    this.counted = counted;
    this.last = lastTag;
  }

  /** True while someone inside the kernel waits for an answer or outcome by a closure, which cannot be stored. */
  get hasClosures(): boolean {
    return this.answers.size > 0 || this.outcomes.size > 0;
  }

  get lastTag(): number {
    return this.last;
  }

  /** The tag that `transmit` or `request` gives next. */
  get nextTag(): number {
    return this.last + 1;
  }

  newTag(): number {
    return ++this.last;
  }

  envelope(to: Pid, signal: Signal, toIncarnation?: string): Envelope {
    const seq = this.counted ? this.sequence.next(to, this.now) : 0;
    const base = { from: this.pid, incarnation: this.incarnation, to, seq, signal };
    return toIncarnation === undefined || toIncarnation === "" ? base : { ...base, toIncarnation };
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
    const tag = this.newTag();
    if (this.port.transmit(this.envelope(to, signal, toIncarnation), tag)) return 0;
    if (onRefusal !== undefined) this.answers.set(tag, onRefusal);
    return tag;
  }

  request(request: Exclude<Request, { kind: "spawn" }>, onOutcome?: (outcome: Outcome) => void): number {
    const tag = this.newTag();
    this.open.add(tag);
    if (onOutcome !== undefined) this.outcomes.set(tag, onOutcome);
    this.port.request(tag, request);
    return tag;
  }

  drop(tag: number): void {
    this.outcomes.delete(tag);
    if (this.open.delete(tag)) this.port.drop(tag);
  }

  /** False once it has settled or was dropped. */
  isOpen(tag: number): boolean {
    return this.open.has(tag);
  }

  /** Requests that have not settled. */
  openTags(): readonly number[] {
    return [...this.open];
  }

  /** Take requests of an earlier kernel state over. */
  reopen(tags: readonly number[]): void {
    for (const tag of tags) this.open.add(tag);
  }

  /** Forget every open request but some: the process ends, or goes on as another program. */
  dropAll(keep?: { has(tag: number): boolean }): void {
    for (const tag of this.open) {
      if (keep?.has(tag)) continue;
      this.port.drop(tag);
      this.open.delete(tag);
    }
    this.outcomes.clear();
    this.answers.clear();
  }

  /** True when the answer was ours; false when it is the program's. */
  takeAnswer(tag: number, delivery: Delivery): boolean {
    if (this.answers.size === 0) return false;
    const onRefusal = this.answers.get(tag);
    if (onRefusal === undefined) return false;
    this.answers.delete(tag);
    if (delivery.kind !== "accepted") onRefusal(delivery);
    return true;
  }

  /** True when the outcome was ours, or belongs to a request that was dropped or settled before. */
  takeOutcome(tag: number, outcome: Outcome): boolean {
    if (!this.open.delete(tag)) return true;
    const onOutcome = this.outcomes.get(tag);
    if (onOutcome === undefined) return false;
    this.outcomes.delete(tag);
    onOutcome(outcome);
    return true;
  }
}
