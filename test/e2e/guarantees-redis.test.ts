/** What a whole node keeps and loses when its Redis loses the end of what it acknowledged, or everything: docs/guarantees.md. */
import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Pid } from "../../mailbox/index.js";
import { until } from "../support/app.js";
import { describeRedis, type OwnRedis, type RedisSettings, startRedis } from "../support/redis.js";
import { Address, Load, numbersOf, WatchedApp } from "./guarantees.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(settings: RedisSettings): Promise<OwnRedis> {
  const server = await startRedis(settings);
  ends.push(() => server.remove());
  return server;
}

async function boot(url: string, more = ""): Promise<WatchedApp> {
  const node = await WatchedApp.boot(`{driver: redis, url: "${url}", name: kept${more}}`);
  ends.push(() => node.app.stop());
  return node;
}

/** The append-only files and how long they are. */
function sizes({ folder }: OwnRedis): Map<string, number> {
  const files = join(folder, "appendonlydir");
  return new Map(readdirSync(files).map((name) => [join(files, name), statSync(join(files, name)).size]));
}

/** What a power failure leaves of files that were synced when they were so long. */
function cut(server: OwnRedis, synced: ReadonlyMap<string, number>): void {
  for (const path of sizes(server).keys()) if (synced.has(path)) truncateSync(path, synced.get(path));
}

/** Both relays hold the same; what was acknowledged is in them, but for those between two moments. Returns what is kept. */
async function agree(
  node: WatchedApp,
  [first, second]: readonly [Pid, Pid],
  acknowledged: readonly number[],
  lost: readonly number[] = [],
): Promise<string[]> {
  const rows = await node.seen(first);
  await until(async () => (await node.seen(second)).length >= rows.length);
  expect(await node.seen(second)).toEqual(rows);
  const numbers = numbersOf(rows);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const kept = new Set(numbers);
  expect(acknowledged.filter((number) => !kept.has(number))).toEqual(lost.filter((number) => !kept.has(number)));
  return rows;
}

describeRedis("a node whose Redis", () => {
  it("has lost the last second (appendfsync everysec) goes on from what is left, and nobody from more", async () => {
    const server = await start({ persistence: "everysec" });
    const node = await boot(server.url);
    const { app } = node;
    const pair = await node.pair();
    const load = new Load(app, pair[0]);
    await load.more(100);
    const safe = load.acknowledged.length;
    const synced = sizes(server);
    const unlucky = await app.spawn("t:agent", "t:durable");
    const bereft = await node.watcherOf(unlucky);
    await load.more(100);
    await server.kill();
    cut(server, synced);
    // Until then answers of the server may be on their way.
    await node.said(/^down/);
    const before = load.acknowledged.length;
    await server.start();
    await node.said(/^degraded journal kept: rolled_back/);
    await load.more(100);
    await load.stop();
    expect(node.health).toEqual([
      expect.stringMatching(/^down journal kept: disconnected/),
      expect.stringMatching(/^degraded journal kept: rolled_back: .*everything is read again/),
      expect.stringMatching(/^up/),
    ]);
    const lost = load.acknowledged.slice(safe, before);
    const rows = await agree(node, pair, load.acknowledged, lost);
    expect(lost.filter((number) => numbersOf(rows).includes(number)).length).toBeLessThan(lost.length);
    // A process that is lost is told to those in memory who are bound to it.
    await until(async () => (await node.heardBy(bereft)).length === 2);
    expect(await node.heardBy(bereft)).toEqual(["pid.exit UNAVAILABLE", "pid.link.down UNAVAILABLE"]);
    expect(await app.tell(unlucky, "n", 1)).toMatchObject({ ok: false, error: { kind: "NOT_FOUND" } });
    // Another node reads the same as this one has in memory.
    await app.stop();
    const next = await boot(server.url);
    expect(await agree(next, pair, load.acknowledged, lost)).toEqual(rows);
  }, 30_000);

  it("has lost the last second knows who is bound to whom, also of what came in that second", async () => {
    const server = await start({ persistence: "everysec" });
    const node = await boot(server.url);
    const { app } = node;
    const [target] = await node.pair();
    const [watcher, mortal, brief] = await Promise.all([
      app.spawn("t:agent", "t:durable", [{ trap: true }]),
      app.spawn("t:agent", "t:memory"),
      app.spawn("t:agent", "t:memory"),
    ]);
    for (const pid of [mortal, brief]) await app.ask(watcher, "monitor", pid.text);
    const early = await node.watcherOf(target);
    const synced = sizes(server);
    const late = await node.watcherOf(target);
    await app.tell(brief, "finish");
    await until(async () => (await node.heardBy(watcher)).length === 1);
    await server.kill();
    cut(server, synced);
    await node.said(/^down/);
    await app.tell(mortal, "crash", "while the journal is away");
    await server.start();
    await node.said(/^up/);
    await until(async () => (await node.heardBy(watcher)).length === 2);
    expect(await node.heardBy(watcher)).toEqual(["pid.exit INTERNAL", "pid.exit NOT_FOUND"]);
    await app.tell(target, "crash");
    for (const one of [early, late]) {
      await until(async () => (await node.heardBy(one)).length === 2);
      expect(await node.heardBy(one)).toEqual(["pid.exit INTERNAL", "pid.link.down INTERNAL"]);
    }
  }, 30_000);

  it("keeps nothing (no persistence) has lost all after a restart, says so, and goes on with new processes", async () => {
    const server = await start({ persistence: "no" });
    const node = await boot(server.url, ", idle_timeout: 300ms");
    const { app } = node;
    const [first, second] = await node.pair();
    const load = new Load(app, first);
    const rested = await app.spawn("t:agent", "t:durable");
    const watchers = await Promise.all([first, second, rested].map((pid) => node.watcherOf(pid)));
    await load.more(50);
    // It leaves the memory, and whoever is bound to it hears all the same.
    const { host } = app.running.parts.get("t:durable") as { host: { counts: { active: number; all: number } } };
    await until(() => host.counts.active < host.counts.all);
    await server.kill();
    await node.said(/^down journal kept: disconnected/);
    await server.start();
    for (const watcher of watchers) {
      await until(async () => (await node.heardBy(watcher)).length === 2);
      expect(await node.heardBy(watcher)).toEqual(["pid.exit UNAVAILABLE", "pid.link.down UNAVAILABLE"]);
    }
    await load.stop();
    expect(host.counts).toEqual({ active: 0, all: 0 });
    expect(node.health.at(-1)).toMatch(/^degraded journal kept: persistence is off/);
    const again = await node.pair();
    const more = new Load(app, again[0]);
    await more.more(20);
    await more.stop();
    await agree(node, again, more.acknowledged);
  }, 30_000);

  it("fails over to an asynchronous replica loses what that had not got, and nobody goes on from more", async () => {
    const [master, replica] = await Promise.all([start({}), start({})]);
    const address = await Address.of(master.port);
    ends.push(() => address.close());
    await replica.client.replicaof("127.0.0.1", String(master.port));
    const node = await boot(address.url);
    const { app } = node;
    const pair = await node.pair();
    const load = new Load(app, pair[0]);
    await load.more(50);
    const safe = load.acknowledged.length;
    // WAIT is about what its own connection wrote, and all that came before.
    await master.client.set("mark", 1);
    await master.client.wait(1, 0);
    // The link between the two breaks, as before many a failover.
    await replica.client.replicaof("127.0.0.1", "1");
    await load.more(100);
    await master.kill();
    await node.said(/^down/);
    const before = load.acknowledged.length;
    await replica.client.replicaof("NO", "ONE");
    address.lead(replica.port);
    await node.said(/^degraded journal kept: rolled_back/);
    await load.more(100);
    await load.stop();
    const lost = load.acknowledged.slice(safe, before);
    expect(lost.length).toBeGreaterThan(90);
    const rows = await agree(node, pair, load.acknowledged, lost);
    expect(node.health.at(-1)).toMatch(/^up/);
    // The old master comes back with what nobody has any more, as a replica: what it had is gone.
    await master.start();
    await master.client.replicaof("127.0.0.1", String(replica.port));
    expect(await agree(node, pair, load.acknowledged, lost)).toEqual(rows);
  }, 30_000);

  it("goes away again and again waits for it, and goes on each time", async () => {
    const server = await start({});
    const address = await Address.of(server.port);
    ends.push(() => address.close());
    const node = await boot(address.url);
    const pair = await node.pair();
    const load = new Load(node.app, pair[0]);
    for (let round = 0; round < 3; round++) {
      await load.more(30);
      const said = node.health.length;
      await server.kill();
      address.lead(1);
      await until(() => node.health.length > said);
      await server.start();
      address.lead(server.port);
    }
    await load.more(30);
    await load.stop();
    await agree(node, pair, load.acknowledged);
  }, 30_000);

  it("is used by another node under the same name stops, and the other goes on with its processes", async () => {
    const server = await start({});
    const [one, other] = [await boot(server.url), server.url];
    const pair = await one.pair();
    const bound = await one.app.spawn("t:agent", "t:memory", [{ trap: true }]);
    await one.app.ask(bound, "monitor", pair[0].text);
    const kept = await one.app.spawn("t:agent", "t:durable", [{ trap: true }]);
    await one.app.ask(kept, "link", bound.text);
    const load = new Load(one.app, pair[0]);
    await load.more(50);
    const next = await boot(other);
    await one.said(/^down journal kept: fenced/);
    await load.stop();
    expect(await one.app.tell(pair[0], "n", 0)).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE" } });
    const rows = await agree(next, pair, load.acknowledged);
    // Each side hears that the other is out of reach.
    await until(async () => (await one.heardBy(bound)).length === 2);
    expect(await one.heardBy(bound)).toEqual(["pid.exit UNAVAILABLE", "pid.link.down UNAVAILABLE"]);
    await until(async () => (await next.heardBy(kept)).length === 1);
    expect(await next.heardBy(kept)).toEqual(["pid.link.down UNAVAILABLE"]);
    expect(await next.app.tell(pair[0], "n", 1_000_000)).toEqual({ ok: true, value: null });
    expect(await next.seen(pair[0])).toHaveLength(rows.length + 1);
    expect(next.health).toEqual([]);
  }, 30_000);
});
