/** The Redis journal when its server is stopped, killed, restored from a copy, demoted to a replica, or away for good. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RedisJournalOptions } from "../../durability/journal/redis/index.js";
import { describeRedis, type OwnRedis, type RedisSettings, startRedis } from "../support/redis.js";
import { committed, numbersTo, openWatched, type WatchedJournal } from "./redis-journal-tools.js";

describeRedis("the Redis journal", () => {
  const servers: OwnRedis[] = [];
  const opened: WatchedJournal[] = [];
  let server: OwnRedis;

  beforeEach(async () => {
    server = await start();
  });
  afterEach(async () => {
    for (const { journal } of opened.splice(0)) await journal.close(0);
    for (const one of servers.splice(0)) await one.remove();
  });

  async function start(settings: RedisSettings = {}): Promise<OwnRedis> {
    const one = await startRedis(settings);
    servers.push(one);
    return one;
  }
  async function claimed(options: RedisJournalOptions = {}): Promise<WatchedJournal> {
    const one = await openWatched(server.url, "orders", options);
    opened.push(one);
    await one.journal.claim();
    return one;
  }

  it.each(["kill", "shutdown"] as const)("loses nothing acknowledged over a %s, and the claim is void", async (how) => {
    const one = await claimed();
    let next = 1;
    for (let round = 1; round <= 3; round++) {
      const from = next;
      const stream = one.commits(from, 3_000);
      await one.until(() => one.acknowledged >= from + 100 * round);
      await server[how]();
      const acknowledged = one.acknowledged;
      await server.start();
      await one.until(() => one.lost.length === round);
      const results = await stream;
      const kept = results.filter(({ kind }) => kind === "committed").length;
      expect(results.slice(kept).every((result) => result.kind === "superseded" && result.why === "rolled_back")).toBe(
        true,
      );
      expect(one.acknowledged).toBe(acknowledged);
      const image = await one.journal.claim();
      // The last ones may have been written without an answer.
      expect(image.head).toBeGreaterThanOrEqual(acknowledged);
      expect(await one.journal.read(["p"])).toEqual([numbersTo(image.head)]);
      expect(image.states.get("p")).toBe(`after ${image.head}`);
      next = image.head + 1;
    }
    expect(one.lost.every(([why]) => why === "rolled_back")).toBe(true);
    expect(one.states()).toContain("disconnected");
    expect(one.states().at(-1)).toBe("up");
  });

  it("notices a restart without a commit", async () => {
    const one = await claimed();
    await one.commits(1, 3);
    await server.kill();
    await one.untilHealth("disconnected");
    await server.start();
    await one.until(() => one.lost.length > 0);
    expect(one.lost).toEqual([["rolled_back", expect.stringContaining("was restarted or replaced since the claim")]]);
    expect(await one.commit(4)).toMatchObject({ kind: "superseded", why: "rolled_back" });
  });

  it("never goes on from what an older copy of the data lacks", async () => {
    const one = await claimed();
    await one.commits(1, 50);
    const copy = server.copy();
    expect(await one.commits(51, 50)).toEqual(Array(50).fill(committed));
    const stream = one.commits(101, 3_000);
    await one.until(() => one.acknowledged >= 200);
    await server.kill();
    server.restore(copy);
    await server.start();
    await one.until(() => one.lost.length > 0);
    const results = await stream;
    expect(results.at(-1)).toMatchObject({ kind: "superseded", why: "rolled_back" });
    const image = await one.journal.claim();
    expect(image.head).toBe(50);
    // The copy knows the first claim only: the number of the second must not be used twice.
    expect(image.epoch).toBeGreaterThan(1);
    expect(await one.journal.read(["p"])).toEqual([numbersTo(50)]);
    expect(await one.commit(51)).toEqual(committed);
    expect(one.lost).toHaveLength(1);
  });

  it("names a server that loads its data, and claims when it has", async () => {
    // It answers others after every 1024 commands of its file; a commit is five.
    server = await start({ args: ["--key-load-delay", "200"] });
    const one = await claimed({ claimTimeoutMs: 100, commandTimeoutMs: 5_000 });
    await one.commits(1, 1_000);
    await server.kill();
    await server.start({ ready: false });
    await one.untilHealth("loading");
    await one.until(() => one.lost.length > 0);
    expect((await one.journal.claim()).head).toBe(1_000);
    expect(one.states().at(-1)).toBe("up");
  });

  it("waits at a replica until it is promoted, and then claims again", async () => {
    const one = await claimed();
    await one.commits(1, 10);
    const other = await start({ persistence: "no", args: ["--replicaof", `127.0.0.1 ${server.port}`] });
    await server.client.wait(1, 0);
    await other.client.replicaof("NO", "ONE");
    await server.client.replicaof("127.0.0.1", String(other.port));
    const late = one.commit(11);
    await one.untilHealth("readonly");
    await server.client.replicaof("NO", "ONE");
    expect(await late).toMatchObject({ kind: "superseded", why: "rolled_back" });
    expect((await one.journal.claim()).head).toBe(10);
    expect(await one.commit(11)).toEqual(committed);
  });

  it("gives up a claim and a read when the server stays away, naming it", async () => {
    const one = await claimed({ claimTimeoutMs: 200 });
    await one.commit(1);
    await server.kill();
    await one.untilHealth("disconnected");
    const words = expect.stringContaining(`journal "orders" at ${server.url}: disconnected:`);
    await expect(one.journal.read(["p"])).rejects.toMatchObject({ kind: "UNAVAILABLE", message: words });
    await expect(one.journal.claim()).rejects.toMatchObject({ kind: "UNAVAILABLE", message: words });
  });

  it("closes while the server is away, answering what waits", async () => {
    const one = await claimed();
    await server.kill();
    const waiting = one.commits(1, 200);
    await one.untilHealth("disconnected");
    const reading = one.journal.read(["p"]);
    const claiming = claimed();
    await one.journal.close(0);
    expect(await waiting).toEqual(
      Array(200).fill({ kind: "superseded", why: "closed", detail: "the journal was closed" }),
    );
    await expect(reading).rejects.toMatchObject({ kind: "UNAVAILABLE" });
    for (const { journal } of opened) await journal.close(0);
    await expect(claiming).rejects.toMatchObject({ kind: "UNAVAILABLE" });
    expect(one.lost).toEqual([]);
  });
});
