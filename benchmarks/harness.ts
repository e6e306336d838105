/** Rounds, medians and their table: how every benchmark is run and told. Asks no question itself. */
import { cpus, loadavg } from "node:os";

/** What one run of a subject gave, when that is not its rate. */
export interface Measured {
  readonly metric: "p50" | "p99" | "all back" | "cpu";
  readonly value: number;
  readonly unit: string;
}

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

export interface Result {
  readonly workload: string;
  readonly subject: string;
  readonly metric: "rate" | Measured["metric"];
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
      const measured = await run(count);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const told = measured ?? [{ metric: "rate" as const, value: Math.round(count / seconds), unit }];
      for (const one of told) {
        const result: Result = { workload, subject, ...one, round };
        results.push(result);
        note(result);
      }
    }
  }
  return results;
}

/** Of times in milliseconds. */
export function percentiles(timesMs: readonly number[]): Measured[] {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return [
    { metric: "p50", value: at(0.5), unit: "ms" },
    { metric: "p99", value: at(0.99), unit: "ms" },
  ];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One line per subject and metric: median, and the spread from the smallest to the largest round. */
export function table(results: readonly Result[]): string {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = `${result.workload} ${result.subject} ${result.metric}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const rows = [...groups.values()].map((group) => {
    const { workload, subject, metric, unit } = group[0]!;
    const values = group.map((result) => result.value);
    const spread = `${shown(Math.min(...values))} .. ${shown(Math.max(...values))}`;
    const what = metric === "rate" ? unit : `${unit} ${metric}`;
    return `${workload.padEnd(28)} ${subject.padEnd(28)} ${shown(median(values)).padStart(10)} ${what.padEnd(14)} ${spread}`;
  });
  const load = loadavg()[0]!.toFixed(1);
  const machine = `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), load ${load}`;
  return [machine, ...rows].join("\n");
}

function shown(value: number): string {
  return value < 100 ? value.toFixed(3) : String(Math.round(value));
}
