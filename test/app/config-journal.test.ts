// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the configuration are written so
import { describe, expect, test } from "vitest";
import { luaSources } from "../../app/code.js";
import { journalNameOf } from "../../app/config/journal.js";
import { entriesOfKind } from "../../app/entries.js";
import { workflowWorld } from "../../app/temporal.js";
import { entryFile, loadEntries, problemsIn, problemsOf } from "./fixtures/config/app.js";

const host = (name: string, journal: string) => `  - {name: ${name}, kind: process.host, journal: ${journal}}\n`;

describe("the journal of a process.host", () => {
  test("has defaults for everything but the driver and the path of its file", async () => {
    const config = await loadEntries(
      host("file", "{driver: lmdb, path: data/a.mdb}") +
        host("server", "{driver: redis}") +
        "  - {name: memory, kind: process.host}\n",
    );
    const shared = {
      name: undefined,
      idleTimeoutMs: 300_000,
      continueAt: 10_000,
      catchUp: "one",
      retentionMs: 86_400_000,
      snapshotEvery: 100,
    };
    const [file, server, memory] = entriesOfKind(config, "process.host");
    expect(file?.journal).toEqual({ ...shared, store: { driver: "lmdb", path: "data/a.mdb", sync: true } });
    expect(server?.journal).toEqual({ ...shared, store: { driver: "redis", url: "redis://127.0.0.1:6379", wait: 0 } });
    expect(memory?.journal).toBeUndefined();
    expect(journalNameOf(file!)).toBe("app:file");
  });

  test("takes every field", async () => {
    const config = await loadEntries(`
  - name: file
    kind: process.host
    journal:
      driver: lmdb
      path: /var/lib/a.mdb
      sync: false
      name: shop:desk
      idle_timeout: 0
      history: {continue_at: 500}
      catch_up: skip
      retention: 1h
      snapshot_every: 7
  - {name: server, kind: process.host, journal: {driver: redis, url: "rediss://user:s3cret@db:6380/2", wait: 1}}
`);
    const [file, server] = entriesOfKind(config, "process.host");
    expect(file?.journal).toEqual({
      store: { driver: "lmdb", path: "/var/lib/a.mdb", sync: false },
      name: "shop:desk",
      idleTimeoutMs: 0,
      continueAt: 500,
      catchUp: "skip",
      retentionMs: 3_600_000,
      snapshotEvery: 7,
    });
    expect(server?.journal?.store).toEqual({ driver: "redis", url: "rediss://user:s3cret@db:6380/2", wait: 1 });
    expect(journalNameOf(file!)).toBe("shop:desk");
  });

  test("is refused with what would be right", async () => {
    const lines = await problemsIn(
      [
        host("a", "{driver: sqlite}"),
        host("b", "{path: x}"),
        host("c", "{driver: lmdb}"),
        host("d", "{driver: redis, path: x, sync: true}"),
        host("e", "{driver: lmdb, path: y, url: 'redis://x', wait: 1}"),
        host("f", "{driver: redis, name: 'a|b', wait: -1, ulr: x}"),
        host("g", "{driver: redis, idle_timeout: soon, catch_up: all, history: {continue_at: 0, keep: 1}}"),
        host("h", "lmdb"),
      ].join(""),
    );
    expect(lines).toEqual([
      '3:53: app:a: "journal.driver" must be one of lmdb, redis, not the text "sqlite"',
      '4:44: app:b: missing "journal.driver", which must be one of lmdb, redis',
      '5:44: app:c: "journal" of driver lmdb needs path: a file, relative to the app directory, such as ./data/orders.mdb',
      '6:66: app:d: "journal.path" is a field of driver lmdb; driver redis has url and wait',
      '6:75: app:d: "journal.sync" is a field of driver lmdb; driver redis has url and wait',
      '7:73: app:e: "journal.url" is a field of driver redis; driver lmdb has path and sync',
      '7:92: app:e: "journal.wait" is a field of driver redis; driver lmdb has path and sync',
      '8:66: app:f: "journal.name" must be text without spaces, { } @ and |, such as "orders:durable"',
      '8:79: app:f: "journal.wait" must be at least 0, not -1',
      '8:83: app:f: unknown key "ulr" in "journal"; allowed keys: driver, path, sync, url, wait, name, idle_timeout, history, catch_up, retention, snapshot_every',
      '9:74: app:g: "journal.idle_timeout" must be a duration such as "1h30m" or "500ms", or a number of milliseconds, not "soon"',
      '9:90: app:g: "journal.catch_up" must be one of one, skip, not the text "all"',
      '9:118: app:g: "journal.history.continue_at" must be at least 1, not 0',
      '9:121: app:g: unknown key "keep" in "journal.history"; allowed keys: continue_at',
      '10:44: app:h: "journal" must be a map, not the text "lmdb"',
    ]);
  });

  test("never shows the password of a URL", async () => {
    const files = { "_index.yaml": entryFile(host("a", "{driver: redis, url: 'http://:s3cret@db'}")) };
    const overrides = ["app:a:journal.url=db:s3cret@db"];
    for (const lines of [await problemsOf(files), await problemsOf(files, { overrides })]) {
      expect(lines).toEqual([expect.stringContaining("must be redis://host:port or rediss://host:port")]);
      expect(lines[0]).not.toContain("s3cret");
    }
  });

  test("is its host's alone: no other has its name or its file, and no Temporal client its name", async () => {
    const lines = await problemsIn(
      [
        host("a", "{driver: lmdb, path: ./x/../a.mdb, name: desk}"),
        host("b", "{driver: redis, name: desk}"),
        host("c", "{driver: lmdb, path: a.mdb}"),
        host("d", "{driver: redis, name: app:c}"),
        host("e", "{driver: redis, name: app:t}"),
        "  - {name: t, kind: temporal.client, address: a}\n",
      ].join(""),
    );
    expect(lines.map((line) => line.replaceAll("_index.yaml:", ""))).toEqual([
      '4:66: app:b: "desk" is already the name of app:a (3:5); give one of them another "journal.name"',
      '5:65: app:c: "journal.path" a.mdb is also the file of app:a (3:5); each needs a file of its own',
      '6:66: app:d: "app:c" is already the name of app:c (5:5); give one of them another "journal.name"',
      "8:12: app:t: the journal of app:e (7:5) is named app:t too; give it another name",
    ]);
  });
});

describe("a workflow on a journal host", () => {
  const entries = `
  - {name: durable, kind: process.host, journal: {driver: lmdb, path: a.mdb}}
  - {name: client, kind: temporal.client, address: a}
  - {name: worker, kind: temporal.worker, client: client, task_queue: q}
  - {name: here, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: durable}}}}
  - {name: there, kind: workflow.lua, source: return 11, meta: {temporal: {workflow: {worker: worker}}}}
  - {name: bare, kind: workflow.lua, source: return 12, meta: {default_host: durable}}
  - {name: near, kind: function.lua, method: m, source: return 13, meta: {temporal: {activity: {worker: durable}}}}
  - {name: far, kind: function.lua, method: m, source: return 14, meta: {temporal: {activity: {worker: worker}}}}
`;

  test("names the host as its worker or its default host", async () => {
    const config = await loadEntries(entries);
    const hosts = entriesOfKind(config, "workflow.lua").map(({ id, defaultHost }) => [id, defaultHost]);
    expect(hosts).toEqual([
      ["app:here", "app:durable"],
      ["app:there", "app:worker"],
      ["app:bare", "app:durable"],
    ]);
    expect(config.dependencies.get("app:here")).toEqual(["app:durable"]);
    expect(config.dependencies.get("app:near")).toEqual(["app:durable"]);
  });

  test("is nothing that Temporal runs or calls, but can be reached from there", async () => {
    const config = await loadEntries(entries);
    const world = workflowWorld(config, { sources: luaSources(config) });
    const registered = Object.entries(world.entries).map(([id, entry]) => [id, entry.worker ?? entry.activity?.worker]);
    expect(Object.fromEntries(registered)).toEqual({
      "app:here": undefined,
      "app:there": "app:worker",
      "app:bare": undefined,
      "app:near": undefined,
      "app:far": "app:worker",
    });
    expect(Object.values(world.sources).map(({ id }) => id)).toEqual(["app:there"]);
    expect(world.journals).toEqual(["app:durable"]);
    expect(world.processHosts).toEqual(["app:durable"]);
  });

  test("needs a host that keeps its processes", async () => {
    const wanted = "it must be the id of a temporal.worker, or of a process.host with a journal";
    const lines = await problemsIn(`
  - {name: pool, kind: process.host}
  - {name: durable, kind: process.host, journal: {driver: redis}}
  - {name: a, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: pool}}}}
  - {name: b, kind: workflow.lua, source: return 10, meta: {default_host: pool}}
  - {name: c, kind: function.lua, method: m, source: return 10, meta: {temporal: {activity: {worker: durble}}}}
`);
    expect(lines).toEqual([
      `5:91: app:a: "meta.temporal.workflow.worker" names app:pool, which is a process.host that keeps its processes in memory; ${wanted}`,
      `6:75: app:b: "meta.default_host" names app:pool, which is a process.host that keeps its processes in memory; ${wanted}`,
      `7:102: app:c: "meta.temporal.activity.worker" names app:durble, which does not exist; ${wanted} (did you mean "app:durable"?)`,
    ]);
  });
});
