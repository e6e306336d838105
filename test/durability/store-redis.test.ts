/** The store on a real Redis server of this test's own, which may be stopped and damaged. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openRedisStore, type RedisHealth } from "../../durability/store/redis.js";
import type { KeyValueStore } from "../../durability/store/store.js";
import { until } from "../support/app.js";
import { describeRedis, type OwnRedis, redisIsSkipped, startRedis } from "../support/redis.js";
import { describeStore, StoreUser } from "./store-contract.js";

let redis: OwnRedis;
let prefixes = 0;
beforeAll(async () => {
  if (!redisIsSkipped) redis = await startRedis({ persistence: "always" });
});
afterAll(() => redis?.remove());

interface Given {
  readonly prefix?: string;
  readonly timeoutMs?: number;
  readonly onHealth?: (health: RedisHealth) => void;
}

function open(given: Given = {}): Promise<KeyValueStore> {
  const prefix = `t:store${++prefixes}`;
  return openRedisStore({ url: redis.url, prefix, timeoutMs: 5000, onHealth: () => {}, ...given });
}

describeRedis("with Redis", () => {
  describeStore("Redis", { open: async () => ({ store: await open(), pass: (ms) => pause(ms) }) });
});

describeRedis("a store on Redis", () => {
  it("keeps all its keys in one slot of a cluster, below its prefix, and lets Redis expire them", async () => {
    const user = new StoreUser(await open({ prefix: "app:mine" }));
    await user.put("a", 1, { ttl: 600 });
    await user.put("b", 1);
    const keys = await redis.client.keys("*app:mine*");
    expect(keys.every((key) => key.startsWith("{app:mine}:"))).toBe(true);
    expect(await redis.client.pttl("{app:mine}:item:a")).toBeGreaterThan(590_000);
    expect(await redis.client.pttl("{app:mine}:item:b")).toBe(-1);
    await user.store.close();
  });

  it("leaves no trace of expired keys in its index once others are written", async () => {
    const user = new StoreUser(await open({ prefix: "app:tidy" }));
    for (let i = 0; i < 5; i++) await user.put(`k${i}`, i, { ttl: 0.02 });
    await pause(40);
    await user.put("x", 1);
    expect(await redis.client.zrange("{app:tidy}:index", 0, -1)).toEqual(["x"]);
    expect(await redis.client.zcard("{app:tidy}:expiries")).toBe(0);
    await user.store.close();
  });

  it("is shared by those with the same prefix, and by no others", async () => {
    const [one, same, other] = await Promise.all([open({ prefix: "p" }), open({ prefix: "p" }), open({ prefix: "q" })]);
    await new StoreUser(one).put("a", 1);
    expect(await new StoreUser(same).value("a")).toBe(1);
    expect(await new StoreUser(other).value("a")).toBeNull();
    await Promise.all([one.close(), same.close(), other.close()]);
  });

  it("bears SCRIPT FLUSH and CLIENT KILL under load", async () => {
    const user = new StoreUser(await open());
    const results: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i++) {
      results.push(user.outcome("put", { key: `k${i}`, value: i, only_if_absent: true }));
      if (i % 50 === 10) await redis.client.script("FLUSH");
      if (i % 50 === 30) await redis.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }
    // A put that was done before its connection broke is repeated, and still answers that it wrote.
    expect((await Promise.all(results)).filter((outcome) => !(outcome as { ok: boolean }).ok)).toEqual([]);
    expect(await user.ask("info")).toMatchObject({ size: 200 });
    await user.store.close();
  });

  it("is UNAVAILABLE after its time-out while the server is away, says so once, and recovers", async () => {
    const health: string[] = [];
    const onHealth = ({ state, detail }: RedisHealth): void => void health.push(`${state}: ${detail}`);
    const user = new StoreUser(await open({ timeoutMs: 300, onHealth }));
    await user.put("a", 1);
    await redis.kill();
    const refused = await user.outcome("get", { key: "a" });
    expect(refused).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE", retryable: true } });
    expect(JSON.stringify(refused)).toContain(`store t:store: Redis at 127.0.0.1:${redis.port} cannot be used`);
    await redis.start();
    await until(async () => (await user.outcome("get", { key: "a" })).ok);
    expect(await user.value("a")).toBe(1);
    expect(health.map((each) => each.split(":")[0])).toEqual(["up", "down", "up"]);
    await user.store.close();
  });

  it("is UNAVAILABLE when the server does not answer, and nothing is left waiting", async () => {
    const user = new StoreUser(await open({ timeoutMs: 200 }));
    void redis.client.call("DEBUG", "SLEEP", "1");
    await pause(50);
    const refused = await user.outcome("put", { key: "a", value: 1 });
    expect(refused).toMatchObject({ ok: false, error: { kind: "UNAVAILABLE" } });
    await until(async () => (await user.outcome("put", { key: "b", value: 1 })).ok);
    await user.store.close();
  });

  it("says that the server has no memory left, and goes on reading", async () => {
    const user = new StoreUser(await open());
    await user.put("a", 1);
    await redis.client.config("SET", "maxmemory", "1");
    expect(await user.ask("put", { key: "b", value: 1 })).toMatch(/^UNAVAILABLE: .*OOM command not allowed/);
    expect(await user.value("a")).toBe(1);
    await redis.client.config("SET", "maxmemory", "0");
    await user.put("b", 1);
    await user.store.close();
  });

  it("names the address when nobody is there, and not the password", async () => {
    const opening = openRedisStore({
      url: "redis://user:secret@127.0.0.1:1",
      prefix: "t",
      timeoutMs: 200,
      onHealth: () => {},
    });
    await expect(opening).rejects.toThrow(/^Redis at 127\.0\.0\.1:1 cannot be used .*ECONNREFUSED/);
    await expect(opening).rejects.not.toThrow(/secret/);
  });
});
