/** Journal hosts over restarts of a real node: kill -9 in the middle of work, SIGTERM, a new version of the source, durable services. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Journal, JournalEvents } from "../../durability/journal/index.js";
import { openLmdbJournal } from "../../durability/journal/lmdb/index.js";
import { openRedisJournal } from "../../durability/journal/redis/index.js";
import type { Payload } from "../../mailbox/index.js";
import { type AppFiles, TestApp, valueIn } from "../support/app.js";
import { redisIsSkipped, redisUrl } from "../support/redis.js";
import { Running, writeApp } from "./command.js";

/** A journal of its own: the YAML of its host, and what it holds while no node has it. */
interface Place {
  readonly yaml: string;
  open(): Promise<Journal>;
}

const quiet: JournalEvents = { health: () => {}, lost: () => {} };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function onLmdb(): Place {
  const folder = mkdtempSync(join(tmpdir(), "perdure-restart-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "flows.mdb");
  return {
    yaml: `{name: flows, kind: process.host, journal: {driver: lmdb, path: "${path}"}}`,
    open: () => openLmdbJournal({ path, sync: true, events: quiet }),
  };
}

function onRedis(): Place {
  const [name, url] = [`r${randomUUID()}`, redisUrl()];
  return {
    yaml: `{name: flows, kind: process.host, journal: {driver: redis, url: "${url}", name: "${name}"}}`,
    open: () => openRedisJournal({ url, name, events: quiet, options: { wait: 0 } }),
  };
}

const read = (name: string): string => readFileSync(new URL(`apps/${name}`, import.meta.url), "utf8");
const modules = "[channel, ctx, funcs, json, process, time, uuid, workflow]";

function app(place: Place, more: string, files: AppFiles): AppFiles {
  const yaml = `namespace: t
entries:
  - ${place.yaml}
  - {name: memory, kind: process.host}
${more}`;
  return { "_index.yaml": yaml, ...files };
}

/** The desk in memory, its order on the journal, and what the order calls. */
function journey(place: Place): AppFiles {
  const source = `source: "file://journey.lua", modules: ${modules}`;
  return app(
    place,
    `  - {name: flow, kind: workflow.lua, ${source}, meta: {temporal: {workflow: {worker: flows}}}}
  - {name: desk, kind: process.lua, ${source}}
  - {name: work, kind: function.lua, source: "file://work.lua", method: main, modules: [ctx, errors, process, time], meta: {temporal: {activity: {worker: flows}}}}
  - {name: desk_service, kind: process.service, process: desk, host: memory, input: [desk], lifecycle: {auto_start: true, requires: [flows]}}
`,
    { "journey.lua": read("journey.lua"), "work.lua": read("work.lua") },
  );
}

function counting(place: Place): AppFiles {
  return app(
    place,
    `  - {name: counter, kind: process.lua, source: "file://journey.lua", modules: ${modules}}
  - {name: count, kind: process.service, process: counter, host: flows, input: [counter], lifecycle: {auto_start: true, restart: {initial_delay: 10ms}}}
`,
    { "journey.lua": read("journey.lua") },
  );
}

function run(dir: string): Running {
  const running = new Running(["run", dir]);
  ends.push(() => running.end("SIGKILL"));
  return running;
}

const tiers = [
  { driver: "lmdb", place: onLmdb, skip: false },
  { driver: "redis", place: onRedis, skip: redisIsSkipped },
];

describe.each(tiers)("on $driver", ({ place, skip }) => {
  const stages = ["begun", "reserved", "packing", "approved", "charged", "shipped"];

  it.skipIf(skip)(
    "an order is completed once, though its node is killed at every stage of it",
    async () => {
      const dir = writeApp(journey(place()));
      let printed = "";
      for (const stage of stages) {
        const running = run(dir);
        const reached = () => (`${printed}${running.stdout}`.includes(`stage ${stage}\n`) ? true : undefined);
        await running.until(`stage ${stage}`, reached);
        printed += (await running.end("SIGKILL")).stdout;
      }
      const last = run(dir);
      const result = await last.until("the result", () => /^result (.*)$/m.exec(last.stdout)?.[1]);
      printed += (await last.end("SIGTERM")).stdout;
      expect(JSON.parse(result)).toEqual({
        reserved: { number: 7, tenant: "acme" },
        approved: "the desk",
        charged: "string",
        shipped: { number: 7, by: "the desk", ticked: true },
        mine: true,
        same: [true, true],
        id: 36,
      });
      const seen = [...printed.matchAll(/^stage (.*)$/gm)].map(([, stage]) => stage);
      // Printed after it is durable, at most once.
      expect(seen).toEqual(stages.filter((stage) => seen.includes(stage)));
      expect(new Set([...printed.matchAll(/^charge 7 (.*)$/gm)].map(([, key]) => key)).size).toBe(1);
      expect(new Set([...printed.matchAll(/^desk (.*)$/gm)].map(([, pid]) => pid)).size).toBe(1);
    },
    120_000,
  );

  it.skipIf(skip)(
    "SIGTERM leaves a durable service as it is, and the next start finds it; so does one after kill -9",
    async () => {
      const own = place();
      const dir = writeApp(counting(own));
      const outputs: string[] = [];
      for (const signal of ["SIGTERM", "SIGKILL", "SIGTERM"] as const) {
        const running = run(dir);
        await running.logged(/(t:count|ready|running|started)/i);
        const ended = await running.end(signal);
        if (signal === "SIGTERM") expect(ended.code).toBe(0);
        outputs.push(ended.stdout);
      }
      expect(outputs.join("")).toMatch(/^started \S+\n$/);
    },
    60_000,
  );

  it.skipIf(skip)("a service is adopted by each start, and restarted when it fails", async () => {
    const own = place();
    const prints: string[] = [];
    const session = async <T>(body: (node: TestApp) => Promise<T>): Promise<T> => {
      const node = await TestApp.boot(counting(own));
      try {
        return await body(node);
      } finally {
        await node.stop();
        prints.push(...node.logs.map(({ record }) => record.message));
      }
    };
    const look = async (node: TestApp) => {
      const found = valueIn(await node.client.request({ kind: "lookup", name: "t:count" }));
      return (await node.ask(String(found), "look")) as { n: number; pid: string };
    };
    const first = await session(async (node) => {
      const { pid } = await look(node);
      for (let n = 0; n < 3; n++) await node.tell(pid, "add");
      return look(node);
    });
    expect(first.n).toBe(3);
    const second = await session(look);
    expect(second).toEqual(first);
    const third = await session(async (node) => {
      await node.tell(first.pid, "crash");
      for (;;) {
        const now = await look(node).catch(() => undefined);
        if (now?.n === 0) return now;
      }
    });
    expect(await session(look)).toEqual(third);
    // The first start of all was before anybody looked at what is printed.
    expect(prints).toEqual([`started ${third.pid}`]);
    const journal = await own.open();
    const { states } = await journal.claim();
    await journal.close(1000);
    expect(states.size).toBe(1);
    // Nobody is bound to it any more: it rests until it is spoken to.
    expect(JSON.parse([...states.values()][0]!)).not.toHaveProperty("nodes");
  });

  it.skipIf(skip)("a run stays with the source that it began with; new ones and upgrades have today's", async () => {
    const own = place();
    const script = (
      version: string,
    ) => `local process, funcs, version = require("process"), require("funcs"), require("version")
return { main = function(from)
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    if msg:topic() == "upgrade" then process.upgrade(nil, "${version}")
    elseif msg:topic() == "end" then return "${version}"
    else msg:reply({ script = "${version}", library = version, func = funcs.call("t:today"), from = from }) end
  end
end }`;
    const files = (version: string): AppFiles =>
      app(
        own,
        `  - {name: flow, kind: workflow.lua, source: "file://flow.lua", modules: [funcs, process], imports: {version: lib}, meta: {temporal: {workflow: {worker: flows}}}}
  - {name: lib, kind: library.lua, source: "return '${version}'"}
  - {name: today, kind: function.lua, method: main, source: "return function() return '${version}' end", meta: {temporal: {activity: {worker: flows}}}}
`,
        { "flow.lua": script(version) },
      );
    const session = async (version: string, body: (node: TestApp) => Promise<void>): Promise<number> => {
      const node = await TestApp.boot(files(version));
      try {
        await body(node);
      } finally {
        await node.stop();
      }
      const journal = await own.open();
      const { sources } = await journal.claim();
      await journal.close(1000);
      return sources.length;
    };
    const start = (node: TestApp, name: string) => node.spawn("t:flow", "t:flows", ["spawn"], { name, monitor: true });
    const of = (version: string, today: string, from: Payload) => ({
      script: version,
      library: version,
      func: today,
      from,
    });
    const kept = await session("one", async (node) => {
      expect(await node.ask(await start(node, "stays"), "look")).toEqual(of("one", "one", "spawn"));
      expect(await node.ask(await start(node, "moves"), "look")).toEqual(of("one", "one", "spawn"));
    });
    expect(kept).toBe(1);
    const both = await session("two", async (node) => {
      const [stays, moves, fresh] = [
        await start(node, "stays"),
        await start(node, "moves"),
        await start(node, "fresh"),
      ];
      expect(await node.ask(stays, "look")).toEqual(of("one", "two", "spawn"));
      expect(await node.ask(fresh, "look")).toEqual(of("two", "two", "spawn"));
      await node.tell(moves, "upgrade");
      expect(await node.ask(moves, "look")).toEqual(of("two", "two", "one"));
    });
    expect(both).toBe(2);
    await session("three", async (node) => {
      const [stays, moves] = [await start(node, "stays"), await start(node, "moves")];
      expect(await node.ask(stays, "look")).toEqual(of("one", "three", "spawn"));
      expect(await node.ask(moves, "look")).toEqual(of("two", "three", "one"));
      await node.tell(stays, "end");
      expect(await node.hears(stays)).toMatchObject([{ reason: { kind: "normal", value: "one" } }]);
    });
    expect(await session("three", async () => {})).toBe(1);
  });
});
