/** Sequence numbers of envelopes on transports that may repeat: numbering on the way out, forgetting repeats on the way in. */
import type { Envelope, Pid } from "../mailbox/index.js";

/** Ms after which a receiver forgets a silent sender. Senders stop retrying well before; numbering restarts only after twice that. */
export const dedupeWindowMs = 24 * 60 * 60 * 1000;

/** Ended senders are remembered a while, as a transport may repeat what they sent before their end; at most this many. */
const maxEnded = 4096;

interface Entry {
  last: number;
  at: number;
}

type SequenceRow = readonly [key: string, last: number, at: number];

/** A table as data. */
export interface SequenceRows {
  readonly sent: readonly SequenceRow[];
  readonly seen: readonly SequenceRow[];
  readonly ended: readonly string[];
  readonly floor: number;
}

export class SequenceTable {
  private readonly sent = new Map<string, Entry>();
  /** By pid and incarnation: an old life of a pid may still repeat what it sent while a new one writes. */
  private readonly seen = new Map<string, Entry>();
  /** Keys of `seen`, in the order in which they ended. */
  private readonly ended = new Set<string>();
  /** No number of a forgotten peer is above this. A new life may have heard some of them, so numbering goes on from there. */
  private floor = 0;
  private sweepAt = 1024;

  /** Number of peers remembered in either direction. */
  get size(): number {
    return this.sent.size + this.seen.size;
  }

  /** Number everything from now on above this, whatever was numbered before. */
  raise(floor: number): void {
    if (floor <= this.floor) return;
    this.floor = floor;
    for (const entry of this.sent.values()) entry.last = Math.max(entry.last, floor);
  }

  toRows(): SequenceRows {
    const rows = (table: ReadonlyMap<string, Entry>): SequenceRow[] =>
      [...table].map(([key, { last, at }]) => [key, last, at]);
    return { sent: rows(this.sent), seen: rows(this.seen), ended: [...this.ended], floor: this.floor };
  }

  takeRows(rows: SequenceRows): void {
    for (const [key, last, at] of rows.sent) this.sent.set(key, { last, at });
    for (const [key, last, at] of rows.seen) this.seen.set(key, { last, at });
    for (const key of rows.ended) this.ended.add(key);
    this.floor = rows.floor;
  }

  next(to: Pid, at: number): number {
    const entry = this.sent.get(to.text);
    if (entry === undefined) {
      this.sweep(at);
      this.sent.set(to.text, { last: this.floor + 1, at });
      return this.floor + 1;
    }
    entry.at = at;
    return ++entry.last;
  }

  /** As `isRepeat`, and notes nothing. */
  hasSeen({ from, incarnation, seq }: Envelope): boolean {
    return seq > 0 && seq <= (this.seen.get(keyOf(from, incarnation))?.last ?? 0);
  }

  /** True when this envelope has been taken before. Notes it otherwise. */
  isRepeat(envelope: Envelope, at: number): boolean {
    if (envelope.seq === 0) return false;
    const key = keyOf(envelope.from, envelope.incarnation);
    const entry = this.seen.get(key);
    if (entry === undefined) {
      this.sweep(at);
      this.seen.set(key, { last: envelope.seq, at });
      return false;
    }
    entry.at = at;
    if (envelope.seq <= entry.last) return true;
    entry.last = envelope.seq;
    return false;
  }

  /** This life of a peer has ended: nothing will be sent to it, and what it sent can only be repeats. */
  forget(pid: Pid, incarnation: string): void {
    this.floor = Math.max(this.floor, this.sent.get(pid.text)?.last ?? 0);
    this.sent.delete(pid.text);
    const key = keyOf(pid, incarnation);
    if (!this.seen.has(key)) return;
    this.ended.add(key);
    if (this.ended.size > maxEnded) this.dropEnded(maxEnded / 2);
  }

  private dropEnded(count: number): void {
    let left = count;
    for (const oldest of this.ended) {
      if (left-- === 0) return;
      this.ended.delete(oldest);
      this.seen.delete(oldest);
    }
  }

  /** Drop what is past its window, each time the tables have doubled; so the cost per envelope stays constant. */
  private sweep(at: number): void {
    if (this.size < this.sweepAt) return;
    for (const [key, entry] of this.seen) {
      if (at - entry.at <= dedupeWindowMs) continue;
      this.seen.delete(key);
      this.ended.delete(key);
    }
    for (const [pid, entry] of this.sent) if (at - entry.at > 2 * dedupeWindowMs) this.sent.delete(pid);
    this.sweepAt = Math.max(1024, this.size * 2);
  }
}

function keyOf(pid: Pid, incarnation: string): string {
  return `${incarnation} ${pid.text}`;
}
