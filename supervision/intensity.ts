/** RestartWindow: how many restarts there have been of late, and whether that is too many. The time is told to it. */

export interface Intensity {
  /** Restarts within the period that are still borne. */
  readonly intensity: number;
  readonly periodMs: number;
}

/** A queue of times. Each is put in and taken out once, so a restart costs the same however many there are. */
export class RestartWindow {
  private readonly limit: Intensity;
  private times: number[];
  /** Index of the oldest that counts. */
  private from = 0;

  constructor(limit: Intensity, times: readonly number[] = []) {
    this.limit = limit;
    this.times = [...times];
  }

  /** Note a restart; true when it is one too many. A restart exactly one period ago still counts. */
  add(now: number): boolean {
    this.times.push(now);
    const oldest = now - this.limit.periodMs;
    while (this.times[this.from]! < oldest) this.from++;
    if (this.from >= 64 && this.from * 2 >= this.times.length) {
      this.times = this.times.slice(this.from);
      this.from = 0;
    }
    return this.times.length - this.from > this.limit.intensity;
  }

  /** Those that count, oldest first. */
  list(): readonly number[] {
    return this.times.slice(this.from);
  }
}
