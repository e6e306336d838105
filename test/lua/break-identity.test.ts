/** What one process shows must not depend on the others, on names that mean something in JavaScript, nor on C's absence. */
import { describe, expect, it } from "vitest";
import { virtualNode } from "../support/virtual.js";
import { evaluate } from "./engine-support.js";

const shows = `return function(given)
  process.send(process.pid(), "t", {})
  local received = process.listen("t"):receive()
  process.spawn_monitored("app:child", "test:host")
  local event = process.events():receive()
  return {tostring(given), tostring(received), tostring(event), tostring(process.exec("app:child", "test:host")), tostring(_G), tostring({})}
end`;
const child = "return function() return {} end";

describe("what tostring shows of a table", () => {
  it("is the same whatever else runs on the node", () => {
    const alone = virtualNode({ "app:main": shows, "app:child": child }).run("app:main", {});
    const busy = virtualNode({
      "app:main": shows,
      "app:child": child,
      "app:other": "return function(a) local t = {} for i = 1, 100 do t[i] = {} end return t end",
    });
    busy.run("app:other", [[], [], []]);
    expect(busy.run("app:main", {})).toEqual(alone);
  });

  it("differs for two tables of one process", () => {
    const outcome = virtualNode({ "app:main": shows, "app:child": child }).run("app:main", {});
    expect(outcome.ok && new Set(outcome.value as string[]).size).toBe(6);
  });
});

describe("names that mean something in JavaScript", () => {
  const names = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "length",
    "then",
    "toJSON",
    "$plain",
  ];

  it.each(names)("%s is an ordinary topic, key, context key, log field and JSON key", (name) => {
    const node = virtualNode({
      "app:main": `local json, logger, ctx = require("json"), require("logger"), require("ctx")
        local k = ${JSON.stringify(name)}
        return function()
          process.send(process.pid(), k, {[k] = {mark = 1}})
          assert(process.listen(k):receive()[k].mark == 1)
          assert(json.encode({[k] = {mark = 1}}) == '{"' .. k .. '":{"mark":1}}')
          assert(json.decode('{"' .. k .. '":{"mark":1}}')[k].mark == 1)
          assert(ctx.get(k) == nil and process[k] == nil and errors[k] == nil and channel.new()[k] == nil)
          assert(not pcall(require, k))
          assert(process.registry.lookup(k) == nil)
          assert(errors.new{message = "m", details = {[k] = 1}}:details()[k] == 1)
          logger:with({[k] = {mark = 1}}):info("m", {mark = 2})
          return process.with_context({[k] = {mark = 1}}):exec("app:child", "test:host", k)
        end`,
      "app:child": `return function(k) return require("ctx").get(k) end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: { mark: 1 } });
    const fields = node.logs[0]!.fields;
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(fields, name)?.value).toEqual({ mark: 1 });
    expect(({} as Record<string, unknown>).mark).toBeUndefined();
    expect(node.internalErrors).toEqual([]);
  });
});

describe("numbers as text", () => {
  it("round an exact half to the even digit, as in C", () => {
    const format = `return string.format("%.0f %.0f %.0f %.1f %.2f %.0e %.1g %s %.0f", 0.5, 1.5, 2.5, 0.25, 2.675, 2.5, 2.5, 10000000000000.5, -0.5)`;
    expect(evaluate(format)).toEqual(["0 2 2 0.2 2.67 2e+00 2 10000000000000 -0"]);
  });
});

describe("os.date", () => {
  it("refuses what is no time, and an unfinished conversion, as Lua errors", () => {
    const source = `return function()
      local texts = {}
      for i, f in ipairs{function() os.date("%c", 0/0) end, function() os.date("*t", 1e300) end, function() os.date("%") end,
        function() os.time{year = 1e300, month = 1, day = 1} end} do texts[i] = select(2, pcall(f)) end
      return texts
    end`;
    const node = virtualNode({ "app:main": source });
    const value = node.run("app:main");
    expect(JSON.stringify(value)).toMatch(/out of range.*out of range.*invalid conversion specifier '%'.*out of range/);
    expect(node.internalErrors).toEqual([]);
  });
});
