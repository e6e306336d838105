/** Rounds, medians and their table: how every benchmark is run and told. Asks no question itself. */
import { cpus } from "node:os";

/** One subject of one question. `run` does `count` units of work, checks that all were done, and rejects when one is missing. */
export interface Subject {
  readonly workload: string;
  readonly subject: string;
  readonly unit: string;
  readonly count: number;
  run(count: number): Promise<void>;
}

export interface Result {
  readonly workload: string;
  readonly subject: string;
  readonly metric: "rate";
  readonly value: number;
  readonly unit: string;
  readonly round: number;
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
      await run(count);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const result: Result = { workload, subject, metric: "rate", value: Math.round(count / seconds), unit, round };
      results.push(result);
      note(result);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One line per subject: median, and the spread from slowest to fastest round. */
export function table(results: readonly Result[]): string {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.workload} ${result.subject}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const rows = [...groups.values()].map((group) => {
    const values = group.map((result) => result.value);
    const { workload, subject, unit } = group[0]!;
    const spread = `${Math.min(...values)} .. ${Math.max(...values)}`;
    return `${workload.padEnd(12)} ${subject.padEnd(14)} ${String(Math.round(median(values))).padStart(10)} ${unit.padEnd(14)} ${spread}`;
  });
  return [`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"})`, ...rows].join("\n");
}
