import { describe, expect, it } from "vitest";
import { evaluate, failure, openWorld, valuesOf } from "./engine-support.js";

describe("the libraries", () => {
  it.each([
    ..."load loadstring loadfile dofile collectgarbage rawlen require print module newproxy setfenv getfenv".split(" "),
    ..."io os debug package utf8 bit32 fengari js string.dump coroutine.close coroutine.spawn".split(" "),
  ])("have no %s", (name) => {
    expect(evaluate(`return type(${name})`)).toEqual(["nil"]);
  });

  it("are exactly the allow-list", () => {
    const { engine } = openWorld();
    const names = [...engine.shared.entries()].map(([key]) => key).sort();
    expect(names).toEqual(
      "_VERSION assert boolean coroutine error getmetatable integer ipairs math next number pairs pcall rawequal rawget rawset select setmetatable string table tonumber tostring type unpack xpcall"
        .split(" ")
        .sort(),
    );
    const listed = (library: string) =>
      evaluate(
        `local n = {} for k in pairs(${library}) do n[#n + 1] = k end table.sort(n) return table.concat(n, " ")`,
      )[0];
    expect(listed("coroutine")).toBe("create isyieldable resume running status wrap yield");
    expect(listed("table")).toBe("concat insert move pack remove sort unpack");
    expect(listed("string")).toBe(
      "byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
    );
    expect(listed("math")).toBe(
      "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod huge log log10 max maxinteger min mininteger modf pi pow rad random randomseed sin sinh sqrt tan tanh tointeger type ult",
    );
  });

  it("keep the functions of Lua 5.1 that programs expect", () => {
    expect(evaluate("return unpack({1, 2}), math.pow(2, 3), math.log10(1000), math.atan2(0, 1), math.sinh(0)")).toEqual(
      [1, 8, 3, 0, 0],
    );
  });

  it.each([
    ["assignment", "string.evil = 1"],
    ["replacing", "string.rep = nil"],
    ["rawset", "rawset(table, 'evil', 1)"],
    ["table.insert", "table.insert(table, 1)"],
    ["table.sort", "table.sort(math)"],
    ["table.remove", "table.remove(coroutine)"],
    ["table.move", "table.move({1}, 1, 1, 1, string)"],
    ["setmetatable", "setmetatable(table, {})"],
    ["a metatable's write", "setmetatable({}, {__newindex = string}).x = 1"],
    ["the string index", "getmetatable('').__index.evil = 1"],
  ])("cannot be changed by %s", (_name, source) => {
    if (source.startsWith("table.sort")) expect(evaluate(source)).toEqual([]);
    else if (source.startsWith("getmetatable")) expect(failure(source)).toMatch(/attempt to index a boolean value/);
    else expect(failure(source)).toBe("test.lua:1: attempt to modify a read-only table");
  });

  it("lock the metatable of strings", () => {
    expect(evaluate("return getmetatable('')")).toEqual([false]);
    expect(evaluate("return ('x'):upper()")).toEqual(["X"]);
  });
});

describe("a read-only table", () => {
  it("refuses every write and reads as before", () => {
    const world = openWorld();
    const list = world.engine.table();
    for (const [i, value] of [3, 1, 2].entries()) list.set(i + 1, value);
    list.freeze();
    world.engine.shared.set("list", list);
    const run = (source: string) => valuesOf(world, world.thread(source).resume());
    const refused = [false, expect.stringMatching(/attempt to modify a read-only table$/)];
    expect(run("return pcall(table.sort, list)")).toEqual(refused);
    expect(run("return pcall(table.insert, list, 1, 9)")).toEqual(refused);
    expect(run("return pcall(table.remove, list)")).toEqual(refused);
    expect(run("return pcall(rawset, list, 1, nil)")).toEqual(refused);
    expect(run("return pcall(setmetatable, list, {})")).toEqual(refused);
    expect(run("return pcall(function() list[1] = 3 end)")).toEqual(refused);
    expect(run("return #list, table.concat(list, ','), rawget(list, 2), next(list)")).toEqual([3, "3,1,2", 1, 1, 3]);
    list.set(4, 4);
    expect(run("return #list")).toEqual([4]);
  });
});

describe("environments", () => {
  it("do not see each other's globals", () => {
    const world = openWorld();
    const run = (source: string) => valuesOf(world, world.thread(source).resume());
    run("secret = 1; string2 = string; tostring = function() return 'mine' end");
    expect(run("return secret, string2, tostring(1), _G.secret, rawget(_G, 'secret')")).toEqual([
      undefined,
      undefined,
      "1",
      undefined,
      undefined,
    ]);
  });

  it("own their _G, which can have a metatable of its own", () => {
    expect(evaluate("x = 1 return _G.x, _G._G == _G, _G.string == string, getmetatable(_G)")).toEqual([
      1,
      true,
      true,
      undefined,
    ]);
    expect(
      evaluate("setmetatable(_G, {__index = function(_, k) return k .. '?' end}) return nothing, type(string)"),
    ).toEqual(["nothing?", "table"]);
    expect(evaluate("tostring = 1 local a = tostring tostring = nil return a, type(tostring)")).toEqual([
      1,
      "function",
    ]);
  });

  it("share prototypes without sharing state", () => {
    const { engine } = openWorld();
    const prototype = engine.compile(
      "count = (count or 0) + 1 local function f() end return count, tostring(f)",
      "shared.lua",
    );
    if (prototype.kind === "error") throw new Error(prototype.message);
    const run = () => {
      const environment = engine.environment({ owner: "p", seed: 1 });
      const outcome = engine.thread(engine.instantiate(prototype, environment), environment).resume();
      return outcome.kind === "done" ? outcome.values.map((ref) => engine.value(ref)) : outcome;
    };
    const first = run();
    expect(first).toEqual([1, expect.stringMatching(/^function: 0x/)]);
    expect(run()).toEqual(first);
  });

  it("print addresses that do not depend on other processes or engines", () => {
    const source =
      "return tostring({}), tostring(function() end), tostring(coroutine.create(print or type)), tostring(type)";
    const alone = evaluate(source);
    const world = openWorld();
    world.thread("local t = {} for i = 1, 100 do t[i] = {} end return tostring(t)").resume();
    expect(valuesOf(world, world.thread(source).resume())).toEqual(alone);
  });

  it("iterate tables in insertion order, also while keys are removed", () => {
    const source = `
      local t, order = {}, {}
      for _, k in ipairs({"z", 10, "a", 1, 2.5, true}) do t[k] = 1 end
      t.a = nil; t.a = 2
      for k in pairs(t) do order[#order + 1] = tostring(k) t[k] = nil end
      return table.concat(order, " "), next(t)`;
    expect(evaluate(source)).toEqual(["z 10 1 2.5 true a", undefined]);
  });
});

describe("errors", () => {
  it("show file and line, and a traceback without JavaScript", () => {
    const source =
      "local function inner()\n  local t = nil\n  return t.x\nend\nlocal function outer() inner() end\nouter()";
    const outcome = openWorld().thread(source).resume();
    expect(outcome).toMatchObject({
      kind: "error",
      message: "test.lua:3: attempt to index a nil value (local 't')",
      traceback:
        "stack traceback:\n\ttest.lua:3: in upvalue 'inner'\n\ttest.lua:5: in local 'outer'\n\ttest.lua:6: in main chunk",
    });
  });

  it("of a host function's own bugs are reported and hide their JavaScript", () => {
    const world = openWorld({
      functions: {
        broken: () => {
          throw new TypeError("oops");
        },
      },
    });
    const outcome = world.thread("local ok, e = pcall(broken) broken()").resume();
    expect(outcome).toMatchObject({ kind: "error", message: "test.lua:1: internal error" });
    expect(world.internalErrors).toHaveLength(2);
  });

  it("of compilation name the line", () => {
    const { engine } = openWorld();
    expect(engine.compile("local x = 1\nlocal y = = 2", "app/main.lua")).toEqual({
      kind: "error",
      line: 2,
      message: "app/main.lua:2: unexpected symbol near '='",
    });
    expect(engine.compile("\x1bLua", "b.lua")).toEqual({
      kind: "error",
      line: 1,
      message: "b.lua:1: attempt to load a binary chunk (mode is 't')",
    });
  });
});
