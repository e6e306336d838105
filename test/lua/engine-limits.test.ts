import { describe, expect, it } from "vitest";
import { BudgetExceeded } from "../../lua/fengari.js";
import { evaluate, failure, openWorld, valuesOf } from "./engine-support.js";

const BUDGET = { limits: { budgetInstructions: 20_000 } };

/** Chunks that would run for ever, or for a very long time, without a budget. */
const ENDLESS: readonly (readonly [string, string])[] = [
  ["a loop", "while true do end"],
  ["a loop under pcall", "while true do pcall(function() while true do end end) end"],
  ["a loop in an error handler", "xpcall(error, function() while true do end end)"],
  ["handlers that fail for ever", "while true do xpcall(error, function() error('again') end) end"],
  ["a loop in a coroutine", "coroutine.wrap(function() while true do end end)()"],
  [
    "a loop in a coroutine after pcall caught an error",
    "coroutine.wrap(function() pcall(error) while true do end end)()",
  ],
  ["many short coroutines", "while true do coroutine.wrap(function() for i = 1, 90 do end end)() end"],
  ["a loop in a metamethod", "local t = setmetatable({}, {__index = function() while true do end end}) return t.x"],
  [
    "a loop in __eq",
    "local m = {__eq = function() while true do end end} return setmetatable({}, m) == setmetatable({}, m)",
  ],
  ["a loop in a sort comparison", "table.sort({3, 2, 1}, function() while true do end end)"],
  ["a loop in a gsub callback", "string.gsub('x', 'x', function() while true do end end)"],
  ["a loop in __tostring", "tostring(setmetatable({}, {__tostring = function() while true do end end}))"],
  ["a loop in __tostring of the error", "error(setmetatable({}, {__tostring = function() while true do end end}))"],
  ["a pathological pattern", "string.find(string.rep('a', 40), string.rep('a?', 40) .. string.rep('a', 40) .. 'b')"],
  ["a pathological set of repetitions", "string.match(string.rep('a', 3000), '.-.-.-.-.-b')"],
  ["a quadratic plain search", "string.find(string.rep('a', 200000), string.rep('a', 50000) .. 'b', 1, true)"],
  ["an endless table.move", "table.move({}, 1, 2^50, 2)"],
  ["an endless table.insert", "table.insert(setmetatable({}, {__len = function() return 2^50 end}), 1, 'x')"],
  ["comparing long strings", "local a, b = ('x'):rep(2^20), ('x'):rep(2^20) while true do local c = a == b end"],
  ["building strings", "while true do local s = ('x'):rep(2^20) end"],
  ["a nested coroutine that keeps failing", "while true do coroutine.resume(coroutine.create(error)) end"],
];

describe("the instruction budget", () => {
  it.each(ENDLESS)("kills %s", (_name, source) => {
    const outcome = openWorld(BUDGET).thread(`do ${source} end never_reached()`).resume();
    expect(outcome.kind).toBe("killed");
    if (outcome.kind === "killed") expect(outcome.reason).toBeInstanceOf(BudgetExceeded);
  });

  it("runs nothing of the program after the kill, and leaves the engine usable", () => {
    const marks: string[] = [];
    const world = openWorld({
      ...BUDGET,
      functions: { mark: (call) => void marks.push(call.checkString(1)) },
    });
    const source = `
      mark("before")
      local co = coroutine.create(function() pcall(function() while true do end end) mark("in pcall") end)
      xpcall(function() coroutine.resume(co) mark("after resume") end, function() mark("handler") end)
      mark("after")`;
    expect(world.thread(source).resume().kind).toBe("killed");
    expect(marks).toEqual(["before"]);
    world.engine.beginTurn();
    expect(valuesOf(world, world.thread("return 1 + 1").resume())).toEqual([2]);
  });

  const cost = (source: string) => {
    const world = openWorld({ limits: { budgetInstructions: 10_000_000 } });
    expect(world.thread(source).resume().kind).toBe("done");
    return world.engine.turnInstructions;
  };

  it("counts the levels that an error unwinds: each is work, of the engine below as well", () => {
    const nested = (last: string) =>
      `local function down(n) if n == 0 then ${last} end string.gsub("x", "x", function() down(n - 1) end) end pcall(down, 90)`;
    expect(cost(nested("error()")) - cost(nested("return"))).toBeGreaterThan(90 * 100);
  });

  it("counts results that are passed on, also by functions of the library", () => {
    const passed = (levels: number) => `pcall(${"pcall, ".repeat(levels)}table.unpack, {}, 1, 10000)`;
    expect(cost(passed(21)) - cost(passed(1))).toBeGreaterThan(20 * 2500);
  });

  it("is the same at every run and exact", () => {
    const used = (limit: number) => {
      const world = openWorld({ limits: { budgetInstructions: limit } });
      return {
        kind: world.thread("for i = 1, 100 do end return 1").resume().kind,
        used: world.engine.turnInstructions,
      };
    };
    const needed = used(1_000_000).used;
    expect(used(needed).kind).toBe("done");
    expect(used(needed - 1).kind).toBe("killed");
  });

  it("counts all threads of a turn together and starts again with the next turn", () => {
    const world = openWorld(BUDGET);
    const source = "for i = 1, 7000 do end";
    const outcomes = [1, 2, 3, 4].map(() => world.thread(source).resume().kind);
    expect(outcomes).toEqual(["done", "done", "killed", "killed"]);
    world.engine.beginTurn();
    expect(world.thread(source).resume().kind).toBe("done");
  });

  it("does not let a host function hide a kill", () => {
    const world = openWorld({
      functions: {
        hide: (call) => {
          try {
            call.engine.kill("stop");
          } catch {
            call.push("hidden");
          }
        },
      },
    });
    const outcome = world.thread("local x = hide() while true do end").resume();
    expect(outcome).toEqual({ kind: "killed", reason: "stop" });
  });
});

describe("pre-emption", () => {
  const slices = (source: string, sliceInstructions: number) => {
    const world = openWorld({ limits: { sliceInstructions } });
    const thread = world.thread(source);
    let count = 0;
    for (let outcome = thread.resume(); ; outcome = thread.resume()) {
      if (outcome.kind !== "preempted") return { count, values: valuesOf(world, outcome) };
      count++;
    }
  };

  it("suspends and continues a loop without changing its result", () => {
    const source = "local s = 0 for i = 1, 10000 do s = s + i % 7 end return s";
    const whole = slices(source, 1_000_000_000);
    const cut = slices(source, 100);
    expect(cut.values).toEqual(whole.values);
    expect(cut.count).toBeGreaterThan(100);
  });

  it("gives the same results at any slice, through coroutines, pcall, metamethods, varargs and callbacks", () => {
    const source = `
      local log = {}
      local V = {}
      V.__index = function(t, k) local s = 0 for i = 1, 5 do s = s + i end return s + #k end
      V.__add = function(a, b) for i = 1, 3 do end return setmetatable({v = a.v + b.v}, V) end
      V.__lt = function(a, b) for i = 1, 3 do end return a.v < b.v end
      V.__concat = function(a, b) return tostring(type(a)) .. tostring(type(b)) end
      V.__len = function() for i = 1, 3 do end return 42 end
      V.__call = function(self, ...) return select('#', ...) end
      local a, b = setmetatable({v = 1}, V), setmetatable({v = 2}, V)
      local gen = coroutine.wrap(function(n)
        for i = 1, n do
          local ok, e = pcall(function() if i % 2 == 0 then error("even " .. i) end return i end)
          coroutine.yield(ok, e)
        end
        return "end"
      end)
      for i = 1, 4 do local ok, e = gen(4) log[#log + 1] = tostring(ok) .. ":" .. tostring(e) end
      local t = {5, 3, 9, 1}
      table.sort(t, function(x, y) for i = 1, 10 do end return x < y end)
      log[#log + 1] = table.concat(t, " ")
      log[#log + 1] = string.gsub("hello", "l", function(c) for i = 1, 10 do end return c .. c end)
      log[#log + 1] = tostring(a.missing) .. (a + b).v .. tostring(a < b) .. tostring(a <= b) .. (a .. "x") .. ("y" .. "z" .. a) .. #a .. a(1, nil, 3)
      local function va(...) local x = {...} return ... end
      log[#log + 1] = select('#', va(1, nil, nil)) .. "/" .. table.concat({va(1, 2, 3)}, "")
      for k, v in pairs({x = 1, y = 2}) do log[#log + 1] = k .. v end
      return table.concat(log, ";")`;
    const whole = slices(source, 1_000_000_000).values;
    for (const slice of [1, 2, 3, 5, 7, 11, 50, 200]) expect(slices(source, slice).values).toEqual(whole);
  });

  it("waits until a callback that cannot yield is over", () => {
    const source =
      "local n = 0 table.sort({2, 1}, function(a, b) for i = 1, 5000 do n = n + 1 end return a < b end) for i = 1, 500 do end return n";
    const { count, values } = slices(source, 100);
    expect(values[0]).toBeGreaterThanOrEqual(5000);
    expect(count).toBeGreaterThan(0);
  });
});

describe("size caps", () => {
  const small = { maxStringBytes: 10_000 };
  it.each([
    ["string.rep", "return ('x'):rep(10001)"],
    ["string.rep with a separator", "return ('x'):rep(5002, 'y')"],
    ["concatenation", "local s = ('x'):rep(6000) return s .. s"],
    ["table.concat", "local s = ('x'):rep(6000) return table.concat({s, s})"],
    ["gsub", "return (('x'):rep(6000):gsub('x', 'yy'))"],
    ["string.format", "local s = ('x'):rep(6000) return ('%s%s'):format(s, s)"],
    ["string.pack", "return string.pack('c20000', '')"],
    ["a host function", "return big()"],
  ])("stop %s", (_name, source) => {
    const functions = { big: (call: { push(value: string): void }) => call.push("x".repeat(10_001)) };
    expect(failure(source, { ...small, functions })).toBe("test.lua:1: string too large");
  });

  it("can be caught like any error", () => {
    expect(evaluate("return pcall(string.rep, 'x', 2^40)")).toEqual([
      false,
      expect.stringContaining("string too large"),
    ]);
    expect(evaluate("return #('').rep('', 2^50)")).toEqual([0]);
  });
});

describe("depth", () => {
  it.each([
    ["recursion", "local function f() return 1 + f() end f()", /stack overflow/],
    [
      "recursion through pcall",
      "local function f() assert(pcall(f)) end f()",
      /stack overflow|error in error handling/,
    ],
    [
      "recursion through a metamethod",
      "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
      /stack overflow/,
    ],
    ["recursion through sort", "local function f() table.sort({1, 2}, f) end f()", /stack overflow/],
    ["recursion through gsub", "local function f() string.gsub('a', 'a', f) end f()", /stack overflow/],
    [
      "recursion through coroutines",
      "local function f() assert(coroutine.resume(coroutine.create(f))) end f()",
      /stack overflow/,
    ],
    [
      "recursion through __tostring",
      "local m = {} m.__tostring = function(x) return tostring(x) end tostring(setmetatable({}, m))",
      /stack overflow/,
    ],
    ["an __index cycle", "local t = {} setmetatable(t, {__index = t}) getmetatable(t).__index = t return t.x", /loop/],
    ["unpack of too much", "return unpack({}, 1, 1e7)", /too many results to unpack/],
    ["a deep pattern", "return string.find(string.rep('x', 500), string.rep('x?', 500))", /pattern too complex/],
  ])("of %s ends in a Lua error", (_name, source, expected) => {
    const world = openWorld({ limits: { budgetInstructions: 50_000_000 } });
    const outcome = world.thread(source).resume();
    expect(outcome.kind).toBe("error");
    if (outcome.kind === "error") expect(outcome.message).toMatch(expected);
    expect(world.internalErrors).toEqual([]);
  });

  it("of nested source is a compile error", () => {
    const { engine } = openWorld();
    const deep = engine.compile(`return ${"(".repeat(5000)}1${")".repeat(5000)}`, "deep.lua");
    expect(deep).toMatchObject({ kind: "error", line: 1, message: expect.stringMatching(/^deep\.lua:1: .*levels/) });
  });
});
