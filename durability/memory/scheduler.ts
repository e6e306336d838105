/** A fair run queue for the memory processes of one thread: many small turns per macrotask, and a bounded slice of them. */
import type { Clock } from "../../actors/index.js";

/** Something that wants a turn. Returns true when it wants another one. */
export interface Turn {
  queued: boolean;
  turn(): boolean;
}

/** Ms of work before timers and I/O get their turn. */
const sliceMs = 8;
/** Inputs between two looks at the clock: an input may take as long as a slice of its program, some milliseconds. */
const inputsPerLook = 8;

export class Scheduler {
  private queue: Turn[] = [];
  private next: Turn[] = [];
  private awake = false;
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

  private drain(): void {
    try {
      this.takeTurns(this.clock.now() + sliceMs);
    } finally {
      // Also after a turn that threw: the others must not wait for ever.
      this.awake = this.queue.length > 0 || this.next.length > 0;
      if (this.awake) this.clock.soon(() => this.drain());
    }
  }

  private takeTurns(until: number): void {
    let turns = 0;
    while (this.queue.length > 0 || this.next.length > 0) {
      if (this.queue.length === 0) {
        this.queue = this.next.reverse();
        this.next = [];
      }
      const turn = this.queue.pop()!;
      turn.queued = false;
      if (turn.turn()) {
        turn.queued = true;
        this.next.push(turn);
      }
      if (++turns % turnsPerLook === 0 && this.clock.now() >= until) return;
    }
  }
}
