/** A fair run queue for the memory processes of one thread: many small turns per macrotask, and a bounded slice of them. */
import type { Clock } from "../../actors/index.js";

/** Something that wants a turn. Returns true when it wants another one; asking for one meanwhile has no effect. */
export interface Turn {
  queued: boolean;
  turn(): boolean;
}

/** Ms of work before timers and I/O get their turn. */
const sliceMs = 8;
/** Pieces of work between two looks at the clock: a piece may take as long as a slice of a program, a millisecond or two. */
const piecesPerLook = 8;

export class Scheduler {
  private queue: Turn[] = [];
  private next: Turn[] = [];
  private after: (() => void)[] = [];
  private awake = false;
  private until = 0;
  private over = false;
  private pieces = 0;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Give this one a turn, once, after those that wait already. */
  enqueue(turn: Turn): void {
    if (turn.queued) return;
    turn.queued = true;
    this.next.push(turn);
    if (this.awake) return;
    this.awake = true;
    this.clock.soon(() => this.drain());
  }

  /** Run once, at the end of the macrotask that is going on or of the next one: when many turns have been taken. */
  afterTurns(run: () => void): void {
    this.after.push(run);
    if (this.awake) return;
    this.awake = true;
    this.clock.soon(() => this.drain());
  }

  /** Note a piece of work, an input or a turn; true when the slice is over, and a turn is to end as soon as it can. */
  spent(): boolean {
    if (!this.over && ++this.pieces % piecesPerLook === 0) this.over = this.clock.now() >= this.until;
    return this.over;
  }

  private drain(): void {
    this.until = this.clock.now() + sliceMs;
    this.over = false;
    try {
      this.takeTurns();
      for (const run of this.after.splice(0)) run();
    } finally {
      // Also after a turn that threw: the others must not wait for ever.
      this.awake = this.queue.length > 0 || this.next.length > 0 || this.after.length > 0;
      if (this.awake) this.clock.soon(() => this.drain());
    }
  }

  private takeTurns(): void {
    while (this.queue.length > 0 || this.next.length > 0) {
      if (this.queue.length === 0) {
        this.queue = this.next.reverse();
        this.next = [];
      }
      if (this.take(this.queue.pop()!)) return;
    }
  }

  /** One turn. It counts as queued meanwhile: what it brings on itself must not give it a second place in the queue. */
  private take(turn: Turn): boolean {
    let again = false;
    try {
      again = turn.turn();
    } finally {
      turn.queued = again;
    }
    if (again) this.next.push(turn);
    return this.spent();
  }
}
