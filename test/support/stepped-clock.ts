/** A virtual clock for simulations that stop anywhere. */
import type { Random } from "./random.js";
import { VirtualClock } from "./virtual.js";

interface Timer {
  readonly at: number;
  readonly number: number;
  readonly fire: () => void;
}

/** One step at a time, and time passes while work is done: so slices of work end at random places. */
export class SteppedClock extends VirtualClock {
  private readonly random: Random;
  private t = Date.UTC(2026, 0, 1);
  private readonly soonest: (() => void)[] = [];
  private readonly waiting = new Set<Timer>();
  private last = 0;

  constructor(random: Random) {
    super();
    this.random = random;
  }

  override now(): number {
    if (this.random.chance(0.05)) this.t += this.random.below(10);
    return this.t;
  }

  override timer(delayMs: number, fire: () => void): { cancel(): void } {
    const timer = { at: this.t + Math.max(0, delayMs), number: ++this.last, fire };
    this.waiting.add(timer);
    return { cancel: () => void this.waiting.delete(timer) };
  }

  override soon(run: () => void): void {
    this.soonest.push(run);
  }

  /** Do one thing that is due; false when there is none. */
  step(): boolean {
    const run = this.soonest.shift();
    if (run !== undefined) {
      run();
      return true;
    }
    return this.fire(this.t);
  }

  /** Let the next timer fire that is due within so many ms. */
  leap(ms: number): boolean {
    return this.fire(this.t + ms);
  }

  pass(ms: number): void {
    this.t += ms;
  }

  override runNow(): number {
    let count = 0;
    while (this.step()) count++;
    return count;
  }

  private fire(until: number): boolean {
    let first: Timer | undefined;
    for (const timer of this.waiting) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.number < first.number)) {
        first = timer;
      }
    }
    if (first === undefined || first.at > until) return false;
    this.waiting.delete(first);
    this.t = Math.max(this.t, first.at);
    first.fire();
    return true;
  }
}
