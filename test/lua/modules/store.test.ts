/** The module `store` on a store in memory, in virtual time. */
import { describe, expect, it } from "vitest";
import type { StoreRequest } from "../../../actors/index.js";
import { accessStore, openMemoryStore } from "../../../durability/store/index.js";
import { failure, type Payload } from "../../../mailbox/index.js";
import { type VirtualNode, virtualNode } from "../../support/virtual.js";

interface Trial {
  readonly node: VirtualNode;
  readonly requests: StoreRequest[];
  run(entry?: string): Promise<Payload>;
}

/** `body` is that of `main`, with the store `t:store` at hand as `s` and `problem(value, err)` to show an error. */
function trial(body: string, maxSize = 0): Trial {
  const node = virtualNode({
    "app:main": `local store = require("store")
      local function problem(value, err) return { value == nil, err:kind(), err:message(), err:retryable() } end
      return function()
        local s = store.get("t:store")
        ${body}
      end`,
  });
  const { clock } = node;
  const store = openMemoryStore({ clock, maxSize, cleanupIntervalMs: 0, onTrouble: () => {} });
  const requests: StoreRequest[] = [];
  const access = async (request: StoreRequest) => {
    requests.push(request);
    if (request.store === "t:store") return accessStore(store, request);
    return { ok: false as const, error: failure("NOT_FOUND", "store not found", { retryable: false }) };
  };
  Object.assign(node.system, { store: access });
  return {
    node,
    requests,
    run: async (entry = "app:main") => {
      const running = node.begin(entry);
      for (let i = 0; i < 1000 && running.outcome === undefined; i++) {
        clock.runUntilIdle();
        await Promise.resolve();
      }
      const { outcome } = running;
      if (outcome?.ok !== true) throw new Error(JSON.stringify(outcome));
      return outcome.value;
    },
  };
}

const value = (body: string): Promise<Payload> => trial(body).run();

describe("store", () => {
  it("sets, gets, has, deletes", async () => {
    expect(
      await value(`
        local set = s:set("a", { x = { 1, 2 } })
        local deleted, again = s:delete("a"), s:delete("a")
        s:set("b", false)
        return { set, deleted, again, s:has("a"), s:has("b"), s:get("b") == false, problem(s:get("a")) }`),
    ).toEqual([true, true, false, false, true, true, [true, "NOT_FOUND", 'key "a" not found', false]]);
  });

  it("gives back what was set: tables, bytes, times, errors", async () => {
    expect(
      await value(`
        local time, errors = require("time"), require("errors")
        s:set("all", { t = { deep = { 1, 2, 3 } }, bytes = "\\255\\0", at = time.unix(5, 0), e = errors.new("CONFLICT", "no") })
        local v, err = s:get("all")
        return { err == nil, #v.t.deep, v.bytes == "\\255\\0", v.at:unix(), v.e:kind() }`),
    ).toEqual([true, 3, true, 5, "CONFLICT"]);
  });

  it("forgets after the time to live, in seconds", async () => {
    expect(
      await value(`
        local time = require("time")
        s:set("short", 1, 2)
        s:put("long", 1, { ttl = 3 })
        s:set("ever", 1, 0)
        local before = s:has("short")
        time.sleep("2s")
        local middle = { s:has("short"), s:has("long") }
        time.sleep("1s")
        return { before, middle, s:has("long"), s:has("ever") }`),
    ).toEqual([true, [false, true], false, true]);
  });

  it("puts on a condition, and shows entries with their versions", async () => {
    expect(
      await value(`
        local first = s:put("a", "one", { only_if_absent = true })
        local taken = problem(s:put("a", "two", { only_if_absent = true }))
        local second = s:put("a", "two", { if_version = first.version })
        local late = problem(s:put("a", "three", { if_version = first.version }))
        local entry = s:entry("a")
        return { first, taken, late, entry, second.version == entry.version, problem(s:entry("none")) }`),
    ).toEqual([
      { key: "a", version: 1 },
      [true, "ALREADY_EXISTS", 'key "a" already exists', false],
      [true, "CONFLICT", 'key "a" has version 2, not version 1', true],
      { key: "a", value: "two", version: 2 },
      true,
      [true, "NOT_FOUND", 'key "none" not found', false],
    ]);
  });

  it("lists page by page", async () => {
    expect(
      await value(`
        for i = 1, 5 do s:set("k:" .. i, i) end
        s:set("other", 1)
        local keys, pages, after = {}, 0, nil
        repeat
          local page = s:list({ prefix = "k:", limit = 2, after = after })
          for _, item in ipairs(page.items) do keys[#keys + 1] = item.key .. "=" .. item.value end
          pages, after = pages + 1, page.cursor
        until not page.has_more
        local none = s:list({ prefix = "x" })
        return { keys, pages, #none.items, none.cursor == nil, none.has_more, #s:list().items }`),
    ).toEqual([["k:1=1", "k:2=2", "k:3=3", "k:4=4", "k:5=5"], 3, 0, true, false, 6]);
  });

  it("tells about itself", async () => {
    expect(await value('s:set("a", 1) return s:info()')).toEqual({ id: "t:store", driver: "memory", size: 1 });
  });

  it("is INVALID after release; another one of the same id is not", async () => {
    expect(
      await value(`
        local other = store.get("t:store")
        local released, again = s:release(), s:release()
        local refused = {}
        for _, method in ipairs({ "set", "get", "has", "delete", "entry", "put", "list", "info" }) do
          refused[#refused + 1] = problem(s[method](s, "a", 1))[2]
        end
        return { released, again, refused, problem(s:get("a")), other:set("a", 1) }`),
    ).toEqual([
      true,
      true,
      Array.from({ length: 8 }, () => "INVALID"),
      [true, "INVALID", "store t:store has been released", false],
      true,
    ]);
  });

  it("says when it is full", async () => {
    expect(await trial('s:set("a", 1) return problem(s:set("b", 1))', 1).run()).toEqual([
      true,
      "LIMIT_EXCEEDED",
      "the store is full: it holds max_size 1 keys",
      false,
    ]);
  });

  it("lets other coroutines go on while it waits", async () => {
    expect(
      await value(`
        local order = {}
        coroutine.spawn(function() order[#order + 1] = "other" end)
        s:set("a", 1)
        order[#order + 1] = "set"
        return order`),
    ).toEqual(["other", "set"]);
  });

  it("gives each operation an idempotency key of its own", async () => {
    const { run, requests } = trial('s:set("a", 1) s:set("a", 1) s:delete("a") return 1');
    await run();
    expect(requests.map(({ operation }) => operation)).toEqual(["info", "put", "put", "delete"]);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(4);
  });
});

describe("a mistake", () => {
  const refusals: readonly (readonly [call: string, kind: string, message: string | RegExp])[] = [
    ['store.get("t:none")', "NOT_FOUND", "store not found"],
    ["store.get()", "INVALID", "store ID required"],
    ["store.get(5)", "INVALID", "store ID required"],
    ['store.get("bare")', "INVALID", "namespace required in store ID"],
    ['store.get("t:")', "INVALID", "name required in store ID"],
    ["s:get()", "INVALID", "key must be text that is not empty, not nil"],
    ['s:get("")', "INVALID", 'key must be text that is not empty, not ""'],
    ["s:has(5)", "INVALID", "key must be text that is not empty, not a number"],
    ['s:delete("\\255")', "INVALID", "key must be text that is not empty, not text that is not valid UTF-8"],
    ['s:set("a")', "INVALID", "value must not be nil; delete the key instead"],
    ['s:set("a", nil)', "INVALID", "value must not be nil; delete the key instead"],
    ['s:set("a", print)', "INVALID", "value is a function, which cannot leave a process"],
    ['s:set("a", { f = print })', "INVALID", "value.f is a function, which cannot leave a process"],
    ['s:set("a", ("x"):rep(1100000))', "INVALID", /^value is larger than 1048576 bytes/],
    ['s:set("a", 1, "1m")', "INVALID", /^ttl must be a number of seconds .*, not "1m"$/],
    ['s:put("a", 1, { ttl = -1 })', "INVALID", /^ttl must be a number of seconds .*, not -1$/],
    ['s:put("a", 1, 5)', "INVALID", "options must be a table, not a number"],
    ['s:put("a", 1, { key = "b" })', "INVALID", 'unknown option "key"; known are ttl, only_if_absent, if_version'],
    ['s:put("a", 1, { if_version = "1" })', "INVALID", 'if_version must be the version of an entry, not "1"'],
    ['s:list("a")', "INVALID", "options must be a table, not a string"],
    ["s:list({ limit = 0 })", "INVALID", "limit must be a whole number from 1 to 1000, not 0"],
    ['s:list({ pre = "a" })', "INVALID", 'unknown option "pre"; known are prefix, after, limit'],
  ];
  for (const [call, kind, message] of refusals) {
    it(`${call} is ${kind}`, async () => {
      const text: unknown = typeof message === "string" ? message : expect.stringMatching(message);
      expect(await value(`return problem(${call})`)).toEqual([true, kind, text, false]);
    });
  }
});
