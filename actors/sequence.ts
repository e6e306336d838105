/** Sequence numbers of envelopes on transports that may repeat: numbering on the way out, forgetting repeats on the way in. */
import type { Envelope, Pid } from "../mailbox/index.js";

/** Ms after which a receiver forgets a silent sender. Senders stop retrying well before; numbering restarts only after twice that. */
export const dedupeWindowMs = 24 * 60 * 60 * 1000;

/** Ended senders are remembered a while, as a transport may repeat what they sent before their end; at most this many. */
const maxEnded = 4096;

interface Entry {
  incarnation: string;
  last: number;
  at: number;
}

export class SequenceTable {
  private readonly sent = new Map<string, { last: number; at: number }>();
  private readonly seen = new Map<string, Entry>();
  private readonly ended: string[] = [];
  private sweepAt = 1024;

  /** Number of peers remembered in either direction. */
  get size(): number {
    return this.sent.size + this.seen.size;
  }

  next(to: Pid, at: number): number {
    const entry = this.sent.get(to.text);
    if (entry === undefined) {
      this.sweep(at);
      this.sent.set(to.text, { last: 1, at });
      return 1;
    }
    entry.at = at;
    return ++entry.last;
  }

  /** True when this envelope has been taken before. Notes it otherwise. */
  isRepeat(envelope: Envelope, at: number): boolean {
    if (envelope.seq === 0) return false;
    const entry = this.seen.get(envelope.from.text);
    if (entry === undefined) {
      this.sweep(at);
      this.seen.set(envelope.from.text, { incarnation: envelope.incarnation, last: envelope.seq, at });
      return false;
    }
    entry.at = at;
    if (entry.incarnation === envelope.incarnation && envelope.seq <= entry.last) return true;
    entry.incarnation = envelope.incarnation;
    entry.last = envelope.seq;
    return false;
  }

  /** This peer has ended: nothing will be sent to it, and what it sent can only be repeats. */
  forget(pid: Pid): void {
    this.sent.delete(pid.text);
    if (!this.seen.has(pid.text) || this.ended.includes(pid.text)) return;
    this.ended.push(pid.text);
    if (this.ended.length <= maxEnded) return;
    for (const text of this.ended.splice(0, maxEnded / 2)) this.seen.delete(text);
  }

  list(): { sent: [string, number, number][]; seen: [string, string, number, number][] } {
    return {
      sent: [...this.sent].map(([pid, e]) => [pid, e.last, e.at]),
      seen: [...this.seen].map(([pid, e]) => [pid, e.incarnation, e.last, e.at]),
    };
  }

  load(lists: ReturnType<SequenceTable["list"]>): void {
    for (const [pid, last, at] of lists.sent) this.sent.set(pid, { last, at });
    for (const [pid, incarnation, last, at] of lists.seen) this.seen.set(pid, { incarnation, last, at });
  }

  /** Drop what is past its window, each time the tables have doubled; so the cost per envelope stays constant. */
  private sweep(at: number): void {
    if (this.size < this.sweepAt) return;
    for (const [pid, entry] of this.seen) if (at - entry.at > dedupeWindowMs) this.seen.delete(pid);
    for (const [pid, entry] of this.sent) if (at - entry.at > 2 * dedupeWindowMs) this.sent.delete(pid);
    this.sweepAt = Math.max(1024, this.size * 2);
  }
}
