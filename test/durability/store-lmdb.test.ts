/** The store in a file, in virtual time. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLmdbStore } from "../../durability/store/lmdb.js";
import type { TableStore } from "../../durability/store/table.js";
import { VirtualClock } from "../support/virtual.js";
import { describeStore, StoreUser } from "./store-contract.js";

let dir = "";
let files = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "perdure-store-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Given {
  readonly path?: string;
  readonly sync?: boolean;
  readonly maxSize?: number;
}

function open(clock: VirtualClock, given: Given = {}): Promise<TableStore> {
  const path = join(dir, `store-${++files}`);
  const options = { clock, path, sync: true, maxSize: 0, cleanupIntervalMs: 60_000, onTrouble: () => {} };
  return openLmdbStore({ ...options, ...given });
}

describeStore("LMDB", {
  open: async () => {
    const clock = new VirtualClock();
    return { store: await open(clock), pass: async (ms) => clock.advance(ms) };
  },
});

describe("a store in a file", () => {
  it("still has everything when it is opened again: items, versions, ends, receipts", async () => {
    const clock = new VirtualClock();
    const path = join(dir, "deep/below/app.store");
    const first = new StoreUser(await open(clock, { path }));
    const version = await first.put("a", { x: [1] });
    await first.put("b", 1, { ttl: 100 });
    await first.put("gone", 1);
    await first.ask("delete", { key: "gone" }, "delete it");
    await first.store.close();
    expect(existsSync(path)).toBe(true);
    const second = new StoreUser(await open(clock, { path, sync: false }));
    expect(await second.ask("list")).toMatchObject({ items: [{ key: "a", value: { x: [1] }, version }, { key: "b" }] });
    await second.put("gone", 2, {}, "another");
    expect(await second.ask("delete", { key: "gone" }, "delete it")).toBe(true);
    expect(await second.value("gone")).toBe(2);
    clock.advance(100_000);
    expect(await second.keys()).toEqual(["a", "gone"]);
    expect(await second.put("a", 2)).toBeGreaterThan(version);
    await second.store.close();
  });

  it("removes expired keys that nobody asks for", async () => {
    const clock = new VirtualClock();
    const store = await open(clock);
    const user = new StoreUser(store);
    await Promise.all(Array.from({ length: 30 }, (_, i) => user.put(`k${i}`, i, { ttl: 1 })));
    clock.advance(60_000);
    // Behind the sweep, as changes are made one after the other.
    await user.put("x", 1);
    const { table } = store as unknown as { table: { size(): number } };
    expect(table.size()).toBe(1);
    await store.close();
  });

  it("holds at most max_size keys", async () => {
    const user = new StoreUser(await open(new VirtualClock(), { maxSize: 1 }));
    await user.put("a", 1);
    expect(await user.ask("put", { key: "b", value: 1 })).toBe(
      "LIMIT_EXCEEDED: the store is full: it holds max_size 1 keys",
    );
    await user.store.close();
  });

  it("that is no store is named when it cannot be opened", async () => {
    const path = join(dir, "text");
    await writeFile(path, "not a store at all ".repeat(1000));
    await expect(open(new VirtualClock(), { path })).rejects.toThrow(
      `${path} cannot be opened: it is not an LMDB file`,
    );
    await expect(open(new VirtualClock(), { path: join(path, "below") })).rejects.toThrow("cannot be opened: ");
  });
});
