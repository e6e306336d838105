/** Results as a table: median and spread of each subject, and how it stands to those that others are compared with. */
import { cpus, loadavg, totalmem } from "node:os";
import { median, type Result } from "./harness.js";

/** In this order, each a column when it is there. */
const references = ["raw-loop", "beam", "beam-s1", "fengari-bare"] as const;

export interface Row {
  readonly workload: string;
  readonly subject: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** One for each subject and metric of a workload, in the order of the results. */
export function rowsOf(results: readonly Result[]): Row[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = JSON.stringify([result.workload, result.metric, result.subject]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  return [...groups.values()].map((group) => {
    const { workload, subject, metric, unit } = group[0]!;
    const values = group.map(({ value }) => value);
    const [min, max] = [Math.min(...values), Math.max(...values)];
    return { workload, subject, metric, unit, median: median(values), min, max, rounds: values.length };
  });
}

/** `name` of a workload is its heading; without one it is its own. `versions` are those of the peers. */
export function table(
  results: readonly Result[],
  nameOf: (workload: string) => string = (id) => id,
  versions: readonly string[] = [],
): string {
  const rows = rowsOf(results);
  const present = references.filter((name) => rows.some(({ subject }) => subject === name));
  const lines = [machine(), ...(versions.length === 0 ? [] : [versions.join(", ")])];
  for (const questions of grouped(rows)) {
    const { workload, metric, unit } = questions[0]!;
    const columns = present.filter((name) => questions.some(({ subject }) => subject === name));
    const heading = `${nameOf(workload)}, ${metric === "rate" ? unit : `${metric} in ${unit}`}`;
    lines.push("", `${heading.padEnd(58)}${columns.map((name) => `  x ${name}`).join("")}`);
    for (const row of questions) lines.push(lineOf(row, questions, columns));
  }
  return lines.join("\n");
}

function lineOf(row: Row, questions: readonly Row[], columns: readonly string[]): string {
  const ratios = columns.map((name) => {
    const reference = questions.find(({ subject }) => subject === name)!;
    return ratio(row.median, reference.median).padStart(name.length + 4);
  });
  const spread = `${shown(row.min)} .. ${shown(row.max)}`;
  return `  ${row.subject.padEnd(18)}${shown(row.median).padStart(12)}  ${spread.padEnd(24)}${ratios.join("")}`.trimEnd();
}

function grouped(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.workload, row.metric, row.unit]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].sort((a, b) =>
    a[0]!.workload < b[0]!.workload ? -1 : a[0]!.workload > b[0]!.workload ? 1 : 0,
  );
}

/** The same as Markdown, a column for each subject: median, and half of the spread as a share of it. */
export function markdown(results: readonly Result[], nameOf: (workload: string) => string): string {
  const rows = rowsOf(results);
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  const lines = grouped(rows).map((questions) => {
    const { workload, metric, unit } = questions[0]!;
    const cells = subjects.map((name) => cellOf(questions.find(({ subject }) => subject === name)));
    return [`${nameOf(workload)}, ${metric === "rate" ? unit : `${metric}, ${unit}`}`, ...cells];
  });
  const ruler = ["---", ...subjects.map(() => "---:")];
  return [["", ...subjects], ruler, ...lines].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function cellOf(row: Row | undefined): string {
  if (row === undefined) return "";
  const spread = Math.round(((row.max - row.min) / 2 / row.median) * 100);
  return row.rounds === 1 ? brief(row.median) : `${brief(row.median)} ± ${spread} %`;
}

function brief(value: number): string {
  if (value >= 999_500) return `${(value / 1_000_000).toPrecision(3)} M`;
  if (value >= 9_995) return `${(value / 1_000).toPrecision(3)} k`;
  return shown(value);
}

export function ratio(value: number, reference: number): string {
  if (reference === 0) return "-";
  const quotient = value / reference;
  return quotient >= 9.95 ? String(Math.round(quotient)) : quotient.toPrecision(2);
}

export function shown(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

export function machine(): string {
  const load = loadavg()[0]!.toFixed(1);
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() ?? "unknown";
  return `Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores (${model}), ${gigabytes} GB, load ${load}`;
}
