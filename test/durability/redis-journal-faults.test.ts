/** The Redis journal while its server stays up: flushed scripts, cut connections, lost answers, full memory, silence, other owners. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RedisJournalOptions } from "../../durability/journal/redis/index.js";
import { keysOf } from "../../durability/journal/redis/keys.js";
import { describeRedis, type OwnRedis, startRedis } from "../support/redis.js";
import { committed, numbersTo, openLossyProxy, openWatched, type WatchedJournal } from "./redis-journal-tools.js";

describeRedis("the Redis journal", () => {
  let server: OwnRedis;
  let name: string;
  let count = 0;
  const opened: WatchedJournal[] = [];

  beforeAll(async () => {
    server = await startRedis({ args: ["--busy-reply-threshold", "100"] });
  });
  afterAll(() => server.remove());
  beforeEach(() => {
    count += 1;
    name = `journal ${count}`;
  });
  afterEach(async () => {
    for (const { journal } of opened.splice(0)) await journal.close(5_000);
  });

  async function open(options: RedisJournalOptions = {}, url = server.url): Promise<WatchedJournal> {
    const one = await openWatched(url, name, options);
    opened.push(one);
    return one;
  }

  /** Every commit acknowledged, each record there once, in order, and the claim still good. */
  async function expectWhole(one: WatchedJournal, last: number): Promise<void> {
    expect(await one.journal.read(["p"])).toEqual([numbersTo(last)]);
    expect(one.lost).toEqual([]);
    await one.untilHealth("up");
  }

  it("loads its scripts again when someone flushed them", async () => {
    const one = await open();
    await one.journal.claim();
    await one.commit(1);
    await server.client.script("FLUSH");
    expect(await one.commit(2)).toEqual(committed);
    const stream = one.commits(3, 300);
    for (const mark of [50, 150, 250]) {
      await one.until(() => one.acknowledged >= mark);
      await server.client.script("FLUSH");
    }
    expect(await stream).toEqual(Array(300).fill(committed));
    await expectWhole(one, 302);
    expect(one.states()).toEqual(["up"]);
  });

  it("keeps order and writes once when its connections are cut in the middle", async () => {
    const one = await open();
    await one.journal.claim();
    const stream = one.commits(1, 2_000);
    for (let mark = 50; mark < 1_500; mark += 200) {
      await one.until(() => one.acknowledged >= mark);
      await server.client.client("KILL", "TYPE", "normal", "SKIPME", "yes");
    }
    expect(await stream).toEqual(Array(2_000).fill(committed));
    await expectWhole(one, 2_000);
    expect(one.states()).toContain("disconnected");
  });

  it("reads again when the connection for reading was cut", async () => {
    const one = await open();
    await one.journal.claim();
    await one.commits(1, 3);
    for (let round = 0; round < 3; round++) {
      const reading = one.journal.read(Array(500).fill("p"));
      await server.client.client("KILL", "TYPE", "normal", "SKIPME", "yes");
      expect(await reading).toEqual(Array(500).fill(["1", "2", "3"]));
    }
  });

  it("writes a commit once when its answer was lost", async () => {
    const proxy = await openLossyProxy(server.port);
    const one = await open({}, proxy.url);
    await one.journal.claim();
    await one.commit(1);
    for (let number = 2; number < 6; number++) {
      proxy.loseNextAnswer();
      expect(await one.commit(number)).toEqual(committed);
    }
    proxy.loseNextAnswer();
    expect(await one.commits(6, 100)).toEqual(Array(100).fill(committed));
    expect(proxy.swallowed).toBe(5);
    await one.journal.close(5_000);
    const next = await open();
    expect((await next.journal.claim()).head).toBe(105);
    await expectWhole(next, 105);
    await proxy.close();
  });

  it("waits while the server is silent", async () => {
    const one = await open({ commandTimeoutMs: 200 });
    await one.journal.claim();
    await one.commit(1);
    const sleep = server.client.call("DEBUG", "SLEEP", "1.5");
    const stream = one.commits(2, 20);
    await one.untilHealth("unresponsive");
    await sleep;
    expect(await stream).toEqual(Array(20).fill(committed));
    await expectWhole(one, 21);
  });

  it("notices silence without a commit", async () => {
    const one = await open({ commandTimeoutMs: 100 });
    await one.journal.claim();
    const sleep = server.client.call("DEBUG", "SLEEP", "1");
    await one.untilHealth("unresponsive");
    await sleep;
    await one.untilHealth("up");
    expect(one.lost).toEqual([]);
  });

  it("waits while the memory of the server is full, and says up only when a commit went through", async () => {
    const one = await open();
    await one.journal.claim();
    await one.commit(1);
    await server.client.config("SET", "maxmemory", "1");
    const stream = one.commits(2, 10);
    await one.untilHealth("out_of_memory");
    await server.client.config("SET", "maxmemory", "0");
    expect(await stream).toEqual(Array(10).fill(committed));
    await expectWhole(one, 11);
    expect(one.states()).toEqual(["up", "out_of_memory", "up"]);
  });

  it("waits while the server is busy with a script of someone else", async () => {
    const one = await open({ commandTimeoutMs: 400 });
    await one.journal.claim();
    const hog = server.client.duplicate();
    const script = hog.eval("while true do end", 0).catch((error: Error) => error.message);
    while (!(await server.client.ping().catch(String)).includes("BUSY"));
    const stream = one.commits(1, 5);
    await one.untilHealth("busy");
    await server.client.script("KILL");
    expect(await stream).toEqual(Array(5).fill(committed));
    await expectWhole(one, 5);
    expect(await script).toContain("killed");
    hog.disconnect();
  });

  it("holds commits back until enough replicas have them", async () => {
    const one = await open({ wait: 1 });
    await one.journal.claim();
    const stream = one.commits(1, 10);
    await one.untilHealth("too_few_replicas");
    expect(one.acknowledged).toBe(0);
    const replica = await startRedis({ persistence: "no", args: ["--replicaof", `127.0.0.1 ${server.port}`] });
    expect(await stream).toEqual(Array(10).fill(committed));
    expect(await replica.client.hget(keysOf(name, "").meta, "head")).toBe("10");
    expect(await one.commits(11, 100)).toEqual(Array(100).fill(committed));
    await replica.remove();
  });

  describe("whose journal is not what it wrote", () => {
    it("is fenced by another owner, also before it commits anything", async () => {
      const one = await open({ commandTimeoutMs: 100 });
      await one.journal.claim();
      await one.commit(1);
      const other = await open();
      await other.journal.claim();
      await one.until(() => one.lost.length > 0);
      expect(one.lost).toEqual([["fenced", expect.stringContaining("another owner has claimed")]]);
      expect(await one.commit(2)).toMatchObject({ kind: "superseded", why: "fenced" });
      await expect(one.journal.read(["p"])).rejects.toMatchObject({ kind: "UNAVAILABLE" });
      expect(await other.commit(2)).toEqual(committed);
      expect(one.lost).toHaveLength(1);
    });

    it("is rolled back when the database was emptied", async () => {
      const one = await open();
      await one.journal.claim();
      await one.commit(1);
      await server.client.flushall();
      const results = await one.commits(2, 5);
      expect(results).toEqual(Array(5).fill({ kind: "superseded", why: "rolled_back", detail: expect.any(String) }));
      expect(one.lost).toEqual([["rolled_back", expect.stringContaining("holds no journal")]]);
      expect(await one.journal.claim()).toMatchObject({ epoch: 2, head: 0 });
      expect(await one.commit(1)).toEqual(committed);
    });

    it("does not go on when a foreign key stood in its place, and says so at the next claim", async () => {
      const one = await open();
      await one.journal.claim();
      await one.commit(1);
      await server.client.set(keysOf(name, "").records("q"), "not a list");
      expect(await one.commit(2, ["p", "q"])).toMatchObject({
        why: "rolled_back",
        detail: expect.stringContaining("WRONGTYPE"),
      });
      await expect(one.journal.claim()).rejects.toMatchObject({
        kind: "INTERNAL",
        message: expect.stringContaining("WRONGTYPE"),
      });
      expect(one.lost).toHaveLength(1);
    });
  });

  it("names what the server may lose", async () => {
    await server.client.config("SET", "maxmemory-policy", "allkeys-lru");
    await server.client.config("SET", "appendonly", "no");
    const one = await open();
    await one.journal.claim();
    expect(one.health).toEqual([
      {
        state: "degraded",
        detail: expect.stringMatching(/^persistence is off .*; eviction is on \(maxmemory-policy allkeys-lru\)/),
      },
    ]);
    await one.commits(1, 10);
    expect(one.health).toHaveLength(1);
    await server.client.config("SET", "maxmemory-policy", "noeviction");
    await server.client.config("SET", "appendonly", "yes");
  });

  describe("on a server with a password", () => {
    let guarded: OwnRedis;
    beforeAll(async () => {
      guarded = await startRedis({ password: "open sesame", persistence: "no" });
    });
    afterAll(() => guarded.remove());
    const at = (login: string): string => `redis://${login}127.0.0.1:${guarded.port}`;

    it.each(["", ":wrong-secret@", "nobody:wrong-secret@"])("a claim as %j fails for good", async (login) => {
      const one = await open({}, at(login));
      const claim = one.journal.claim();
      await expect(claim).rejects.toMatchObject({ kind: "INVALID", message: expect.stringContaining("auth_failed") });
      await expect(claim).rejects.toMatchObject({ message: expect.stringContaining(`127.0.0.1:${guarded.port}`) });
      await expect(claim).rejects.not.toMatchObject({ message: expect.stringContaining("wrong-secret") });
      expect(one.states()).toEqual(["auth_failed"]);
    });

    it("the password of the url is used, also after a cut", async () => {
      const one = await open({}, at(":open%20sesame@"));
      await one.journal.claim();
      expect(await one.commit(1)).toEqual(committed);
      await guarded.client.client("KILL", "TYPE", "normal", "SKIPME", "yes");
      expect(await one.commit(2)).toEqual(committed);
      const second = await open({}, at("default:open%20sesame@"));
      expect((await second.journal.claim()).head).toBe(2);
    });

    it("a database that is not there fails for good", async () => {
      const one = await open({}, `${at(":open%20sesame@")}/99`);
      await expect(one.journal.claim()).rejects.toMatchObject({
        kind: "INVALID",
        message: expect.stringContaining("/99: misconfigured"),
      });
    });
  });
});
