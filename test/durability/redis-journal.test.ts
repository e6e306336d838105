/** The journal driver for Redis: the contract of all drivers, names of keys, urls and options. What servers do to it: redis-journal-*.test.ts. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { JournalError } from "../../durability/journal/journal.js";
import { openRedisJournal } from "../../durability/journal/redis/index.js";
import { fieldOf, idOf, keysOf } from "../../durability/journal/redis/keys.js";
import { parseTarget } from "../../durability/journal/redis/target.js";
import { describeRedis, redisUrl } from "../support/redis.js";
import { awkwardIds, describeJournal } from "./journal-contract.js";
import { openWatched, removeJournal, type WatchedJournal } from "./redis-journal-tools.js";

describeRedis("on a real server", () => {
  describeJournal("redis", async () => {
    const url = redisUrl();
    const name = `contract {${randomUUID()}}:%`;
    return {
      second: "fences",
      open: (events) => openRedisJournal({ url, name, events }),
      dispose: () => removeJournal(url, name),
    };
  });

  describe("two journals of one server", () => {
    interface Place {
      readonly name: string;
      readonly keyPrefix?: string;
      readonly database?: string;
    }

    it.each<[string, Place, Place]>([
      ["names", { name: "one" }, { name: "one:0}:records:p" }],
      ["prefixes", { name: "n", keyPrefix: "a:" }, { name: "n", keyPrefix: "b:" }],
      ["databases", { name: "n", database: "/1" }, { name: "n", database: "/2" }],
    ])("know nothing of each other by their %s", async (_, ...places) => {
      const opened: WatchedJournal[] = [];
      const unique = randomUUID();
      for (const { name, keyPrefix = "", database = "" } of places) {
        const one = await openWatched(redisUrl() + database, unique + name, { keyPrefix });
        opened.push(one);
        expect((await one.journal.claim()).head).toBe(0);
        expect(await one.commit(1)).toEqual({ kind: "committed" });
      }
      for (const one of opened) expect(await one.commit(2)).toEqual({ kind: "committed" });
      for (const { journal, lost } of opened) {
        expect(await journal.read(["p"])).toEqual([["1", "2"]]);
        expect(lost).toEqual([]);
        await journal.close(1_000);
      }
      for (const { name, keyPrefix, database = "" } of places)
        await removeJournal(redisUrl() + database, unique + name, keyPrefix);
    });
  });
});

describe("keys of a journal", () => {
  const names = [
    "a",
    "",
    "a}b",
    "{a}",
    "{}",
    "a:0",
    "a%",
    "%7d_",
    "a\ud800",
    "a\udfff",
    "a\ufffd",
    "日本",
    "a\nb",
    "a b",
  ];

  it("are all in one hash slot, whatever the name and the ids", () => {
    for (const name of names) {
      const keys = keysOf(name, "some:prefix:");
      const all = [keys.meta, keys.states, keys.sources, ...awkwardIds.map((id) => keys.records(fieldOf(id)))];
      const tags = new Set(all.map(hashTag));
      expect(tags.size).toBe(1);
      expect(tags).not.toContain(undefined);
    }
  });

  it("are of this journal only", () => {
    const ids = [...awkwardIds, "\ud800", "\udfff", "%d800_", "\ufffd", "meta", ""];
    const bytes = names.flatMap((name) => {
      const keys = keysOf(name, "");
      return [keys.meta, keys.states, keys.sources, ...ids.map((id) => keys.records(fieldOf(id)))];
    });
    expect(new Set(bytes.map((key) => Buffer.from(key).toString("hex"))).size).toBe(bytes.length);
    for (const id of ids) expect(idOf(Buffer.from(fieldOf(id)).toString())).toBe(id);
  });
});

/** What Redis hashes of a key: the text between the first { and the next }, when there is any. */
function hashTag(key: string): string | undefined {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open);
  return open < 0 || close <= open + 1 ? undefined : key.slice(open + 1, close);
}

describe("the url of a journal", () => {
  it("names host, port, database and login", () => {
    expect(parseTarget("redis://me:p%40ss@[::1]:7000/3", {})).toMatchObject({
      address: "redis://[::1]:7000/3",
      host: "::1",
      port: 7000,
      username: "me",
      password: "p@ss",
      database: 3,
      tls: undefined,
    });
    expect(parseTarget("rediss://cache.example", {})).toMatchObject({
      port: 6379,
      tls: { servername: "cache.example" },
    });
  });

  it.each([
    ["localhost:6379", {}, "looks like redis://"],
    ["http://me:secret@host", {}, "got http://host"],
    ["redis://:secret@host/name", {}, "redis://host/name: after the host comes the number of a database"],
    ["redis://:secret@host?db=1", {}, "has no ? and no # part"],
    ["redis://host", { keyPrefix: "{a}" }, "keyPrefix"],
    ["redis://host", { wait: -1 }, "wait is -1; a whole number from 0"],
  ])("%s is refused with what would be right", async (url, options, words) => {
    const events = { health: () => undefined, lost: () => undefined };
    const opening = openRedisJournal({ url, name: "n", events, options });
    await expect(opening).rejects.toBeInstanceOf(JournalError);
    await expect(opening).rejects.toMatchObject({ kind: "INVALID", message: expect.stringContaining(words) });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
  });

  it("that nothing answers is named when a claim gives up", async () => {
    const one = await openWatched("redis://:secret@127.0.0.1:1", "n", { claimTimeoutMs: 100 });
    await expect(one.journal.claim()).rejects.toMatchObject({
      kind: "UNAVAILABLE",
      message: expect.stringMatching(/^journal "n" at redis:\/\/127\.0\.0\.1:1: disconnected: .*ECONNREFUSED/),
    });
    expect(one.states()).toEqual(["disconnected"]);
    await one.journal.close(0);
  });
});
