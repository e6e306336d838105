/** Progress of a batch: a bar on a terminal that other lines do not tear, plain log lines everywhere else. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { ProgressBar, withProgress } from "../../cli/progress.js";
import { command, perdure, writeApp } from "./command.js";

const app = writeApp({
  "_index.yaml": `namespace: t
entries:
  - {name: work, kind: function.lua, source: file://f.lua, method: work, modules: [logger]}
`,
  "f.lua": `local logger = require("logger")
local function work()
  logger:info("step one", { progress = { done = 1, total = 2 } })
  print("in between")
  logger:info("an ordinary record")
  logger:info("step two", { progress = { done = 2, total = 2 } })
  return "done"
end
return { work = work }
`,
});

const version = spawnSync("script", ["--version"], { encoding: "utf8" });
const hasTerminals = version.stdout?.includes("util-linux") === true;

describe("the command with progress to show", () => {
  it.skipIf(!hasTerminals)("draws a bar on a terminal and writes other lines above it", () => {
    const line = [process.execPath, command, "run", app, "t:work"].map((word) => `'${word}'`).join(" ");
    const { stdout, status } = spawnSync("script", ["-qec", line, "/dev/null"], { encoding: "utf8", timeout: 15_000 });
    expect(status).toBe(0);
    expect(stdout).toContain(`[${"#".repeat(15)}${"-".repeat(15)}] 1/2 step one`);
    expect(stdout).toContain(`[${"#".repeat(30)}] 2/2 step two`);
    expect(stdout).toMatch(/\r\u001b\[Kin between\r?\n/);
    expect(stdout).toMatch(/an ordinary record/);
    expect(stdout.trimEnd().endsWith('"done"')).toBe(true);
  });

  it("writes lines off a terminal", async () => {
    const { stderr, stdout } = await perdure(["run", app, "t:work"]);
    const records = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(records).toMatchObject([
      { msg: "step one", progress: { done: 1, total: 2 } },
      { msg: "an ordinary record" },
      { msg: "step two", progress: { done: 2, total: 2 } },
    ]);
    expect(stdout).toBe('in between\n"done"\n');
  });
});

describe("a progress bar", () => {
  it("makes room for another line, comes back, and ends with its own line when all is done", () => {
    const written: string[] = [];
    const bar = new ProgressBar((text) => written.push(text));
    bar.around(() => written.push("before\n"));
    bar.update({ done: 1, total: 3 }, "one");
    bar.around(() => written.push("other\n"));
    bar.update({ done: 3, total: 3 }, "all");
    bar.around(() => written.push("after\n"));
    const first = `\r\u001b[K[${"#".repeat(10)}${"-".repeat(20)}] 1/3 one`;
    expect(written).toEqual([
      "before\n",
      first,
      "\r\u001b[K",
      "other\n",
      first,
      `\r\u001b[K[${"#".repeat(30)}] 3/3 all`,
      "\n",
      "after\n",
    ]);
  });

  it("takes only records with a whole progress field from the log", () => {
    const bars: string[] = [];
    const records: string[] = [];
    const record = (_fields: object, message: string): void => {
      records.push(message);
    };
    const logger = { debug: record, info: record, warn: record, error: record, flush: () => {} };
    const shown = withProgress(logger, new ProgressBar((text) => bars.push(text)));
    shown.info({ progress: { done: 1 } }, "half a field");
    shown.info({ progress: { done: 1, total: 4 } }, "progress");
    expect(records).toEqual(["half a field"]);
    expect(bars.join("")).toContain("1/4 progress");
  });
});
