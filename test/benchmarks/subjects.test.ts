/** Perdure's own subjects with tiny counts: each run gives its figures, and a lost message fails it. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ownCommand, RunFailed, runChild } from "../../benchmarks/children.js";
import type { Measured } from "../../benchmarks/harness.js";
import { workloads } from "../../benchmarks/workloads.js";

const program = fileURLToPath(new URL("../../dist/benchmarks/subject.js", import.meta.url));
const loseOne = new URL("lose-one.mjs", import.meta.url).href;

const run = (
  subject: string,
  workload: string,
  count: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly Measured[]> =>
  runChild(ownCommand(subject, program), workload, count, { limitMs: 45_000, environment });

const runs = workloads.flatMap(({ id, runs }) => Object.keys(runs).map((subject) => [id, subject] as const));

/** What is told beside the rate, and what some tell in place of it. */
const others: Readonly<Record<string, readonly string[]>> = {
  W3: ["rate", "heap", "rss"],
  W7: ["rate", "idle p50", "p50", "p99", "p99 to idle p50", "paced idle p50", "paced p50", "paced p99"],
  W8: ["10 senders", "cost, most to fewest senders", "backlog"],
  W9: ["fan-in, 1 worker", "fan-in, 2 workers", "fan-in, 2 workers to 1", "across"],
};

describe("a subject", () => {
  it.concurrent.each(runs)("of %s gives its figures: %s", async (id, subject) => {
    const measured = await run(subject, id, 300);
    const metrics = measured.map(({ metric }) => metric);
    expect(metrics).toEqual(expect.arrayContaining([...(others[id] ?? ["rate"])]));
    expect(new Set(metrics).size).toBe(metrics.length);
    for (const { metric, value, unit } of measured) {
      // A small heap may shrink while so few are added.
      if (unit !== "bytes/process") expect(value, metric).toBeGreaterThan(0);
      expect(unit).not.toBe("");
    }
  });

  it.concurrent.each([
    ["W1", "perdure-ts", "ping"],
    ["W2", "perdure-ts", "n"],
    ["W2", "perdure-lua", "n"],
    ["W3", "perdure-ts", "done"],
    ["W4", "perdure-lua", "hop"],
    ["W5", "perdure-ts", "sum"],
  ])("of %s fails when a message is lost: %s, %s", async (id, subject, topic) => {
    const lost = run(subject, id, 200, { NODE_OPTIONS: `--import ${loseOne}`, LOSE_TOPIC: topic });
    await expect(lost).rejects.toThrow(RunFailed);
  });
});
