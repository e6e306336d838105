/** The kinds of stores: what an entry may say, and an app whose programs use all three. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BootError } from "../../app/boot.js";
import type { Payload } from "../../mailbox/index.js";
import { TestApp, valueIn } from "../support/app.js";
import { describeRedis, type OwnRedis, redisIsSkipped, startRedis } from "../support/redis.js";
import { loadEntries, problemsIn } from "./fixtures/config/app.js";

describe("a store's entry", () => {
  it("has defaults", async () => {
    const { entries } = await loadEntries(`
  - {name: m, kind: store.memory}
  - {name: f, kind: store.lmdb, path: data/app.store}
  - {name: r, kind: store.redis}
`);
    expect(entries.get("app:m")).toMatchObject({ maxSize: 0, cleanupIntervalMs: 60_000 });
    expect(entries.get("app:f")).toMatchObject({ path: "data/app.store", sync: true, maxSize: 0 });
    expect(entries.get("app:r")).toMatchObject({ url: "redis://127.0.0.1:6379", prefix: undefined, timeoutMs: 5000 });
  });

  it("is refused with what would be right", async () => {
    expect(
      await problemsIn(`
  - {name: a, kind: store.lmdb}
  - {name: b, kind: store.lmdb, path: one}
  - {name: c, kind: store.lmdb, path: ./one}
  - {name: d, kind: store.redis, url: "http://user:secret@host"}
  - {name: e, kind: store.redis, prefix: "{a}"}
  - {name: f, kind: store.memory, path: one}
`),
    ).toEqual([
      '3:5: app:a: missing "path", which must be text',
      '5:39: app:c: "path" ./one is also the file of app:b (_index.yaml:4:5); each needs a file of its own',
      '6:39: app:d: "url" must be redis://host:port or rediss://host:port, optionally with /database',
      '7:42: app:e: "prefix" must be text without spaces and braces, such as "orders"',
      '8:35: app:f: unknown key "path"; allowed keys: name, kind, meta, max_size, cleanup_interval, lifecycle',
    ]);
  });

  it("leads to a module that workflows may not use", async () => {
    const flow = (kind: string) => `
  - {name: c, kind: temporal.client, address: "127.0.0.1:7233"}
  - {name: w, kind: temporal.worker, client: c, task_queue: q}
  - {name: f, kind: ${kind}, source: "return {}", method: main, modules: [store], meta: {temporal: {workflow: {worker: w}}}}
`;
    expect(await problemsIn(flow("function.lua").replace(", meta: {temporal: {workflow: {worker: w}}}", ""))).toEqual(
      [],
    );
    expect((await problemsIn(flow("workflow.lua"))).join()).toContain("store");
  });
});

const program = `local store = require("store")
local M = {}
function M.try(id, key)
  local s, err = store.get(id)
  if err then return nil, err end
  local put, refused = s:put(key, { n = 1 }, { only_if_absent = true })
  local _, taken = s:put(key, { n = 2 }, { only_if_absent = true })
  local bumped = s:put(key, { n = 3 }, { if_version = s:entry(key).version })
  s:set(key .. ":short", true, 600)
  local keys = {}
  for _, item in ipairs(s:list({ prefix = key }).items) do keys[#keys + 1] = item.key end
  return { put ~= nil, taken:kind(), s:get(key), bumped.version > put.version, keys, s:info().driver }
end
function M.read(id, key)
  local s, err = store.get(id)
  if err then return nil, err end
  return s:get(key)
end
return M
`;

/** A service writes as soon as it runs, while the stores may still be opening. */
const early = `local store = require("store")
return { main = function()
  local s, err = store.get("t:memory")
  if err then return nil, err end
  s:set("early", true)
  process.events():receive()
  s:set("late", true)
  return s:has("late")
end }
`;

describeRedis("an app with all kinds of stores", () => {
  let dir = "";
  let app: TestApp;
  let redis: OwnRedis;
  const files = (): Record<string, string> => ({
    "_index.yaml": `namespace: t
entries:
  - {name: host, kind: process.host}
  - {name: memory, kind: store.memory}
  - {name: file, kind: store.lmdb, path: "${join(dir, "data/app.store")}"}
  - {name: redis, kind: store.redis, url: "${redis.url}", prefix: orders}
  - {name: away, kind: store.redis, url: "redis://127.0.0.1:1", timeout: 200, lifecycle: {startup: optional}}
  - {name: try, kind: function.lua, source: "file://program.lua", method: try, modules: [store]}
  - {name: read, kind: function.lua, source: "file://program.lua", method: read, modules: [store]}
  - {name: early, kind: process.lua, source: "file://early.lua", modules: [store]}
  - {name: service, kind: process.service, process: early, host: host, lifecycle: {auto_start: true}}
`,
    "program.lua": program,
    "early.lua": early,
  });
  const run = async (entry: string, ...args: string[]): Promise<Payload> => {
    const result = await app.running.run(entry, args);
    if ("usage" in result) throw new Error(result.usage);
    return valueIn(result);
  };

  beforeAll(async () => {
    if (redisIsSkipped) return;
    dir = await mkdtemp(join(tmpdir(), "perdure-stores-"));
    redis = await startRedis({ persistence: "no" });
    app = await TestApp.boot(files());
  });
  afterAll(async () => {
    await app?.stop();
    await redis?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(["memory", "lmdb", "redis"])("does the same on %s", async (driver) => {
    const id = driver === "lmdb" ? "t:file" : `t:${driver}`;
    const keys = ["k", "k:short"];
    expect(await run("t:try", id, "k")).toEqual([true, "ALREADY_EXISTS", { n: 3 }, true, keys, driver]);
  });

  it("serves a program that asks before its store has been started", async () => {
    expect(await run("t:read", "t:memory", "early")).toBe(true);
  });

  it("says what is no store, and which one is away", async () => {
    await expect(run("t:read", "t:none", "k")).rejects.toThrow("NOT_FOUND: store not found");
    await expect(run("t:read", "t:host", "k")).rejects.toThrow("NOT_FOUND: store not found: t:host is a process.host");
    await expect(run("t:read", "t:away", "k")).rejects.toThrow(
      /^UNAVAILABLE: store t:away: Redis at 127\.0\.0\.1:1 cannot be used .*ECONNREFUSED/,
    );
  });

  it("finds what it wrote to file and server when it is started again; what was in memory is gone", async () => {
    await run("t:try", "t:memory", "again");
    await run("t:try", "t:file", "again");
    await run("t:try", "t:redis", "again");
    const health: string[] = [];
    app.running.system.events.on("health", ({ id, state, detail }) => health.push(`${id} ${state} ${detail}`));
    await app.stop();
    expect(health).toEqual([]);
    expect(existsSync(join(dir, "data/app.store"))).toBe(true);
    app = await TestApp.boot(files());
    expect(await run("t:read", "t:file", "again")).toEqual({ n: 3 });
    expect(await run("t:read", "t:redis", "again")).toEqual({ n: 3 });
    await expect(run("t:read", "t:memory", "again")).rejects.toThrow('NOT_FOUND: key "again" not found');
  });
});

describe("an app whose store cannot be opened", () => {
  it("does not start, and says where and why", async () => {
    const entries =
      'namespace: t\nentries:\n  - {name: s, kind: store.redis, url: "redis://127.0.0.1:1", timeout: 200}\n';
    const booting = TestApp.boot({ "_index.yaml": entries });
    await expect(booting).rejects.toThrow(BootError);
    await expect(booting).rejects.toThrow(
      /_index\.yaml:3:5: store\.redis t:s did not start: store t:s: Redis at 127\.0\.0\.1:1 cannot be used/,
    );
  });
});
