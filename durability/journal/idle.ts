/** Idle: when to look for processes that have had nothing to do for a while. No look is planned while nobody rests. */
import type { Clock } from "../../actors/index.js";

export class Idle {
  private readonly timeoutMs: number;
  private readonly clock: Clock;
  /** Returns true when another look is worth while. */
  private readonly look: () => boolean;
  private timer: { cancel(): void } | undefined;

  /** A time-out of 0: processes stay in memory. */
  constructor(timeoutMs: number, clock: Clock, look: () => boolean) {
    this.timeoutMs = timeoutMs;
    this.clock = clock;
    this.look = look;
  }

  somebodyRests(): void {
    if (this.timeoutMs === 0 || this.timer !== undefined) return;
    this.timer = this.clock.timer(this.timeoutMs, () => {
      this.timer = undefined;
      if (this.look()) this.somebodyRests();
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
