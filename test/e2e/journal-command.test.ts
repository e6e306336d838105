/** `perdure journal` beside a running node, and on journals of nodes that are gone. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { redisIsSkipped, startRedis } from "../support/redis.js";
import { type Ended, perdure, Running, writeApp } from "./command.js";

const app = writeApp({
  "_index.yaml": `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: durable, kind: process.host, journal: {driver: lmdb, path: ./data/t.mdb}}
  - {name: count, kind: process.lua, source: "file://count.lua", method: main, modules: [process, time]}
  - {name: service, kind: process.service, process: starter, host: memory, lifecycle: {auto_start: true}}
  - {name: starter, kind: process.lua, source: "file://starter.lua", method: main, modules: [process, time]}
`,
  "count.lua": `local process = require("process")
local time = require("time")
local function main(step)
  local n, ticks = 0, time.ticker("20ms"):channel()
  while true do
    ticks:receive()
    n = n + step
    if n == 5 then print("five") end
  end
end
return { main = main }
`,
  "starter.lua": `local process = require("process")
local function main()
  for step = 1, 3 do process.spawn("t:count", "t:durable", step) end
  process.events():receive()
end
return { main = main }
`,
});

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function onLmdb(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-journal-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  return `t:durable:journal.path=${join(folder, "t.mdb")}`;
}

const password = "very-secret";

async function onRedis(): Promise<string> {
  const server = await startRedis({ password });
  ends.push(() => server.remove());
  return `t:durable={journal: {driver: redis, url: "${server.url}", name: counters}}`;
}

/** A node with three processes that count, once the slowest of them has counted to five. */
async function serve(place: string): Promise<Running> {
  const running = new Running(["run", "-o", place, app]);
  ends.push(() => running.end("SIGKILL"));
  await running.until("five is counted", () => (running.stdout.includes("five") ? true : undefined));
  return running;
}

const journal = (command: string, place: string, ...args: string[]): Promise<Ended> =>
  perdure(["journal", command, "-o", place, app, ...args]);

const jsonLines = ({ stdout }: Ended): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

for (const { driver, open, skip } of [
  { driver: "lmdb", open: onLmdb, skip: false },
  { driver: "redis", open: onRedis, skip: redisIsSkipped },
]) {
  describe.skipIf(skip)(`perdure journal on ${driver}`, () => {
    it("inspects and verifies beside a running node, and after its kill -9", async () => {
      const place = await open();
      const running = await serve(place);
      const table = await journal("inspect", place);
      expect(table).toMatchObject({ code: 0, stderr: "" });
      const lines = table.stdout.trimEnd().split("\n");
      expect(lines[0]).toMatch(/^id +entry +state +inputs +bytes +last input +next timer +undelivered +names$/);
      expect(lines.slice(1).map((line) => /^[0-9a-f]{32} +t:count +waiting +\d+ /.test(line))).toEqual([
        true,
        true,
        true,
      ]);

      const rows = jsonLines(await journal("inspect", place, "--json", "t:durable"));
      expect(rows).toHaveLength(3);
      expect(rows[0]).toMatchObject({ host: "t:durable", entry: "t:count", status: "waiting", undelivered: 0 });
      const one = await journal("inspect", place, String(rows[0]!.pid));
      expect(one.stdout).toContain(`${String(rows[0]!.pid)}\n  entry              t:count\n`);
      expect(one.stdout).toMatch(
        /\n {2}inputs\n {4}0 {2}\S+ {2}start of t:count by \{.*\}: \[[123]\]\n {4}1 {2}\S+ {2}#\d+ gives null\n/,
      );
      expect(one.stdout).toMatch(/\n {2}open requests\n {4}#\d+ {2}\S+ {2}timer, due \S+Z, then every 20 ms\n/);

      expect(await journal("verify", place)).toMatchObject({
        code: 0,
        stdout: "3 processes verified, 0 problems\n",
        stderr: "",
      });
      expect(running.stderr).not.toMatch(/fenced|is down/);
      await running.end("SIGKILL");
      expect(await journal("verify", place, "t:durable", "--json")).toMatchObject({
        code: 0,
        stdout: '{"processes":3,"problems":0}\n',
      });
    }, 60_000);

    it("exports every process as a line of JSON, and no password", async () => {
      const place = await open();
      await (await serve(place)).end("SIGTERM");
      const printed = await journal("export", place);
      expect(printed).toMatchObject({ code: 0, stderr: "" });
      const views = jsonLines(printed);
      expect(views).toHaveLength(3);
      expect(
        views.map((view) => (view.base as { start: { spec: { args: number[] } } }).start.spec.args[0]).sort(),
      ).toEqual([1, 2, 3]);
      for (const view of views) expect(view).toMatchObject({ host: "t:durable", problems: [], outbox: [] });
      expect((views[0]!.journal as { kind: string }[]).every(({ kind }) => kind === "settled")).toBe(true);

      const folder = mkdtempSync(join(tmpdir(), "perdure-export-"));
      ends.push(() => rmSync(folder, { recursive: true }));
      const file = join(folder, "all.jsonl");
      expect(await journal("export", place, "--out", file)).toMatchObject({ code: 0, stdout: "", stderr: "" });
      expect(readFileSync(file, "utf8")).toBe(printed.stdout);
      const said = [printed, await journal("inspect", place), await journal("compact", place)];
      expect(said.map(({ stdout, stderr }) => stdout + stderr).join("")).not.toContain(password);
    }, 60_000);
  });
}

describe("perdure journal", () => {
  it("names every host when there are several, and goes on after one that cannot be read", async () => {
    const place = await onLmdb();
    await (await serve(place)).end("SIGTERM");
    const away = 't:memory={journal: {driver: redis, url: "redis://:hidden@127.0.0.1:1"}}';
    const both = await perdure(["journal", "verify", "-o", place, "-o", away, app]);
    expect(both).toMatchObject({ code: 1 });
    expect(both.stdout).toMatch(/^t:durable \(lmdb, .*t\.mdb\)\n3 processes verified, 0 problems\n$/);
    expect(both.stderr).toMatch(
      /^perdure journal verify: t:memory: journal "t:memory" at redis:\/\/127\.0\.0\.1:1: disconnected: .*\n$/,
    );
    const exported = await perdure(["journal", "export", "-o", place, "-o", away, app]);
    expect(exported.code).toBe(1);
    expect(jsonLines(exported)).toHaveLength(3);
    expect(exported.stderr).toMatch(/^perdure journal export: t:memory: journal "t:memory" at /);
  }, 60_000);

  it("compacts a file whose node is stopped, and names the node that has it open", async () => {
    const place = await onLmdb();
    const running = await serve(place);
    const held = await journal("compact", place);
    expect(held).toMatchObject({ code: 1, stdout: "" });
    expect(held.stderr).toContain(`is held by process ${running.child.pid} on`);
    await running.end("SIGTERM");
    const done = await journal("compact", place);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const [, before, after] = /^t:durable: .*t\.mdb had (\d+) bytes and has (\d+)\n$/.exec(done.stdout)!;
    expect(Number(after)).toBeLessThanOrEqual(Number(before));
    expect((await journal("verify", place)).stdout).toBe("3 processes verified, 0 problems\n");
  }, 60_000);

  it("has nothing to compact on Redis", async () => {
    const place = "t:durable={journal: {driver: redis}}";
    const { code, stdout } = await journal("compact", place);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "t:durable: nothing to do: a journal on redis has no file\n" });
  });

  it("makes no file where there was none", async () => {
    const place = await onLmdb();
    const path = place.slice(place.indexOf("=") + 1);
    for (const command of ["inspect", "verify", "export", "compact"]) {
      const { code, stderr } = await journal(command, place);
      expect({ command, code }).toEqual({ command, code: 1 });
      expect(stderr).toContain(`t:durable: there is no journal file ${path}`);
    }
    expect(existsSync(path)).toBe(false);
  }, 30_000);

  it("ends with 2 when the host is none, and with 1 when there is no such process", async () => {
    const place = await onLmdb();
    expect(await journal("verify", place, "t:durabel")).toMatchObject({
      code: 2,
      stderr:
        'perdure journal verify: there is no entry t:durabel (did you mean "t:durable"?); hosts with a journal: t:durable\n',
    });
    expect((await journal("inspect", place, "t:memory")).stderr).toBe(
      "perdure journal inspect: t:memory is a process.host without a journal; hosts with a journal: t:durable\n",
    );
    await (await serve(place)).end("SIGTERM");
    expect(await journal("inspect", place, "nobody")).toMatchObject({
      code: 1,
      stderr: "perdure journal inspect: there is no process nobody in the journal of t:durable\n",
    });
  }, 60_000);
});
