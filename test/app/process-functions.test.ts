/** Processes and workflows that are called as functions: where they run, and what they have of their caller. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../actors/index.js";
import { luaApp, VirtualApp } from "../support/virtual-app.js";

const lua = (text: string) => ({ text, yaml: "kind: function.lua, method: main, modules: [funcs]" });

describe("a process as a function", () => {
  const who = `return { main = function(...)
    local ctx = require("ctx")
    return { process.id(), process.pid(), ctx.get("user") or "-", (...) }
  end }`;
  const app = () =>
    VirtualApp.open(
      luaApp({
        main: lua(`return { main = function(target)
          local v, err = require("funcs").new():with_context({ user = "ann" }):call(target, 7)
          if err then return { err:kind(), err:message(), err:retryable() } end
          return v
        end }`),
        worker: { text: who, yaml: "kind: process.lua, modules: [ctx], meta: {default_host: host}" },
        other: { text: who, yaml: 'kind: process.lua, modules: [ctx], meta: {options: {default_host: "t:host"}}' },
        plain: { text: who, yaml: "kind: process.lua, modules: [ctx]" },
        fails: {
          text: 'return function() return nil, errors.new{kind = "CONFLICT", message = "no", retryable = false} end',
          yaml: "kind: process.lua, meta: {default_host: host}",
        },
        mail: {
          text: `return function()
            process.send(process.pid(), "hello", 1)
            local msg = process.inbox():receive()
            local pid = process.spawn_monitored("t:worker", "t:host", 5)
            local event = process.events():receive()
            return { msg:topic(), msg:from() == process.pid(), event.kind, event.from == pid, event.result.value[4] }
          end`,
          yaml: "kind: function.lua, method: main, modules: [ctx]",
        },
      }),
    );

  it.each(["t:worker", "t:other"])("%s starts on its default host, with the caller's context", async (id) => {
    expect(await (await app()).run("t:main", id)).toEqual([id, expect.stringMatching(/^\{n\w+@t:host\|0x/), "ann", 7]);
  });

  it("fails with its own error", async () => {
    expect(await (await app()).run("t:main", "t:fails")).toEqual(["CONFLICT", "no", false]);
  });

  it("is none without a default host", async () => {
    expect(await (await app()).run("t:main", "t:plain")).toEqual([
      "NOT_FOUND",
      "no handler registered for target",
      false,
    ]);
  });

  it("and a function has a pid, an inbox and events of its own", async () => {
    expect(await (await app()).run("t:mail")).toEqual(["hello", true, "pid.exit", true, 5]);
  });

  it("that is called again after a crash of the caller's node is found by the key of the call", async () => {
    const { node, clock, prints } = await VirtualApp.open(
      luaApp({
        slow: {
          text: 'return function(n) print("ran") require("time").sleep("1s") return n end',
          yaml: "kind: process.lua, modules: [time], meta: {default_host: host}",
        },
      }),
    );
    const heard: Outcome[] = [];
    const caller = node.openClient("caller").pid;
    const ask = (key: string, again: boolean) =>
      node.functions.invoke(
        caller,
        { kind: "invoke", target: "t:slow", args: [key], context: {}, options: {}, key },
        (outcome) => heard.push(outcome),
        { at: clock.now(), again },
      );
    ask("a", false);
    ask("b", false);
    clock.advance(100);
    ask("a", true);
    clock.runUntilIdle();
    expect(prints).toEqual(["ran", "ran"]);
    expect(heard.map((outcome) => outcome.ok && outcome.value).sort()).toEqual(["a", "a", "b"]);
  });
});
