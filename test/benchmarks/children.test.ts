/** What a run as a child process may do, and what makes it fail; and what becomes of a subject that fails. */
import { describe, expect, it } from "vitest";
import { type CommandLine, RunFailed, runChild } from "../../benchmarks/children.js";
import type { Result } from "../../benchmarks/harness.js";
import { type Entry, runAll } from "../../benchmarks/run.js";

/** A program; workload and count follow its first arguments. */
const program = (code: string): CommandLine => [process.execPath, "-e", code, "--"];
const figure = (value: string): string => `console.log('{"metric":"rate","value":${value},"unit":"x/s"}')`;

const run = (code: string, limitMs = 10_000) => runChild(program(code), "W1", 10, { limitMs });

describe("a run", () => {
  it("is told workload and count, and tells its figures", async () => {
    const code = `const [workload, count] = process.argv.slice(-2);
      console.log(JSON.stringify({ metric: workload, value: Number(count), unit: "u" })); ${figure("1.5")}`;
    expect(await run(code)).toEqual([
      { metric: "W1", value: 10, unit: "u" },
      { metric: "rate", value: 1.5, unit: "x/s" },
    ]);
  });

  it.each([
    [
      "ends with another code than 0",
      `${figure("1")}; console.error("lost one"); process.exit(3)`,
      /exit code 3\nlost one/,
    ],
    ["never comes to its end", `${figure("1")}; await new Promise(() => {})`, /ended with exit code \d+/],
    ["writes to standard error", `${figure("1")}; console.error("a warning")`, /standard error\na warning/],
    ["tells nothing", "", /printed no figure/],
    ["tells something else", "console.log('fast')", /no JSON: fast/],
    ["tells a figure without a value", figure("null"), /is not \{"metric"/],
  ])("fails that %s", async (_, code, message) => {
    const failed = run(code);
    await expect(failed).rejects.toThrow(RunFailed);
    await expect(failed).rejects.toThrow(message);
  });

  it("fails that takes too long", async () => {
    await expect(run("setInterval(() => {}, 1000)", 300)).rejects.toThrow("no end after 0.3 s");
  });

  it("fails of a program that is not there", async () => {
    await expect(runChild(["/no/such/program"], "W1", 1, { limitMs: 1_000 })).rejects.toThrow(RunFailed);
  });
});

describe("rounds", () => {
  it("take the subjects in turn, and leave out one that has failed", async () => {
    const entry = (subject: string, code: string): Entry => {
      return { workload: "W1", subject, command: program(code), count: 1 };
    };
    const results: Result[] = [];
    const failures: string[] = [];
    const group = [entry("a", figure("1")), entry("b", "process.exit(1)"), entry("c", figure("2"))];
    const isWhole = await runAll([group], 2, {
      result: (result) => void results.push(result),
      failed: ({ subject }, round) => void failures.push(`${subject} ${round}`),
      progress: () => {},
    });
    expect(isWhole).toBe(false);
    expect(results.map(({ subject, round }) => `${subject} ${round}`)).toEqual(["a 1", "c 1", "a 2", "c 2"]);
    expect(failures).toEqual(["b 1"]);
  });
});
