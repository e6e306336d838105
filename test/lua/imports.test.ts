/** Libraries: whose `require` sees what, how often each runs, and whose file its errors name. Configuration of imports is in test/app. */
import { describe, expect, it } from "vitest";
import type { LuaSource } from "../../lua/index.js";
import { luaSource, virtualNode } from "../support/virtual.js";
import { failureOf } from "./run-lua.js";

const library = (id: string, text: string, more: Partial<Pick<LuaSource, "modules" | "imports">> = {}): LuaSource =>
  luaSource(id, { kind: "library.lua", text, modules: [], ...more });

function value(text: string, imports: Readonly<Record<string, LuaSource>>, modules: readonly string[] = []) {
  const node = virtualNode({ "app:main": { text, modules, imports } });
  const outcome = node.run("app:main");
  expect(node.internalErrors).toEqual([]);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return { value: outcome.value, prints: node.prints };
}

describe("an import", () => {
  const counted = library("app:counted", 'print("run") return { n = 0 }');

  it("is known by its alias and by nothing else", () => {
    const text = (name: string) => `return function() return require("${name}").n end`;
    expect(value(text("other"), { other: counted }).value).toBe(0);
    for (const name of ["counted", "app:counted"]) {
      expect(failureOf({ text: text(name), imports: { other: counted }, modules: [] }).message).toMatch(
        `module '${name}' is not available to app:main`,
      );
    }
  });

  it("is one value in a process, under two aliases and through other libraries", () => {
    const through = library("app:through", 'local c = require("c") return function() c.n = c.n + 1 return c end', {
      imports: { c: counted },
    });
    const text = `return function()
      local a, b, through = require("a"), require("b"), require("through")
      return { a == b, through() == a, a.n }
    end`;
    expect(value(text, { a: counted, b: counted, through })).toEqual({ value: [true, true, 1], prints: ["run"] });
  });

  it("is another value in each process", () => {
    const sources = {
      "app:main": {
        text: `return function(depth)
          local lib = require("lib")
          lib.n = lib.n + 1
          if depth == 0 then return { lib.n } end
          return { lib.n, process.exec("app:main", "test:host", 0)[1], lib.n }
        end`,
        imports: { lib: counted },
      },
    };
    const node = virtualNode(sources);
    expect(node.run("app:main", 1)).toEqual({ ok: true, value: [1, 1, 1] });
    expect(node.prints).toEqual(["run", "run"]);
  });

  it("may be a function, a text, or nothing at all", () => {
    const imports = {
      f: library("app:f", "return function() return 7 end"),
      s: library("app:s", 'return "text"'),
      none: library("app:none", "local x = 1"),
    };
    expect(
      value('return function() return { require("f")(), require("s"), require("none") } end', imports).value,
    ).toEqual([7, "text", true]);
  });

  it("runs in the process: its pid, its mailbox, its context; and may wait when it is called", () => {
    const lib = library(
      "app:lib",
      `local time = require("time")
      return { id = process.id(), pid = process.pid, wait = function() time.sleep("1s") return process.inbox():receive():topic() end }`,
      {
        modules: ["time"],
      },
    );
    const text = `return function()
      local lib = require("lib")
      process.send(process.pid(), "hello")
      return { lib.id, lib.pid() == process.pid(), lib.wait() }
    end`;
    expect(value(text, { lib }).value).toEqual(["app:main", true, "hello"]);
  });
});

describe("what require sees", () => {
  const lib = library(
    "app:lib",
    'return { json = require("json"), tool = require("tool"), reach = function(name) return require(name) end }',
    {
      modules: ["json"],
      imports: { tool: library("app:tool", "return 1") },
    },
  );

  it("in a library is what the library lists, also when its importer calls it", () => {
    const text = 'return function() require("lib").reach("time") end';
    expect(failureOf({ text, imports: { lib }, modules: ["time"] }).message).toBe(
      'lib.lua:1: module \'time\' is not available to app:lib: add it to "modules:" of the entry, or a library to "imports:"',
    );
  });

  it.each(["json", "tool"])("in an importer is not what only its library lists: %s", (name) => {
    const text = `return function() require("lib") require("${name}") end`;
    expect(failureOf({ text, imports: { lib }, modules: [] }).message).toBe(
      `main.lua:1: module '${name}' is not available to app:main: add it to "modules:" of the entry, or a library to "imports:"`,
    );
  });

  it("may be another library under the same alias", () => {
    const inner = library("app:inner", 'return "inner"');
    const outer = library("app:outer", 'return require("lib") .. " of outer"', { imports: { lib: inner } });
    expect(value('return function() return require("lib") end', { lib: outer }).value).toBe("inner of outer");
  });

  it("is refused once, and then answered: a pcall around it is enough to do without", () => {
    const text = 'return function() local ok, e = pcall(require, "http") return { ok, require("json") ~= nil } end';
    expect(value(text, {}, ["json"]).value).toEqual([false, true]);
  });
});

describe("an error in a library", () => {
  const lib = library(
    "app:lib",
    '\nlocal M = {}\nfunction M.fail() error("no") end\nfunction M.index() return M.x.y end\nreturn M',
  );

  it.each([
    ["fail", "lib.lua:3: no"],
    ["index", "lib.lua:4: attempt to index a nil value (field 'x')"],
  ])("names the file and line of the library: %s", (name, message) => {
    const error = failureOf({
      text: `return function()\n  return require("lib").${name}() + 1\nend`,
      imports: { lib },
    });
    expect(error.message).toBe(message);
    expect(error.stack).toMatch(/lib\.lua:[34]/);
    expect(error.stack).toMatch(/main\.lua:2/);
  });

  it("while it is loaded is raised by require, and by every later one", () => {
    const bad = library("app:bad", 'error("cannot load")');
    const text = `return function()
      local _, first = pcall(require, "bad")
      local _, second = pcall(require, "bad")
      return { first, second }
    end`;
    expect(value(text, { bad }).value).toEqual([
      "bad.lua:1: cannot load",
      expect.stringMatching(/library app:bad is still being loaded, or failed to load$/),
    ]);
  });

  it("that waits while it is loaded inside a running process is served", () => {
    const slow = library("app:slow", 'require("time").sleep("1s") return "loaded"', { modules: ["time"] });
    expect(value('return function() return require("slow") end', { slow }).value).toBe("loaded");
  });
});
