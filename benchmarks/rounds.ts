/** Rounds within one process, for questions about journals: their servers and stored processes outlive a round. */
import type { Measured, Result } from "./harness.js";

/** One subject of one question. */
export interface Subject {
  readonly workload: string;
  readonly subject: string;
  /** Of the rate. */
  readonly unit: string;
  readonly count: number;
  /** Does `count` units of work, checks that all were done, and rejects when one is missing. What it returns is told in place of its rate. */
  run(count: number): Promise<void> | Promise<readonly Measured[]>;
}

/** A warm-up of a tenth, then the subjects in turn, round by round, so that a drift of the machine hits all alike. */
export async function measure(
  subjects: readonly Subject[],
  rounds: number,
  note: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const subject of subjects) await subject.run(Math.ceil(subject.count / 10));
  for (let round = 1; round <= rounds; round++) {
    for (const { workload, subject, unit, count, run } of subjects) {
      const start = process.hrtime.bigint();
      const measured = await run(count);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const told = measured ?? [{ metric: "rate", value: Math.round(count / seconds), unit }];
      for (const one of told) {
        const result: Result = { workload, subject, ...one, round };
        results.push(result);
        note(result);
      }
    }
  }
  return results;
}
