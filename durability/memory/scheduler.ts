/** A fair run queue for the memory processes of one thread: many small turns per macrotask, and a bounded slice of them. */
import type { Clock } from "../../actors/index.js";
import { Queue } from "../../mailbox/index.js";

/**
 * What a turn leaves: nothing to do, more that waits (`true` is the same), or a program that was stopped in the middle of its work. Asking
 * for a turn meanwhile has no effect.
 */
export type TurnEnd = boolean | "computing";

/** Something that wants a turn. */
export interface Turn {
  queued: boolean;
  turn(): TurnEnd;
}

/** Ms of work before timers and I/O get their turn. */
const usualSliceMs = 8;
/** Pieces of work between two looks at the clock: a piece may take as long as a slice of a program, a fraction of a millisecond. */
const piecesPerLook = 8;
/** Ms of other turns for each slice of a program that computes, when both wait: such programs keep a tenth of the time and more. */
const shareMs = 0.25;
/** As many turns in its place, on a clock that does not tell fractions. */
const shareTurns = 32;

/** Starts in a row while others wait: processes that start processes without end must not keep them from their turn. */
const maxStartsInRow = 64;

/**
 * First come, first served, but for programs that compute without end: they stand in a queue of their own, and get one slice for each
 * `shareMs` of all other turns. So a message is answered within a slice, however many of them there are, and they keep their share,
 * however many messages there are.
 */
export class Scheduler {
  private readonly ready = new Queue<Turn>();
  private readonly computing = new Queue<Turn>();
  /** Starts that the turn which is taken asks for. */
  private readonly begun: Turn[] = [];
  /** Starts, the next one last. */
  private readonly starts: Turn[] = [];
  /** Taken since the last other turn. */
  private startsInRow = 0;
  private after: (() => void)[] = [];
  private isPlanned = false;
  /** A macrotask with a slice is to come. One at a time: each begins the next while there is work. */
  private isDue = false;
  private isRunning = false;
  /** What runs now began with the macrotask. */
  private isSlice = false;
  private time = 0;
  private until = 0;
  private over = false;
  private pieces = 0;
  /** Since the last slice of a program that computes: when it ended, by the fine clock, and turns since. */
  private sharedFrom = 0;
  private sharedTurns = 0;
  private readonly clock: Clock;
  private readonly sliceMs: number;
  private readonly beginSlice = (): void => {
    this.isDue = false;
    this.until = this.clock.now() + this.sliceMs;
    this.isSlice = true;
    try {
      this.work();
    } finally {
      this.isSlice = false;
      for (const run of this.after.splice(0)) run();
    }
  };
  private readonly goOn = (): void => this.work();

  constructor(clock: Clock, sliceMs = usualSliceMs) {
    this.clock = clock;
    this.sliceMs = sliceMs;
  }

  /** The time of the inputs that are fed now, ms since 1970: looked at every few pieces of work. Virtual time may jump at any moment. */
  get now(): number {
    return this.clock.fine === undefined ? this.clock.now() : this.time;
  }

  /** Give this one a turn, once, after those that wait already. */
  enqueue(turn: Turn): void {
    if (turn.queued) return;
    turn.queued = true;
    this.ready.push(turn);
    this.plan();
  }

  /**
   * A start, or the first turn of who was started: right after the turn that asks for it, in order, and before what was asked for
   * earlier. So a tree of processes grows branch by branch, and one that is done in its first turn is gone before there is another.
   */
  begin(turn: Turn): void {
    if (turn.queued) return;
    turn.queued = true;
    this.begun.push(turn);
    this.plan();
  }

  /** Run once, at the end of the macrotask that is going on or of the next one: when many turns have been taken. */
  afterTurns(run: () => void): void {
    if (this.after.push(run) === 1 && !this.isSlice) this.due();
  }

  /** Note a piece of work, an input or a turn; true when the slice is over, and a turn is to end as soon as it can. */
  spent(): boolean {
    if (!this.over && ++this.pieces % piecesPerLook === 0) this.look();
    return this.over;
  }

  private look(): void {
    this.time = this.clock.now();
    this.over = this.time >= this.until;
  }

  /**
   * While the slice of this macrotask lasts, at the end of what runs now: programs with promises go on between two turns, and would
   * otherwise wait for a macrotask with each message. After it, when timers and I/O have had their turn.
   */
  private plan(): void {
    if (this.isRunning || this.isPlanned) return;
    this.isPlanned = true;
    if (this.clock.fine !== undefined && this.clock.now() < this.until) queueMicrotask(this.goOn);
    else this.due();
  }

  private due(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.clock.soon(this.beginSlice);
  }

  private work(): void {
    this.isPlanned = false;
    this.isRunning = true;
    this.look();
    try {
      this.takeTurns();
    } finally {
      // Also after a turn that threw: the others must not wait for ever.
      this.isRunning = false;
      if (this.ready.size + this.computing.size + this.begun.length + this.starts.length > 0) this.plan();
    }
  }

  private takeTurns(): void {
    for (;;) {
      const turn = this.next();
      if (turn === undefined) return;
      this.take(turn);
      if (this.spent()) return;
    }
  }

  private next(): Turn | undefined {
    while (this.begun.length > 0) this.starts.push(this.begun.pop()!);
    if (this.starts.length > 0 && (this.startsInRow++ < maxStartsInRow || this.ready.size === 0)) {
      return this.starts.pop();
    }
    this.startsInRow = 0;
    if (this.computing.size === 0) return this.ready.shift();
    return this.ready.size > 0 && this.mayShare() ? this.ready.shift() : this.computing.shift();
  }

  private mayShare(): boolean {
    const { fine } = this.clock;
    return fine === undefined ? this.sharedTurns++ < shareTurns : fine() - this.sharedFrom < shareMs;
  }

  /** One turn. It counts as queued meanwhile: what it brings on itself must not give it a second place in the queue. */
  private take(turn: Turn): void {
    let end: TurnEnd = false;
    try {
      end = turn.turn();
    } finally {
      turn.queued = end !== false;
    }
    if (end === true) this.ready.push(turn);
    else if (end === "computing") this.compute(turn);
  }

  private compute(turn: Turn): void {
    this.computing.push(turn);
    this.sharedFrom = this.clock.fine?.() ?? 0;
    this.sharedTurns = 0;
    // Of computing there is no end: timers, I/O and promises get their turn after each slice of it.
    this.over = true;
  }
}
