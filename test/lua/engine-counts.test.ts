/** What programs cost in instructions: budgets and recorded histories depend on these numbers, so making the engine faster must not change them. */

import { describe, expect, it } from "vitest";
import { openWorld } from "./engine-support.js";

/** A program and its instructions, as first recorded. */
const PROGRAMS: readonly (readonly [string, number, string])[] = [
  ["a loop", 3374, "local s = 0 for i = 1, 1000 do s = s + i % 7 end return s"],
  [
    "recursion",
    11219,
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(15)",
  ],
  ["tail calls", 2374, "local function f(n) if n > 0 then return f(n - 1) end return 'end' end return f(500)"],
  [
    "tables by integer",
    1188,
    "local t = {} for i = 1, 300 do t[i] = i end for i = 1, 300, 3 do t[i] = nil end return #t",
  ],
  [
    "tables by string",
    1788,
    "local t = {} for i = 1, 200 do t['k' .. i] = i end local n = 0 for _ in pairs(t) do n = n + 1 end return n",
  ],
  [
    "append and remove",
    2590,
    "local t = {} for i = 1, 200 do t[#t + 1] = i end while #t > 0 do table.remove(t) end table.insert(t, 1) return #t",
  ],
  [
    "insert and remove at the front",
    4028,
    "local t = {} for i = 1, 40 do table.insert(t, 1, i) end for _ = 1, 40 do table.remove(t, 1) end return #t",
  ],
  [
    "long keys",
    16819,
    "local t, k = {}, ('k'):rep(1000) for i = 1, 30 do t[k .. i] = i end for i = 1, 30 do t[k .. i] = t[k .. i] end return rawget(t, k)",
  ],
  [
    "keys of 64 and 65 bytes",
    1383,
    "local a, b = ('a'):rep(64), ('b'):rep(65) local t = {[a] = 1, [b] = 2} for _ = 1, 50 do t[a] = t[b] t[b] = t[a] end",
  ],
  [
    "long strings",
    3470,
    "local a, b = ('x'):rep(500) .. 'a', ('x'):rep(500) .. 'b' local n = 0 for _ = 1, 20 do if a < b and a ~= b and a <= b then n = n + 1 end end return n",
  ],
  [
    "building strings",
    2083,
    "local s = '' for i = 1, 100 do s = s .. i .. ', ' end return #s, s:upper():lower():reverse():len()",
  ],
  [
    "concat and format",
    1562,
    "local t = {} for i = 1, 100 do t[i] = string.format('%5d %s %q', i, 'v', 'q') end return #table.concat(t, '\\n')",
  ],
  [
    "patterns",
    1692,
    "local n = 0 for w in ('the quick brown fox '):rep(20):gmatch('%a+') do n = n + #w end return (('a,b'):rep(50):gsub('[%w]+', '%0%0')), n",
  ],
  [
    "sorting",
    8190,
    "local t = {} for i = 1, 100 do t[i] = (i * 7919) % 101 end table.sort(t) table.sort(t, function(a, b) return a > b end) return t[1]",
  ],
  [
    "closures",
    1188,
    "local fs = {} for i = 1, 50 do local j = i fs[i] = function() j = j + 1 return i + j end end local s = 0 for _, f in ipairs(fs) do s = s + f() end return s",
  ],
  [
    "methods and metamethods",
    1601,
    "local P = {} P.__index = P P.__add = function(a, b) return a.v + b.v end function P:get() return self.v end local p = setmetatable({v = 2}, P) local s = 0 for _ = 1, 100 do s = s + p:get() + (p + p) end return s",
  ],
  [
    "variable arguments",
    1796,
    "local function f(...) return select('#', ...), ... end local n = 0 for _ = 1, 50 do n = n + select('#', f(1, 2, nil, f(3))) end return n, table.unpack({1, 2, 3})",
  ],
  [
    "many variable arguments",
    1352,
    "local function f(...) return ... end local t = {} for i = 1, 200 do t[i] = i end return select('#', f(f(f(table.unpack(t)))))",
  ],
  [
    "coroutines",
    1540,
    "local co = coroutine.wrap(function(a) while true do a = coroutine.yield(a + 1) end end) local v = 0 for _ = 1, 100 do v = co(v) end return v",
  ],
  [
    "coroutines across pcall",
    3014,
    "local n = 0 for _ = 1, 30 do local co = coroutine.create(function() pcall(function() coroutine.yield() error('x') end) end) coroutine.resume(co) coroutine.resume(co) n = n + 1 end return n",
  ],
  [
    "errors",
    21774,
    "local n = 0 for i = 1, 50 do if not pcall(error, {i}) then n = n + 1 end xpcall(function() local x = nil; x.y = 1 end, function(m) n = n + #m end) end return n",
  ],
  [
    "errors from a depth",
    4736,
    "local function deep(n) if n == 0 then error('deep') end return (pcall(deep, n - 1)) and 1 end return pcall(deep, 20)",
  ],
  [
    "endless recursion",
    300426,
    "local function f(n) return 1 + f(n + 1) end return coroutine.resume(coroutine.create(f), 1)",
  ],
  [
    "numbers",
    1581,
    "local s = 0 for i = 1, 100 do s = s + (i // 3) * 2 ^ 0.5 - i / 7 + (i & 5) + (i << 2) end for x = 1, 2, 0.01 do s = s - x end return s, 2^53 + 1",
  ],
  [
    "pairs with changes",
    990,
    "local t = {} for i = 1, 60 do t[i] = i t['s' .. i] = i end for k in pairs(t) do t[k] = nil end return next(t)",
  ],
  [
    "endless recursion in pairs and ipairs",
    772539,
    "local t = {1, 2, x = 3} local function f(step) for k, v in step(t) do f(step) end end local function try(step) return coroutine.resume(coroutine.create(f), step) end return try(pairs), try(ipairs), try(function() return next, t end)",
  ],
  [
    "walks over long keys",
    38928,
    "local t = {} for i = 1, 20 do t[('k'):rep(100 * i)] = i end local n = 0 for _ = 1, 5 do for k, v in pairs(t) do n = n + v end for k in next, t do n = n + 1 end end return n",
  ],
];

describe("the cost of a program in instructions", () => {
  it.each(PROGRAMS)("%s", (_name, instructions, source) => {
    for (const sliceInstructions of [undefined, 50]) {
      const world = openWorld({ limits: { sliceInstructions } });
      const thread = world.thread(source);
      let outcome = thread.resume();
      while (outcome.kind === "preempted") outcome = thread.resume();
      expect([outcome.kind, world.engine.turnInstructions]).toEqual(["done", instructions]);
    }
  });
});
