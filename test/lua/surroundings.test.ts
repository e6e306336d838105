/** What surrounds a Lua program: require, random numbers, print and logger, os and ctx. */
import { describe, expect, it } from "vitest";
import { luaSource, virtualNode } from "../support/virtual.js";
import { failureOf, run } from "./run-lua.js";

describe("require", () => {
  it("gives a listed module, also one that is a global anyway", () => {
    expect(
      run("return function() return require('process').pid() == process.pid() and require('time') ~= nil end"),
    ).toEqual({
      ok: true,
      value: true,
    });
  });

  it("raises for what is not listed, and says what to do", () => {
    const error = failureOf({ text: "local json = require('json') return function() end", modules: ["time"] });
    expect(error.message).toBe(
      'main.lua:1: module \'json\' is not available to app:main: add it to "modules:" of the entry, or a library to "imports:"',
    );
  });

  it("loads an import once per process, when it is first required, with its own modules and globals", () => {
    const base = luaSource("app:base", {
      kind: "library.lua",
      text: "print('base') leaked = 1 return { n = 0 }",
      modules: [],
    });
    const lib = luaSource("app:lib", {
      kind: "library.lua",
      text: "local json = require('json') local base = require('base') return { add = function() base.n = base.n + 1 return json.encode(base.n) end }",
      modules: ["json"],
      imports: { base },
    });
    const node = virtualNode({
      "app:main": {
        text: `return function()
          print("main")
          local lib, again = require("lib"), require("lib")
          lib.add()
          return { lib == again, lib.add(), require("base").n, leaked == nil }
        end`,
        modules: [],
        imports: { lib, base },
      },
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: [true, "2", 2, true] });
    expect(node.prints).toEqual(["main", "base"]);
  });

  it("an import may not use what only its importer lists", () => {
    const lib = luaSource("app:lib", { kind: "library.lua", text: "return require('json')", modules: [] });
    const error = failureOf({ text: "return function() return require('lib') end", imports: { lib } });
    expect(error.message).toMatch(/^lib\.lua:1: module 'json' is not available to app:lib/);
  });

  it("compiles imports before anything runs", () => {
    const lib = luaSource("app:lib", { kind: "library.lua", text: "x = = 1" });
    expect(failureOf({ text: "return function() end", imports: { lib } }).message).toMatch(/^lib\.lua:1: /);
  });
});

describe("math.random", () => {
  it("differs between processes and is the same when a process is run again", () => {
    const sources = { "app:main": "return function() return math.random(1, 1000000) end" };
    const twice = () => {
      const node = virtualNode(sources);
      return [node.run("app:main"), node.run("app:main")];
    };
    const [first, second] = twice();
    expect(first).not.toEqual(second);
    expect(twice()).toEqual([first, second]);
  });
});

describe("print and logger", () => {
  it("print joins with one space, and knows its place", () => {
    const node = virtualNode({ "app:main": "return function()\n print('a', 1, nil, true, 1.5) end" });
    const places: (string | undefined)[] = [];
    node.system.events.on("log", ({ record }) => places.push(record.location));
    node.run("app:main");
    expect(node.prints).toEqual(["a 1 nil true 1.5"]);
    expect(places).toEqual(["app:main:2"]);
  });

  it("logger writes levels, fields, names and the place", () => {
    const node = virtualNode({
      "app:main": `local logger = require("logger")
      return function()
        logger:info("plain")
        local l = logger:with({ order = 7 }):named("desk"):named("east")
        l:warn("low", { left = 2, ch = channel.new(), [1] = "ignored" })
        local none, err = logger:named("")
        return err:kind()
      end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: "INVALID" });
    expect(node.logs).toEqual([
      { level: "info", message: "plain", fields: {}, location: "app:main:3" },
      {
        level: "warn",
        message: "low",
        fields: { logger: "desk.east", order: 7, left: 2, ch: "channel" },
        location: "app:main:5",
      },
    ]);
  });
});

describe("os and ctx", () => {
  it("os follows the time of the input", () => {
    const text = `return function()
      return { os.time(), os.date("!%Y-%m-%d %H:%M:%S"), os.time({ year = 2026, month = 1, day = 1, hour = 0 }), os.platform,
        os.date("*t", 0).year, os.difftime(5, 3), os.clock(), os.execute == nil }
    end`;
    const at = Date.UTC(2026, 0, 1) / 1000;
    expect(run(text)).toEqual({ ok: true, value: [at, "2026-01-01 00:00:00", at, "wippy", 1970, 2, 0, true] });
  });

  it("ctx gives what came with the start", () => {
    const node = virtualNode({
      "app:main": `local ctx = require("ctx")
      return function()
        local spawner = process.with_context({ user = "ann", nested = { 1, 2 } })
        return spawner:exec("app:child", "test:host")
      end`,
      "app:child": `local ctx = require("ctx")
      return function()
        local none, err = ctx.get("missing")
        local _, empty = ctx.get("")
        local all = ctx.all()
        return { ctx.get("user"), ctx.get("nested")[2], err:kind(), err:message(), empty:message(), all.user }
      end`,
    });
    expect(node.run("app:main")).toEqual({
      ok: true,
      value: ["ann", 2, "NOT_FOUND", "key not found: missing", "empty key", "ann"],
    });
  });
});
