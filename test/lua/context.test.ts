/** Context values: what `ctx` shows, and how far they go. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { FakeDisk } from "../support/fake-journal.js";
import { JournalNode } from "../support/journal-node.js";
import { virtualNode } from "../support/virtual.js";
import { luaApp, VirtualApp } from "../support/virtual-app.js";

const all = 'return function() return (require("ctx").all()) end';

function value(body: string, context: Record<string, Payload> = {}): Payload {
  const node = virtualNode({
    "app:main": `local ctx, funcs = require("ctx"), require("funcs") return function() ${body} end`,
    "app:all": all,
  });
  let outcome: Outcome | undefined;
  node.client.start(
    (self) => self.exec("app:main", "test:host", [], { context }),
    (result) => {
      outcome = result;
    },
  );
  node.clock.runUntilIdle();
  expect(node.internalErrors).toEqual([]);
  if (!outcome?.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

const deep = { text: "t", number: 1.5, flag: false, list: [1, [2, 3]], table: { a: { b: "c" } } };

describe("ctx", () => {
  it("gives strings, numbers, booleans and nested tables", () => {
    expect(
      value(
        "return { ctx.get('text'), ctx.get('number'), ctx.get('flag'), ctx.get('list'), ctx.get('table').a.b }",
        deep,
      ),
    ).toEqual(["t", 1.5, false, [1, [2, 3]], "c"]);
    expect(value("local t, err = ctx.all() return { t, err == nil }", deep)).toEqual([deep, true]);
  });

  it("gives a fresh copy each time", () => {
    expect(value("ctx.get('list')[1] = 9 ctx.all().list[1] = 9 return ctx.get('list')", deep)).toEqual([1, [2, 3]]);
  });

  it("is an empty table when there is nothing", () => {
    expect(value("return { type(ctx.all()), next(ctx.all()) == nil }")).toEqual(["table", true]);
  });

  it.each([
    ["ctx.get('')", "INVALID", "empty key"],
    ["ctx.get('who')", "NOT_FOUND", "key not found: who"],
  ])("%s fails with %s", (call, kind, message) => {
    const body = `local v, err = ${call} return { v == nil, err:kind(), err:message(), err:retryable() }`;
    expect(value(body)).toEqual([true, kind, message, false]);
  });

  it("shows everything that was merged on the way: later values win, and the giver's own stay as they were", () => {
    const body = `local e = funcs.new():with_context({ a = 1, b = 1 }):with_context({ b = 2, list = { 1 } })
      return { e:call("app:all"), ctx.all() }`;
    expect(value(body, { a: 0, own: true })).toEqual([
      { a: 1, b: 2, list: [1], own: true },
      { a: 0, own: true },
    ]);
  });

  it("values that may not leave a process are refused by name", () => {
    const body = `local ok, e = pcall(function() return funcs.new():with_context({ f = { print } }) end)
      return { ok, e:kind(), e:message() }`;
    expect(value(body)).toEqual([false, "INVALID", expect.stringContaining("context.f")]);
  });
});

describe("an idempotency key", () => {
  const lua = (text: string) => ({ text, yaml: "kind: function.lua, method: main, modules: [ctx, funcs]" });
  const app = () =>
    VirtualApp.open(
      luaApp({
        outer: lua(`local ctx, funcs = require("ctx"), require("funcs")
          return function()
            local mine = ctx.get("idempotency_key")
            local child = process.exec("t:child", "t:host")
            local spawner = process.with_context({ x = 1 }):exec("t:child", "t:host")
            return { type(mine), child, spawner, funcs.call("t:inner") ~= mine }
          end`),
        inner: lua('return function() return (require("ctx").get("idempotency_key")) end'),
        child: { text: all, yaml: "kind: process.lua, modules: [ctx]" },
        main: lua('return function() return require("funcs").new():with_context({ user = "ann" }):call("t:outer") end'),
      }),
    );

  it("is that of one call: what the function starts does not have it, what it calls has another", async () => {
    expect(await (await app()).run("t:main")).toEqual(["string", { user: "ann" }, { user: "ann", x: 1 }, true]);
  });
});

describe("on a journal", () => {
  const sources = {
    "app:main": `local ctx, funcs = require("ctx"), require("funcs")
      return function()
        process.with_context({ more = { 1 } }):spawn_monitored("app:child", "test:journal")
        local event = process.events():receive()
        funcs.new():with_context({ extra = 1 }):call("app:job", 1)
        return { ctx.all(), event.result.value, require("security").actor():id() }
      end`,
    "app:child": `local ctx = require("ctx") return function() return { ctx.all(), require("security").actor():id() } end`,
  };

  it.each([[[]], [["app:main", "app:child"]]])(
    "context and actor come back after a crash (workflows: %j)",
    async (workflows) => {
      const disk = new FakeDisk();
      const boot = () => new JournalNode(disk, sources, { workflows, activities: { "app:job": {} } }).start();
      let node = await boot();
      const context = { user: "ann", "@actor": { id: "ann", meta: {} } };
      const pid = await node.spawn("app:main", [], { context, monitor: true });
      expect(node.invoked).toMatchObject([{ context: { user: "ann", extra: 1, "@actor": { id: "ann" } } }]);
      node.kill();
      node = await boot();
      node.invoked[0]!.done({ ok: true, value: null });
      await node.idle();
      const child = [{ user: "ann", more: [1] }, "ann"];
      expect(node.exits.find((exit) => exit.pid.text === pid.text)?.reason).toEqual({
        kind: "normal",
        value: [{ user: "ann" }, child, "ann"],
      });
    },
  );
});
