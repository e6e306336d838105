/** Seeded random numbers for simulations, and the loop that prints the seed of a failing run. */

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed * 2654435761) >>> 0 || 1;
  }

  /** Mulberry32: uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** Run once per seed; a failure names the seed. `PERDURE_SEED` runs that one only, `PERDURE_SEEDS` sets the count. */
export function forSeeds(count: number, run: (seed: number) => void): void {
  const only = process.env.PERDURE_SEED;
  const seeds =
    only === undefined
      ? Array.from({ length: Number(process.env.PERDURE_SEEDS ?? count) }, (_, i) => i + 1)
      : [Number(only)];
  for (const seed of seeds) {
    try {
      run(seed);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${seed}: ${message} (run alone with PERDURE_SEED=${seed})`, { cause: error });
    }
  }
}
