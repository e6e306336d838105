/** An app of memory hosts only: how long the command takes, and what it leaves unloaded. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { command, perdure, Running, writeApp } from "./command.js";

const app = writeApp({
  "_index.yaml": `namespace: t
entries:
  - {name: processes, kind: process.host}
  - {name: add, kind: function.lua, source: "return { add = function(a, b) return a + b end }", method: add}
`,
  // Records every module that is loaded: ES modules as they come, CommonJS ones at the end.
  "record.mjs": `import { appendFileSync } from "node:fs";
import Module, { register } from "node:module";
register("./hook.mjs", import.meta.url);
process.on("exit", () => appendFileSync(process.env.E2E_LOADED, Object.keys(Module._cache).join("\\n") + "\\n"));
`,
  "hook.mjs": `import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  appendFileSync(process.env.E2E_LOADED, url + "\\n");
  return next(url, context);
}
`,
});

it("is up and done quickly", async () => {
  const times: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { code, stdout, ms } = await perdure(["run", app, "t:add", "1", "2"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "3\n" });
    times.push(ms);
    const began = performance.now();
    spawnSync(process.execPath, ["-e", ""]);
    bare.push(performance.now() - began);
  }
  const sorted = times.sort((a, b) => a - b).map(Math.round);
  console.log(`perdure run APP ns:fn, memory hosts only: median ${sorted[2]} ms of ${sorted.join(", ")}`);
  // The goal is 400 ms on an idle machine, where Node alone takes 40; here others may be at work, and both wait for them.
  const [, , node = 0] = bare.sort((a, b) => a - b);
  expect(sorted[2]).toBeLessThan(Math.max(2_000, 25 * node));
});

it("loads neither Temporal nor a web server nor a journal driver", async () => {
  const log = join(app, "loaded.txt");
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(app, "record.mjs"))}`, E2E_LOADED: log };
  expect(await perdure(["run", app, "t:add", "1", "2"], { env })).toMatchObject({ code: 0, stdout: "3\n" });
  const loaded = readFileSync(log, "utf8").split("\n");
  expect(loaded).toContain(pathToFileURL(command).href);
  expect(loaded.filter((name) => /node_modules\/yaml\//.test(name))).not.toEqual([]);
  const unwanted =
    /node_modules\/(@temporalio|@hono|hono|ioredis|lmdb|pino-pretty)\/|durability\/temporal|app\/http\.js/;
  expect(loaded.filter((name) => unwanted.test(name))).toEqual([]);
});

it("loads of a durable app only what its journal needs", async () => {
  const durable = ["-o", "t:processes:journal={driver: lmdb, path: data/a.mdb}"];
  const log = join(app, "loaded-durable.txt");
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(app, "record.mjs"))}`, E2E_LOADED: log };
  expect(await perdure(["run", ...durable, app, "t:add", "1", "2"], { env })).toMatchObject({ code: 0, stdout: "3\n" });
  const loaded = readFileSync(log, "utf8").split("\n");
  expect(loaded.filter((name) => /node_modules\/lmdb\//.test(name))).not.toEqual([]);
  const unwanted = /node_modules\/(@temporalio|@hono|hono|ioredis)\/|durability\/temporal|durability\/journal\/redis/;
  expect(loaded.filter((name) => unwanted.test(name))).toEqual([]);
});

it("runs until it is stopped, also when nothing in it has anything to do", async () => {
  const running = new Running(["run", app]);
  await running.logged(/"msg":"running /);
  const { code, signal, ms } = await running.end("SIGTERM");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(ms).toBeLessThan(10_000);
});
