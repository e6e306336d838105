/** The store in memory, in virtual time. */
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../../durability/store/index.js";
import type { TableStore } from "../../durability/store/table.js";
import { VirtualClock } from "../support/virtual.js";
import { describeStore, StoreUser } from "./store-contract.js";

function open(clock: VirtualClock, more: { maxSize?: number } = {}): TableStore {
  return openMemoryStore({ clock, maxSize: 0, cleanupIntervalMs: 60_000, onTrouble: () => {}, ...more });
}

describeStore("memory", {
  open: async () => {
    const clock = new VirtualClock();
    return { store: open(clock), pass: async (ms) => clock.advance(ms) };
  },
});

describe("a store in memory", () => {
  it("sets a timer only while something will expire", async () => {
    const clock = new VirtualClock();
    const user = new StoreUser(open(clock));
    await user.put("ever", 1);
    await user.put("short", 1, { ttl: 90 });
    // With an endless row of timers this would not come back.
    for (let i = 0; i < 5; i++) {
      clock.runUntilIdle();
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(clock.now()).toBe(new VirtualClock().now() + 120_000);
    expect(await user.keys()).toEqual(["ever"]);
  });

  it("with max_size refuses a new key when it is full, and takes it when one has expired or gone", async () => {
    const clock = new VirtualClock();
    const user = new StoreUser(open(clock, { maxSize: 2 }));
    await user.put("a", 1);
    await user.put("b", 1, { ttl: 10 });
    expect(await user.outcome("put", { key: "c", value: 1 })).toEqual({
      ok: false,
      error: {
        kind: "LIMIT_EXCEEDED",
        message: "the store is full: it holds max_size 2 keys",
        retryable: false,
        details: { max_size: 2 },
      },
    });
    await user.put("a", 2);
    clock.advance(10_000);
    await user.put("c", 1);
    await user.ask("delete", { key: "a" });
    await user.put("d", 1);
    expect(await user.keys()).toEqual(["c", "d"]);
    expect(await user.ask("info")).toEqual({ driver: "memory", size: 2, max_size: 2 });
  });
});
