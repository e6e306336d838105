/** What the language promises beside lua5.3 (test/lua/oracle): what is gone, what is read-only, and that strings are bytes. */
import { describe, expect, it } from "vitest";
import { allModules, virtualNode } from "../support/virtual.js";
import { failureOf, run } from "./run-lua.js";

const removed = [
  ..."load loadstring loadfile dofile collectgarbage rawlen io debug utf8 package newproxy setfenv getfenv module".split(
    " ",
  ),
  ..."string.dump os.execute os.exit os.remove os.rename os.tmpname os.getenv os.setlocale coroutine.close".split(" "),
];

const globals =
  "string table math coroutine os process channel errors payload print require unpack pcall xpcall error assert select next pairs ipairs type tostring tonumber rawget rawset rawequal getmetatable setmetatable".split(
    " ",
  );

/** Walks everything that a process can reach without making it: globals, modules, metatables, values that modules make. */
const CRAWL = `
  local seen, open, functions = {}, {}, {}
  local function walk(value, path)
    local kind = type(value)
    if kind == "function" then functions[#functions + 1] = path end
    local metatable = getmetatable(value)
    if type(metatable) == "table" and not seen[metatable] then walk(metatable, path .. "<metatable>") end
    if kind ~= "table" or seen[value] then return end
    seen[value] = true
    if value ~= _G and pcall(rawset, value, "an_addition", 1) then open[#open + 1] = path end
    for k, v in next, value do walk(v, path .. "." .. tostring(k)) end
  end
  for _, name in ipairs(GLOBALS) do walk(_ENV[name], name) end
  for _, name in ipairs(MODULES) do walk(require(name), name) end
  walk(_G, "_G") walk("", "string") walk(errors.new("x"), "error") walk(channel.new(), "channel")
  walk(coroutine.create(print), "thread") walk(coroutine.wrap(print), "wrapped") walk(process.inbox(), "inbox")`;

const listOf = (names: readonly string[]): string => `{ ${names.map((name) => `"${name}"`).join(", ")} }`;

function crawl(result: string): unknown {
  const text = CRAWL.replace("GLOBALS", listOf(globals)).replace("MODULES", listOf(allModules));
  const outcome = run(`return function() ${text} return ${result} end`);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

describe("what is gone", () => {
  it.each(removed)("%s", (name) => {
    const text = `return function()
      local value = _G
      for part in ("${name}"):gmatch("%w+") do value = value[part] if value == nil then break end end
      return { type(value), type(rawget(_G, "${name}")), type(_ENV["${name}"]) }
    end`;
    expect(run(text)).toEqual({ ok: true, value: ["nil", "nil", "nil"] });
  });

  it("is reachable by no other way either: globals, modules, metatables, values of modules", () => {
    const reachable = crawl("functions") as string[];
    expect(reachable.length).toBeGreaterThan(150);
    const words = removed.map((name) => name.split(".").at(-1)!);
    const ours = ["table.remove"];
    const suspicious = reachable.filter((path) => words.includes(path.split(".").at(-1)!) && !ours.includes(path));
    expect(suspicious).toEqual([]);
  });

  it("cannot be had by requiring it: the error names the module", () => {
    for (const name of ["io", "debug", "package", "utf8", "ffi", "", "os.execute", "../secret"]) {
      const error = failureOf(`return function() require("${name}") end`);
      expect(error.message).toBe(
        `main.lua:1: module '${name}' is not available to app:main: add it to "modules:" of the entry, or a library to "imports:"`,
      );
    }
  });
});

describe("what is always there", () => {
  it("without being listed under modules", () => {
    const names = "process channel errors coroutine print payload os string table math unpack".split(" ");
    const text = `return function() local kinds = {} for i, name in ipairs(${listOf(names)}) do kinds[i] = type(_ENV[name]) end return kinds end`;
    expect(run({ text, modules: [] })).toEqual({
      ok: true,
      value: names.map((name) => (name === "print" || name === "unpack" ? "function" : "table")),
    });
  });

  it("is the same when it is required, where it is listed", () => {
    const text = `return function() return { require("process") == process, require("channel") == channel, require("errors") == errors, require("os") == os, require("payload") == payload } end`;
    expect(run(text)).toEqual({ ok: true, value: [true, true, true, true, true] });
  });
});

describe("subscribe and unsubscribe", () => {
  it("are process.listen and process.unlisten", () => {
    const text = `return function()
      local ch = subscribe("t")
      process.send(process.pid(), "t", 5)
      return { ch == process.listen("t"), (ch:receive()), unsubscribe(ch), (unsubscribe(ch)), (subscribe("@t")) == nil }
    end`;
    expect(run({ text, modules: [] })).toEqual({ ok: true, value: [true, 5, true, false, true] });
  });
});

describe("module tables", () => {
  it("are read-only, with all tables in them", () => {
    expect(crawl("open")).toEqual([]);
  });

  it.each([
    "string.foo = 1",
    "process.event.EXIT = 'x'",
    "process.anything = 1",
    "rawset(errors, 'new', 1)",
    "table.insert(channel, 1)",
    "setmetatable(process, {})",
    "setmetatable(errors, nil)",
    "require('json').encode = print",
    "require('time').SECOND = 1",
    "for k in pairs(require('time')) do require('time')[k] = nil end",
    "os.time = nil",
    "coroutine.spawn = nil",
    "string.upper = nil",
    "getmetatable(require('json')).x = 1",
  ])("refuse %s", (statement) => {
    expect(failureOf(`return function() ${statement} end`).message).toMatch(
      /^main\.lua:1: (attempt to modify a read-only table|attempt to index a (nil|boolean) value.*|cannot change a protected metatable)$/,
    );
  });

  it("can be hidden by a global of a process, which no other process sees", () => {
    const node = virtualNode({
      "app:main":
        "string = { upper = function() return 'mine' end } return function() return string.upper('a') .. ('b'):upper() end",
      "app:other": "return function() return string.upper('a') end",
    });
    expect([node.run("app:main"), node.run("app:other")]).toEqual([
      { ok: true, value: "mineB" },
      { ok: true, value: "A" },
    ]);
  });
});

describe("strings are bytes", () => {
  const all = "local all = {} for i = 0, 255 do all[i + 1] = string.char(i) end all = table.concat(all)";

  it.each([
    ["a message", "process.send(process.pid(), 't', all) return process.listen('t'):receive()"],
    ["a message object", "process.send(process.pid(), 't', all) return (process.inbox():receive()):payload():data()"],
    ["the result of a process", "return (process.exec('app:echo', 'test:host', all))"],
    ["the result of a function", "return (require('funcs').call('app:echo', all))"],
    ["a value in a table", "return (process.exec('app:echo', 'test:host', { deep = { all } })).deep[1]"],
    ["a channel", "local c = channel.new(1) c:send(all) return (c:receive())"],
    ["a payload", "return payload.new(all):data()"],
    ["base64", "local b = require('base64') return (b.decode((b.encode(all))))"],
    ["a cast", "return string(all)"],
    ["a context value", "return (process.with_context({ bytes = all }):exec('app:ctx', 'test:host'))"],
    ["details of an error", "return errors.new({ message = 'm', details = { all = all } }):details().all"],
  ])("through %s", (_what, body) => {
    const node = virtualNode({
      "app:echo": "return function(v) return v end",
      "app:ctx": "return function() return (require('ctx').get('bytes')) end",
      "app:main": `return function() ${all} local got = (function() ${body} end)() return { got == all, #got } end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: [true, 256] });
  });

  it("as keys of tables that leave the process", () => {
    const node = virtualNode({
      "app:echo": "return function(v) return v end",
      "app:main": `return function() local t = process.exec("app:echo", "test:host", { ["\\xc3\\xa9"] = 1 }) return t["\\xc3\\xa9"] end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: 1 });
  });

  it("in os.date", () => {
    expect(
      run(
        `return function() return { os.date("\\xff%Y\\xe4", 0) == "\\xff1970\\xe4", ("%s"):format("\\xff") == "\\xff" } end`,
      ),
    ).toEqual({
      ok: true,
      value: [true, true],
    });
  });
});
