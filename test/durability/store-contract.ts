/** What every store must do, once; each driver's test opens its own. */
import { afterEach, describe, expect, it } from "vitest";
import type { PayloadRecord, StoreRequest } from "../../actors/index.js";
import { accessStore } from "../../durability/store/access.js";
import type { KeyValueStore } from "../../durability/store/store.js";
import type { Payload } from "../../mailbox/index.js";

export interface OpenStore {
  readonly store: KeyValueStore;
  /** Let this much of the store's time pass. */
  pass(ms: number): Promise<void>;
}

export interface StoreDriver {
  /** A new, empty store. */
  open(): Promise<OpenStore>;
}

/** Requests as a program makes them, each with an idempotency key of its own unless one is given. */
export class StoreUser {
  private requests = 0;

  constructor(readonly store: KeyValueStore) {}

  async outcome(operation: StoreRequest["operation"], args: PayloadRecord = {}, key = `request/${++this.requests}`) {
    return accessStore(this.store, { kind: "store", store: "t:store", operation, args, key });
  }

  /** The value, or `KIND: message`. */
  async ask(operation: StoreRequest["operation"], args: PayloadRecord = {}, key?: string): Promise<Payload> {
    const outcome = await this.outcome(operation, args, key);
    return outcome.ok ? outcome.value : `${outcome.error.kind}: ${outcome.error.message}`;
  }

  async value(key: string): Promise<Payload> {
    const found = (await this.ask("get", { key })) as { value: Payload } | null;
    return found === null ? null : found.value;
  }

  async put(key: string, value: Payload, more: PayloadRecord = {}, request?: string): Promise<number> {
    return ((await this.ask("put", { key, value, ...more }, request)) as { version: number }).version;
  }

  async keys(args: PayloadRecord = {}): Promise<string[]> {
    return ((await this.ask("list", args)) as { items: { key: string }[] }).items.map(({ key }) => key);
  }
}

export function describeStore(name: string, driver: StoreDriver): void {
  describe(`a store on ${name}`, () => {
    const opened: OpenStore[] = [];
    afterEach(() => Promise.all(opened.splice(0).map(({ store }) => store.close())));
    const open = async (): Promise<StoreUser & Pick<OpenStore, "pass">> => {
      const one = await driver.open();
      opened.push(one);
      return Object.assign(new StoreUser(one.store), { pass: one.pass });
    };
    describeItems(open);
    describeConditions(open);
    describeExpiry(open);
    describeRepeats(open);
    describeLists(open);
    describeArguments(open);
  });
}

type Open = () => Promise<StoreUser & Pick<OpenStore, "pass">>;

function describeItems(open: Open): void {
  it("keeps what was put, until it is deleted", async () => {
    const user = await open();
    expect(await user.ask("get", { key: "a" })).toBeNull();
    const version = await user.put("a", { deep: [1, "zwei", { $bytes: "AAE=" }], yes: true });
    expect(await user.ask("get", { key: "a" })).toEqual({
      value: { deep: [1, "zwei", { $bytes: "AAE=" }], yes: true },
      version,
    });
    expect(await user.ask("get", { key: "a", value: false })).toEqual({ version });
    expect(await user.ask("delete", { key: "a" })).toBe(true);
    expect(await user.ask("delete", { key: "a" })).toBe(false);
    expect(await user.ask("get", { key: "a" })).toBeNull();
  });

  it("gives every write of a key another version, also after a delete", async () => {
    const user = await open();
    const first = await user.put("a", 1);
    const second = await user.put("a", 1);
    await user.ask("delete", { key: "a" });
    const third = await user.put("a", 1);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });

  it("counts its keys", async () => {
    const user = await open();
    for (const key of ["a", "b", "c", "a"]) await user.put(key, key);
    await user.ask("delete", { key: "b" });
    expect(await user.ask("info")).toMatchObject({ size: 2 });
  });

  it("keeps the false, the empty and the large, and keys of any characters", async () => {
    const user = await open();
    const large = "ä".repeat(200_000);
    const values: Record<string, Payload> = { no: false, zero: 0, empty: "", list: [], large, "a\u0000 \n😀:{}": 1 };
    for (const [key, value] of Object.entries(values)) await user.put(key, value);
    for (const [key, value] of Object.entries(values)) expect(await user.value(key)).toEqual(value);
  });

  it("refuses when it is closed", async () => {
    const user = await open();
    await user.store.close();
    await user.store.close();
    expect(await user.ask("put", { key: "a", value: 1 })).toBe("UNAVAILABLE: store t:store: the store is closed");
    expect(await user.ask("get", { key: "a" })).toBe("UNAVAILABLE: store t:store: the store is closed");
  });
}

function describeConditions(open: Open): void {
  it("writes an absent key once", async () => {
    const user = await open();
    const version = await user.put("lock", "me", { only_if_absent: true });
    expect(await user.outcome("put", { key: "lock", value: "you", only_if_absent: true })).toEqual({
      ok: false,
      error: {
        kind: "ALREADY_EXISTS",
        message: 'key "lock" already exists',
        retryable: false,
        details: { key: "lock", version },
      },
    });
    expect(await user.value("lock")).toBe("me");
  });

  it("writes one of many who try for an absent key at once", async () => {
    const user = await open();
    const tries = Array.from({ length: 20 }, (_, i) =>
      user.outcome("put", { key: "k", value: i, only_if_absent: true }),
    );
    expect((await Promise.all(tries)).filter(({ ok }) => ok)).toHaveLength(1);
  });

  it("writes over the version that was meant, and over no other", async () => {
    const user = await open();
    const first = await user.put("a", 1);
    const second = await user.put("a", 2, { if_version: first });
    const refused = await user.outcome("put", { key: "a", value: 3, if_version: first });
    expect(refused).toEqual({
      ok: false,
      error: {
        kind: "CONFLICT",
        message: `key "a" has version ${second}, not version ${first}`,
        retryable: true,
        details: { key: "a", version: second },
      },
    });
    expect(await user.value("a")).toBe(2);
    await user.ask("delete", { key: "a" });
    expect(await user.ask("put", { key: "a", value: 4, if_version: second })).toBe(
      `CONFLICT: key "a" is not there, not version ${second}`,
    );
  });

  it("loses no step of counters that many advance by version", async () => {
    const user = await open();
    await user.put("n", 0);
    const advance = async (): Promise<void> => {
      for (;;) {
        const { value, version } = (await user.ask("get", { key: "n" })) as { value: number; version: number };
        if ((await user.outcome("put", { key: "n", value: value + 1, if_version: version })).ok) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, advance));
    expect(await user.value("n")).toBe(8);
  });
}

function describeExpiry(open: Open): void {
  it("forgets a key when its time to live is over", async () => {
    const user = await open();
    await user.put("short", 1, { ttl: 0.06 });
    await user.put("long", 1, { ttl: 600 });
    expect(await user.value("short")).toBe(1);
    await user.pass(80);
    expect(await user.ask("get", { key: "short" })).toBeNull();
    expect(await user.keys()).toEqual(["long"]);
    expect(await user.ask("info")).toMatchObject({ size: 1 });
    expect(await user.ask("delete", { key: "short" })).toBe(false);
  });

  it("takes an expired key for an absent one", async () => {
    const user = await open();
    const first = await user.put("a", 1, { ttl: 0.05 });
    await user.pass(80);
    expect(await user.ask("put", { key: "a", value: 2, if_version: first })).toMatch(/^CONFLICT/);
    await user.put("a", 3, { only_if_absent: true });
    expect(await user.value("a")).toBe(3);
    expect(await user.ask("info")).toMatchObject({ size: 1 });
  });

  it("keeps for ever what was put again without an end, and to the new end what was put with one", async () => {
    const user = await open();
    for (const key of ["ever", "longer"]) await user.put(key, 1, { ttl: 0.05 });
    await user.put("ever", 2, { ttl: 0 });
    await user.put("longer", 2, { ttl: 600 });
    await user.pass(80);
    expect(await user.keys()).toEqual(["ever", "longer"]);
    expect(await user.value("ever")).toBe(2);
  });
}

function describeRepeats(open: Open): void {
  it("answers a repeated put as the first time, and writes nothing", async () => {
    const user = await open();
    const version = await user.put("a", 1, { only_if_absent: true }, "once");
    expect(await user.put("a", 1, { only_if_absent: true }, "once")).toBe(version);
    const next = await user.put("a", 2, { if_version: version }, "twice");
    expect(await user.put("a", 2, { if_version: version }, "twice")).toBe(next);
    expect(await user.put("a", 1, { only_if_absent: true }, "once")).toBe(version);
    expect(await user.value("a")).toBe(2);
  });

  it("lets a repeated put undo nothing that came after it", async () => {
    const user = await open();
    const version = await user.put("a", "old", {}, "once");
    await user.put("a", "new");
    expect(await user.put("a", "old", {}, "once")).toBe(version);
    expect(await user.value("a")).toBe("new");
    await user.ask("delete", { key: "a" });
    expect(await user.put("a", "old", {}, "once")).toBe(version);
    expect(await user.value("a")).toBeNull();
  });

  it("answers a repeated delete as the first time, and deletes nothing", async () => {
    const user = await open();
    await user.put("a", 1);
    expect(await user.ask("delete", { key: "a" }, "gone")).toBe(true);
    expect(await user.ask("delete", { key: "a" }, "gone")).toBe(true);
    await user.put("a", 2);
    expect(await user.ask("delete", { key: "a" }, "gone")).toBe(true);
    expect(await user.value("a")).toBe(2);
  });

  it("decides a refused put anew when it is repeated", async () => {
    const user = await open();
    await user.put("a", 1);
    expect(await user.ask("put", { key: "a", value: 2, only_if_absent: true }, "later")).toMatch(/^ALREADY_EXISTS/);
    await user.ask("delete", { key: "a" });
    await user.put("a", 2, { only_if_absent: true }, "later");
    expect(await user.value("a")).toBe(2);
  });
}

function describeLists(open: Open): void {
  it("lists in the order of UTF-8 bytes, by prefix", async () => {
    const user = await open();
    const keys = ["b", "a:2", "a:10", "a", "a:\u{1f600}", "a:\uffee", "a:é", "a;", "[x", "(x", "-", "+"];
    for (const key of keys) await user.put(key, 1);
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await user.keys()).toEqual(sorted);
    expect(await user.keys({ prefix: "a:" })).toEqual(sorted.filter((key) => key.startsWith("a:")));
    expect(await user.keys({ prefix: "a:", after: "a:2" })).toEqual(["a:é", "a:\uffee", "a:\u{1f600}"]);
    expect(await user.keys({ prefix: "a:", after: "z" })).toEqual([]);
    expect(await user.keys({ prefix: "a:", after: "A" })).toHaveLength(5);
    expect(await user.keys({ prefix: "none" })).toEqual([]);
  });

  it("goes through many keys page by page, past those that expired or were deleted", async () => {
    const user = await open();
    const name = (i: number): string => `k${String(i).padStart(3, "0")}`;
    await Promise.all(Array.from({ length: 250 }, (_, i) => user.put(name(i), i, i % 5 === 1 ? { ttl: 0.05 } : {})));
    for (let i = 0; i < 250; i += 25) await user.ask("delete", { key: name(i) });
    await user.pass(80);
    const seen: string[] = [];
    let page: { items: { key: string }[]; cursor?: string; has_more: boolean } = { items: [], has_more: true };
    while (page.has_more) {
      page = (await user.ask("list", { limit: 60, after: page.cursor ?? null })) as unknown as typeof page;
      seen.push(...page.items.map(({ key }) => key));
    }
    const left = Array.from({ length: 250 }, (_, i) => i).filter((i) => i % 5 !== 1 && i % 25 !== 0);
    expect(seen).toEqual(left.map(name));
    expect(page.cursor).toBe(name(249));
  });

  it("says that there is more only when there is", async () => {
    const user = await open();
    expect(await user.ask("list")).toEqual({ items: [], has_more: false });
    const version = await user.put("a", { x: 1 });
    await user.put("b", 2);
    expect(await user.ask("list", { limit: 2 })).toMatchObject({ has_more: false, cursor: "b" });
    expect(await user.ask("list", { limit: 1 })).toEqual({
      items: [{ key: "a", value: { x: 1 }, version }],
      cursor: "a",
      has_more: true,
    });
  });

  it("ends a page early that grows too heavy", async () => {
    const user = await open();
    for (const key of ["a", "b", "c"]) await user.put(key, "x".repeat(400_000));
    expect(await user.keys()).toEqual(["a", "b"]);
    expect(await user.ask("list", { after: "b" })).toMatchObject({ has_more: false, cursor: "c" });
  });
}

function describeArguments(open: Open): void {
  it("names the argument that is wrong", async () => {
    const user = await open();
    const refused: readonly (readonly [StoreRequest["operation"], PayloadRecord, string])[] = [
      ["get", {}, "key must be text that is not empty, not nil"],
      ["get", { key: "" }, 'key must be text that is not empty, not ""'],
      ["delete", { key: 5 }, "key must be text that is not empty, not 5"],
      ["get", { key: "ä".repeat(513) }, "key must be at most 1024 bytes long, not 1026"],
      ["put", { key: "a" }, "value must not be nil; delete the key instead"],
      [
        "put",
        { key: "a", value: 1, ttl: -1 },
        "ttl must be a number of seconds from 0 (for ever) to 10000000000, not -1",
      ],
      [
        "put",
        { key: "a", value: 1, ttl: "1m" },
        'ttl must be a number of seconds from 0 (for ever) to 10000000000, not "1m"',
      ],
      ["put", { key: "a", value: 1, if_version: 0 }, "if_version must be the version of an entry, not 0"],
      ["put", { key: "a", value: 1, only_if_absent: 1 }, "only_if_absent must be true or false, not 1"],
      [
        "put",
        { key: "a", value: 1, only_if_absent: true, if_version: 1 },
        "only_if_absent and if_version cannot be given together",
      ],
      [
        "put",
        { key: "a", value: 1, tll: 1 },
        'unknown option "tll" of put; it takes key, value, ttl, only_if_absent, if_version',
      ],
      ["list", { limit: 0 }, "limit must be a whole number from 1 to 1000, not 0"],
      ["list", { limit: 1.5 }, "limit must be a whole number from 1 to 1000, not 1.5"],
      ["list", { prefix: true }, "prefix must be text, not true"],
      ["info", { all: true }, 'unknown option "all" of info; it takes none'],
    ];
    for (const [operation, args, message] of refused)
      expect(await user.ask(operation, args)).toBe(`INVALID: ${message}`);
    expect(await user.ask("info")).toMatchObject({ size: 0 });
  });

  it("takes the longest key", async () => {
    const user = await open();
    const key = "ä".repeat(512);
    await user.put(key, 1, { ttl: 600 });
    expect(await user.value(key)).toBe(1);
  });
}
