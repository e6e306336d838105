/** What a workload is, and the figures of its rounds. How its rounds are run is in rounds.ts and children.ts. */

/** One figure of one run. */
export interface Measured {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

export interface Result extends Measured {
  readonly workload: string;
  readonly subject: string;
  readonly round: number;
}

/** Warms up, does `count` units of work, checks that all were done and rejects when one is missing. */
export type Run = (count: number) => Promise<readonly Measured[]>;

/** One question, and who answers it inside of a child process. */
export interface Workload {
  readonly id: string;
  readonly name: string;
  readonly count: number;
  /** Of subjects that would take too long with `count`. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, Run>>;
}

export async function seconds(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** `work` does a number of units and returns the seconds they took. */
export async function rate(
  count: number,
  unit: string,
  work: (count: number) => Promise<number>,
): Promise<readonly Measured[]> {
  await warmUp(count, work);
  return [{ metric: "rate", value: count / (await work(count)), unit }];
}

/** A fifth of the work, up to twenty times or until half a second has passed: by then all code that is hot has been compiled. */
export async function warmUp(count: number, work: (count: number) => Promise<unknown>): Promise<void> {
  const until = performance.now() + 500;
  for (let times = 0; times < 20 && (times === 0 || performance.now() < until); times++) {
    await work(Math.ceil(count / 5));
  }
}

/** A workload counts at its receivers: what is not there at the end makes the run fail. */
export function verify(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`${what}: ${String(got)} in place of ${String(expected)}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that `share` of all are below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** Of times in milliseconds. */
export function percentiles(timesMs: readonly number[]): Measured[] {
  return [
    { metric: "p50", value: quantile(timesMs, 0.5), unit: "ms" },
    { metric: "p99", value: quantile(timesMs, 0.99), unit: "ms" },
  ];
}
