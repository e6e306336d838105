/** Yields that return instead of throwing: stock and patched engine agree on cases and random programs. */

import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { HostFunction } from "../../lua/fengari.js";
import { openWorld, valuesOf } from "./engine-support.js";

type Raw = Record<string, (...values: unknown[]) => unknown>;
interface RawState {
  readonly status: number;
  readonly nCcalls: number;
  readonly baseCcalls: number;
}
type RawFunction = (L: RawState) => unknown;
interface RawEngine {
  readonly lua: Raw;
  readonly lauxlib: Raw;
  readonly luaopen_base: unknown;
}
interface Stock extends RawEngine {
  readonly lualib: Raw;
  to_luastring(text: string): Uint8Array;
}

const load = createRequire(import.meta.url);
const stock = load("fengari") as Stock;
const bytesOf = (text: string) => stock.to_luastring(text);
const { luaopen_base } = load("#fengari/index.js") as RawEngine;
const patched: RawEngine = {
  lua: load("#fengari/lua.js") as Raw,
  lauxlib: load("#fengari/lauxlib.js") as Raw,
  luaopen_base,
};
const ENGINES: readonly [string, RawEngine][] = [
  ["stock", { lua: stock.lua, lauxlib: stock.lauxlib, luaopen_base: stock.lualib.luaopen_base }],
  ["patched", patched],
];

const PRELUDE = [
  "local log, ticks = {}, 0",
  "local function show(v) local t = type(v) if t == 'table' or t == 'function' or t == 'thread' then return t end return tostring(v) end",
  "local function add(...) local line = {} for i = 1, select('#', ...) do line[i] = show((select(i, ...))) end log[#log + 1] = table.concat(line, ' ') end",
  "local function tick() ticks = ticks + 1 return ticks end",
].join(" ");

/** Drives `main`, a coroutine of its own, to its end: what stock cannot do in its main thread it can there. */
const driven = (body: string) => `${PRELUDE}
local main = coroutine.create(function(...)
${body}
end)
for round = 1, 60 do
  add("main", coroutine.resume(main, round, nil, "r" .. round))
  if coroutine.status(main) == "dead" then break end
end
add(coroutine.status(main), coroutine.resume(main))
return table.concat(log, "\\n")`;

/** On stock a wait is answered at once; on ours it suspends everything up to the host, which gives the same answer. */
const answer = (n: number) => n * 2 + 1;

function onStock(source: string): string {
  const { lua, lauxlib, lualib } = stock;
  const L = lauxlib.luaL_newstate!();
  lualib.luaL_openlibs!(L);
  lua.lua_pushcfunction!(L, (state: unknown) => {
    lua.lua_pushinteger!(state, answer(lua.lua_tonumber!(state, 1) as number));
    return 1;
  });
  lua.lua_setglobal!(L, bytesOf("wait"));
  const bytes = bytesOf(source);
  const failed = lauxlib.luaL_loadbuffer!(L, bytes, bytes.length, bytesOf("@test.lua")) || lua.lua_pcall!(L, 0, 1, 0);
  return `${failed ? "error: " : ""}${lua.lua_tojsstring!(L, -1)}`
    .replaceAll("JS-call", "C-call")
    .replaceAll("JS stack", "C stack");
}

const wait: HostFunction<string> = (call) => call.wait(call.checkNumber(1));

function onOurs(source: string, sliceInstructions?: number): string {
  const world = openWorld({ limits: { sliceInstructions }, functions: { wait } });
  const thread = world.thread(source);
  let outcome = thread.resume();
  while (outcome.kind === "preempted" || outcome.kind === "wait")
    outcome = outcome.kind === "wait" ? thread.resume([answer(outcome.request as number)]) : thread.resume();
  expect(world.internalErrors).toEqual([]);
  return outcome.kind === "error" ? `error: ${outcome.message}` : String(valuesOf(world, outcome)[0]);
}

const CASES: Readonly<Record<string, string>> = {
  "yields in every position of a call": `
    local y = coroutine.yield
    add(...) local a, b, c = y(1) add(a, b, c) add(y(2), y(3)) add((y(4))) y()
    local t = {y(5), y(6), n = y(7)} add(#t, t[1], t.n) if y(8) then add("then") end add("s" .. y(9) .. "t" .. y(10))
    for i = 1, y(11) > 0 and 2 do add(i, y(i)) end while y("while") < 16 do add("again") end
    t[y("key")] = y("value") add(t[17], #t, -y("neg"), not y("not")) return y("last")`,
  "tail calls of yield and of functions that yield": `
    local function f(...) return coroutine.yield(...) end
    local function g(...) return f("g", ...) end
    add(f(1)) add(g(2)) add((g(3))) add(select("#", g())) add(pcall(g, 4)) add(pcall(coroutine.yield, 5)) return g(6)`,
  "varargs across yields": `
    local function v(...) local n = select("#", ...) coroutine.yield(n, ...) return n, ... end
    add(v()) add(v(nil)) add(v(1, nil, nil)) add(v(coroutine.yield("in"))) add(v(...)) return v(v(7, nil))`,
  "C functions as bodies of coroutines": `
    local co = coroutine.create(coroutine.yield) add(coroutine.resume(co, 1, 2)) add(coroutine.status(co))
    add(coroutine.resume(co, 3)) add(coroutine.status(co)) add(coroutine.resume(co))
    add(coroutine.wrap(wait)(5)) local p = coroutine.wrap(pcall) add(p(coroutine.yield, 6)) add(p(7))
    add(pcall(coroutine.wrap(error), "e")) add(coroutine.wrap(coroutine.wrap(coroutine.yield))(8))`,
  "errors after a resumed yield, in nested pcalls and handlers": `
    add(pcall(function() add(pcall(function() coroutine.yield(1) error("a") end)) coroutine.yield(2) error("b") end))
    add(xpcall(function() coroutine.yield(3) error("c") end, function(e) add("handler", e, pcall(coroutine.yield)) return "h" end))
    add(xpcall(function() coroutine.yield(4) local x = nil return x.y end, function(e) error("again") end) == false)
    for i = 1, 3 do add(pcall(function(...) coroutine.yield(...) return coroutine.yield(i), error("d" .. i, 0) end, i)) end
    coroutine.yield("before") error("end of main")`,
  "running, status and isyieldable": `
    local self = coroutine.running() add(coroutine.status(self), coroutine.isyieldable()) coroutine.yield(1)
    add((coroutine.running()) == self, coroutine.status(self), coroutine.isyieldable(), coroutine.resume(self))
    table.sort({2, 1}, function(a, b) add(coroutine.isyieldable()) return a < b end)
    local inner inner = coroutine.create(function() add(coroutine.status(self), coroutine.resume(self)) coroutine.yield() add((coroutine.running()) == inner) end)
    coroutine.resume(inner) add(coroutine.status(inner)) coroutine.yield(2) coroutine.resume(inner) add(coroutine.status(inner), coroutine.resume(inner))`,
  "comparators, gsub callbacks and iterators": `
    add(pcall(table.sort, {3, 1, 2}, function(a, b) coroutine.yield() end)) coroutine.yield(1)
    local t = {4, 2, 3, 1} table.sort(t, function(a, b) return coroutine.wrap(function() coroutine.yield(a < b) end)() end) add(table.concat(t))
    add(pcall(string.gsub, "abc", "b", function(c) coroutine.yield(c) end)) coroutine.yield(2)
    add(string.gsub("abc", ".", function(c) local co = coroutine.wrap(function() coroutine.yield(c .. c) end) return co() end))
    for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do add(v, coroutine.yield("body")) end
    for i, w in function(_, c) coroutine.yield("iter") c = (c or 0) + 1 if c < 4 then return c, wait(c) end end do add(i, w) end
    for k, v in pairs(setmetatable({}, {__pairs = function(t) coroutine.yield("pairs") return next, {9}, nil end})) do add(k, v) end`,
  "coroutines in coroutines around waits": `
    local w = coroutine.wrap
    add(w(function() return w(function() local g = w(function() coroutine.yield(wait(1)) return wait(2) end) return g(), wait(3), g() end)() end)())
    local g = w(function() for i = 1, 3 do add(pcall(function() coroutine.yield(wait(i)) if i == 2 then error("two") end end)) end end)
    add(g(), g(), g(), g()) coroutine.yield(wait(4)) add(pcall(w(function() wait(5) error("after wait") end))) return wait(6)`,
  "metamethods and upvalues": `
    local u = 0
    local m = setmetatable({}, {__index = function(_, k) u = u + 1 return coroutine.yield(k) end, __newindex = function(_, k, v) coroutine.yield(k, v) end,
      __call = function(_, ...) u = u + coroutine.yield("call", ...) return wait(u), ... end, __concat = function(a, b) return (coroutine.yield("cat")) end,
      __lt = function() return coroutine.yield("lt") end, __eq = function() return coroutine.yield("eq") end, __len = function() return coroutine.yield("len") end})
    local o = setmetatable({}, getmetatable(m))
    add(m.x, m(1, nil), u) m.y = 2 add(m .. "a" .. m, m < o, m <= o, m == o, #m) return m(3)`,
  "deep recursion of calls from C, and yields after it": `
    local depth local m = setmetatable({}, {}) getmetatable(m).__index = function(t, k) return t[k + 1] end
    local function why(ok, e) return ok, (tostring(e):match("stack overflow")) end
    coroutine.yield(1) add(why(pcall(function() return m[1] end))) coroutine.yield(2)
    local function nest(n) return coroutine.wrap(function() coroutine.yield(n) end)(), coroutine.wrap(nest)(n + 1) end
    add(why(pcall(nest, 1))) add(coroutine.yield(3))
    local function deep(n) if n == 0 then return coroutine.yield("deep") end return 1 + deep(n - 1) end
    add(deep(150)) add(pcall(deep, 20)) add(coroutine.wrap(deep)(30))
    add((select(2, pcall(function() local function f() return 1 + f() end return f() end))):match("stack overflow")) return coroutine.yield(4)`,
};

/** Numbers below `n` from `seed`, the same on every run. */
function numbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
}

/** A program of nested coroutines, protected calls, callbacks and yields in all positions. */
function program(seed: number): string {
  const next = numbers(seed);
  let left = 30;
  const pick = <T>(items: readonly T[]): T => items[next(items.length)]!;
  const fail = () =>
    `if tick() % ${2 + next(4)} == 0 then ${pick([`error('e${next(9)}')`, "error({})", "local z = nil; z.x = 1", "error('plain', 0)"])} end`;
  /** `calm`: no scheduler can be reached, as inside a comparator, so it does not wait. */
  const yields = (calm: boolean) =>
    `${pick(["coroutine.yield", "coroutine.yield", calm ? "coroutine.yield" : "wait"])}(${next(90)})`;
  function leaf(calm: boolean): string {
    const y = () => yields(calm);
    return pick([
      () => `add(${y()})`,
      () => `add("two", ${y()}, ${y()})`,
      () => `local a, b, c = ${y()} add(a, b, c)`,
      () => `u = ${y()} add("u", u)`,
      () => `add(#{${y()}, ${y()}}, "s" .. tostring(${y()}))`,
      () => `if ${y()} == 1 then add("one") else add("other") end`,
      () => `do local function f(...) return coroutine.yield(...) end add(f(1, nil, ${y()})) end`,
      () => `add(select("#", ...), ...)`,
      () => `add(pcall(coroutine.yield, ${next(90)}))`,
      () => `add(coroutine.isyieldable(), coroutine.status((coroutine.running())))`,
      fail,
    ])();
  }
  function block(depth: number, calm: boolean): string {
    let text = "";
    for (let i = 1 + next(3); i > 0 && left > 0; i--) text += `${statement(depth, calm)}\n`;
    return text;
  }
  function statement(depth: number, calm: boolean): string {
    left--;
    if (depth === 0 || next(3) === 0) return leaf(calm);
    const inner = (quiet = calm) => block(depth - 1, quiet);
    const result = () => pick(["", `return ${yields(calm)}`, `return coroutine.yield(...)`, `return ${next(9)}, ...`]);
    return pick([
      () => `add("pcall", pcall(function(...) ${inner()} ${result()} end, ${next(9)}))`,
      () =>
        `add("xpcall", xpcall(function(...) ${inner()} ${result()} end, function(e) if handling then handling = false return "twice" end handling = true add("h", e) ${pick(["", "error('in handler')", "coroutine.yield()"])} handling = false return "handled" end))`,
      () =>
        `do local g = coroutine.wrap(function(...) ${inner()} ${result()} end) for i = 1, ${1 + next(4)} do add("wrap", pcall(g, i, nil)) end end`,
      () =>
        `do local co = coroutine.create(function(...) ${inner()} ${result()} end) for i = 1, ${1 + next(4)} do add(coroutine.status(co), coroutine.resume(co, i, ...)) end add(coroutine.status(co)) end`,
      () => `add("call", (function(...) ${inner()} ${result()} end)(${yields(calm)}, nil))`,
      () => `add("tail", (function(...) local function f(...) ${inner()} ${result()} end return f(...) end)(...))`,
      () =>
        `for v, w in function(_, c, ...) c = (c or 0) + 1 ${inner()} if c < 3 then return c, ${yields(calm)} end end do add("for", v, w) ${leaf(calm)} end`,
      () =>
        `for i = 1, 2 do local j = i fs[#fs + 1] = function() j = j + 1 return j end ${inner()} add("closure", fs[#fs]()) end`,
      () =>
        `do local m = setmetatable({}, {${pick(["__index", "__add", "__concat", "__call", "__lt", "__len", "__unm"])} = function(...) ${inner()} ${result()} end}) add("meta", pcall(function() return ${pick(["m.x", "m + 1", "m .. 'a'", "m(2)", "m < m", "#m", "-m"])} end)) end`,
      () => `add("sort", pcall(table.sort, {3, 1, 2}, function(a, b, ...) ${inner(true)} return a < b end))`,
      () => `add("gsub", pcall(string.gsub, "ab", ".", function(c, ...) ${inner(true)} return c .. c end))`,
    ])();
  }
  // An erring handler is called again for its own error, to a depth that depends on where the program runs: once is enough.
  let body = "local u, fs, handling = 0, {}, false\n";
  while (left > 0) body += `do ${statement(4, false)} end\n`;
  return driven(body);
}

const expectSame = (source: string, slices: readonly (number | undefined)[]) => {
  const expected = onStock(source);
  for (const slice of slices) expect(onOurs(source, slice), `slices of ${slice}`).toBe(expected);
};

describe("yields agree with the stock engine", () => {
  it.each(Object.keys(CASES))("on %s", (name) => {
    const source = driven(CASES[name]!);
    const long = name.startsWith("deep");
    expectSame(source, long ? [undefined, 997] : [undefined, ...Array.from({ length: 12 }, (_, i) => i + 1)]);
  });

  const first = Number(process.env.YIELD_SEED ?? 1);
  it.each(Array.from({ length: 20 }, (_, i) => first + i * 1000))("on random programs from seed %i", (seed) => {
    for (let i = 0; i < 10; i++) {
      const source = program(seed + i);
      const expected = onStock(source);
      for (const slice of [undefined, 1 + (i % 9), 13 + i]) {
        expect(onOurs(source, slice), `seed ${seed + i}, slices of ${slice}`).toBe(expected);
      }
    }
  });
});

/** What each resume of a chunk gives that calls host functions written against the bare engine. */
function rawRun(
  { lua, lauxlib, luaopen_base }: RawEngine,
  source: string,
  functions: (lua: Raw) => Readonly<Record<string, RawFunction>>,
): string[] {
  const L = lauxlib.luaL_newstate!() as RawState;
  lua.lua_atnativeerror!(L, (state: RawState) => {
    lua.lua_pushstring!(state, bytesOf((lua.lua_touserdata!(state, 1) as Error).message));
    return 1;
  });
  lauxlib.luaL_requiref!(L, bytesOf("_G"), luaopen_base, 1);
  for (const [name, body] of Object.entries(functions(lua))) {
    lua.lua_pushcfunction!(L, body);
    lua.lua_setglobal!(L, bytesOf(name));
  }
  const co = lua.lua_newthread!(L) as RawState;
  const bytes = bytesOf(source);
  expect(lauxlib.luaL_loadbufferx!(co, bytes, bytes.length, bytesOf("@raw.lua"), bytesOf("t"))).toBe(0);
  const trace: string[] = [];
  let status: unknown = 1;
  for (let count = 0; status === 1 && trace.length < 30; count = 1) {
    status = lua.lua_resume!(co, null, count);
    lua.lua_checkstack!(co, 5);
    const top = lua.lua_gettop!(co) as number;
    const texts = Array.from({ length: top }, (_, i) => {
      lauxlib.luaL_tolstring!(co, i + 1);
      const text = lua.lua_tojsstring!(co, -1);
      lua.lua_settop!(co, -2);
      return text;
    });
    trace.push(
      `${status}: ${(status === 2 ? texts.slice(-1) : texts).join(" ")}`
        .replace("JS-call", "C-call")
        .replace(/0x\w+/g, "0x"),
    );
    if (status === 1) lua.lua_settop!(co, -top - 1);
    lua.lua_pushstring!(co, bytesOf(`in${trace.length}`));
  }
  return trace;
}

const TIMES = 3;
const hostFunctions = (lua: Raw): Record<string, RawFunction> => {
  const again = (L: RawState, _status: unknown, n: number): unknown => {
    if (n === TIMES) return lua.lua_gettop!(L);
    lua.lua_pushnumber!(L, n + 0.5);
    return lua.lua_yieldk!(L, 1, n + 1, again);
  };
  const all = (L: RawState) => lua.lua_gettop!(L);
  return {
    yield: (L) => lua.lua_yield!(L, lua.lua_gettop!(L)),
    again: (L) => again(L, 0, 0),
    minus: () => -1,
    half: () => 0.5,
    nothing: () => undefined,
    call: (L) => {
      lua.lua_callk!(L, (lua.lua_gettop!(L) as number) - 1, -1, 0, all);
      return all(L);
    },
    protect: (L) => {
      lua.lua_pcallk!(L, (lua.lua_gettop!(L) as number) - 1, -1, 0, 0, all);
      return all(L);
    },
    /** As `call` and `protect`, but yields once more when the call has ended. */
    chain: (L) => {
      lua.lua_callk!(L, (lua.lua_gettop!(L) as number) - 1, -1, TIMES - 1, again);
      return again(L, 0, TIMES - 1);
    },
    guard: (L) => {
      lua.lua_pcallk!(L, (lua.lua_gettop!(L) as number) - 1, -1, 0, TIMES - 2, again);
      return again(L, 0, TIMES - 2);
    },
    without: (L) => {
      lua.lua_call!(L, (lua.lua_gettop!(L) as number) - 1, -1);
      return all(L);
    },
    /** Resumes a thread of its own to its end, then yields what that yielded, or answers -1. */
    nested: (L) => {
      const co = lua.lua_newthread!(L);
      lua.lua_pushvalue!(L, 1);
      lua.lua_xmove!(L, co, 1);
      let yields = 0;
      while (lua.lua_resume!(co, L, 0) === 1) {
        lua.lua_settop!(co, -(lua.lua_gettop!(co) as number) - 1);
        yields++;
      }
      if (yields === 2) return -1;
      lua.lua_pushinteger!(L, yields);
      return lua.lua_yieldk!(L, 1, TIMES, again);
    },
    /** Leaves a thread suspended, and then makes the mistake. */
    leave: (L) => {
      const co = lua.lua_newthread!(L);
      lua.lua_pushvalue!(L, 1);
      lua.lua_xmove!(L, co, 1);
      lua.lua_resume!(co, L, 0);
      return -1;
    },
  };
};

describe("host functions that yield agree with the stock engine", () => {
  it.each([
    "return yield(1, nil, 2), yield()",
    "local function f(...) return yield(...) end local a = f(1) return f(a, 2)",
    "return again(1)",
    "local a, b, c = again(1, 2) yield(a, b, c) return again()",
    "local t = {again(1)} return #t, pcall(again, 2)",
    "return call(yield, 1), call(again, 2), call(call, call, yield, 3)",
    "return protect(again, 1), protect(function(...) yield(...) error('e') end, 2), protect(error, 3)",
    "return call(pcall, function() yield(1) return call(function() yield(2) error('deep') end) end)",
    "return chain(yield, 1), chain(again, 2), chain(chain, chain, again, 3)",
    "local a = chain(yield, 1) yield(a) return chain(guard, chain, function() yield(2) error('x') end)",
    "return guard(again, 1), guard(error, 2), guard(function(...) yield(...) error('e') end, 3)",
    "return pcall(guard, function() chain(yield, 1) chain(pcall, guard, error, 'e') error('f') end)",
    "yield(1) return pcall(without, yield, 2)",
    "yield(1) return without(yield, 2)",
    "return nested(function() yield(1) end), nested(function() return again() end)",
    "return pcall(nested, function() yield(1) call(yield) end)",
    "return pcall(minus), pcall(half), pcall(nothing)",
    "yield(1) minus()",
    "yield(1) return minus()",
    "local t = setmetatable({}, {__index = minus, __call = again}) yield(t()) return t.x",
    "return pcall(function() yield(1) return leave(yield) end)",
    "again() return leave(again)",
    "for i in again, 1 do yield(i) if i == 'in9' then return again(i) end end",
    "for i = 1, 3 do pcall(function() yield(i) error('x') end) again(i) end return call(again, 9)",
  ])("in %s", (source) => {
    const [expected, actual] = ENGINES.map(([, engine]) => rawRun(engine, source, hostFunctions));
    expect(actual).toEqual(expected);
    if (/minus|leave/.test(source)) expect(actual!.join()).toContain("invalid return value from JS function");
  });

  it("returns where nothing lies between, and throws below a call from JavaScript", () => {
    const seen: unknown[] = [];
    const functions = (lua: Raw): Record<string, RawFunction> => ({
      ...hostFunctions(lua),
      yield: (L) => {
        try {
          const answer = lua.lua_yield!(L, 0);
          seen.push(answer);
          return answer;
        } catch (error) {
          seen.push("thrown");
          throw error;
        }
      },
    });
    rawRun(
      patched,
      "yield() pcall(yield) pcall(function() yield() yield() error() end) yield() return yield()",
      functions,
    );
    expect(seen).toEqual([-1, "thrown", "thrown", -1, -1, -1]);
  });

  it.each(ENGINES)("is refused outside of any coroutine (%s)", (_name, { lua, lauxlib }) => {
    const L = lauxlib.luaL_newstate!();
    lua.lua_pushcfunction!(L, (state: unknown) => lua.lua_yield!(state, 0));
    expect(lua.lua_pcall!(L, 0, 0, 0)).toBe(2);
    expect(lua.lua_tojsstring!(L, -1)).toBe("attempt to yield from outside a coroutine");
  });

  it("starts no thread at a depth at which it could be suspended", () => {
    const L = patched.lauxlib.luaL_newstate!() as RawState;
    expect([L.baseCcalls, (patched.lua.lua_newthread!(L) as RawState).baseCcalls]).toEqual([-1, -1]);
  });
});

describe("a thread that was suspended without an exception", () => {
  const PLACES = {
    "a plain call": "local a = 1 wait(1) return 'end'",
    "a tail call": "return wait(1)",
    "a coroutine": "return coroutine.wrap(function() wait(1) return 'end' end)()",
    "a resumed pcall": "return pcall(function() wait(0) wait(1) error('late') end)",
  };

  it.each(Object.entries(PLACES))("can be closed in %s", (_name, source) => {
    const world = openWorld({ functions: { wait } });
    const thread = world.thread(source);
    let outcome = thread.resume();
    while (outcome.kind === "wait" && outcome.request === 0) outcome = thread.resume();
    expect(outcome).toEqual({ kind: "wait", request: 1 });
    expect(thread.traceback()).toContain("[C]: in ");
    thread.close();
    expect(thread.status).toBe("closed");
    expect(() => thread.resume()).toThrow("closed");
    expect(valuesOf(world, world.thread("return 1 + 1").resume())).toEqual([2]);
  });

  it.each(Object.entries(PLACES))("takes an error and a kill in %s", (_name, source) => {
    for (const kill of [false, true]) {
      const world = openWorld({ functions: { wait }, limits: { budgetInstructions: 5_000 } });
      const thread = world.thread(
        `${kill ? "local w = wait local function wait(n) local v = w(n) while n == 1 do end return v end " : ""}${source}`,
      );
      let outcome = thread.resume();
      while (outcome.kind === "wait" && outcome.request === 0) outcome = thread.resume();
      outcome = kill ? thread.resume() : thread.resumeWithError("thrown in");
      world.engine.beginTurn();
      if (kill) expect(outcome.kind).toBe("killed");
      else if (outcome.kind === "error") expect(outcome.message).toContain("thrown in");
      else expect(valuesOf(world, outcome)).toEqual([false, "thrown in"]);
      expect(
        valuesOf(world, world.thread("return coroutine.wrap(function() coroutine.yield(3) end)()").resume()),
      ).toEqual([3]);
    }
  });
});
