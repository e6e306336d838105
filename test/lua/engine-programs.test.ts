/** Random programs, and cases about the stack: ours does with them what the stock engine does, however often it is pre-empted. */

import { describe, expect, it } from "vitest";
import { forSeeds, Random } from "../support/random.js";
import { onOurs, onStock } from "./engine-pair.js";
import { randomProgram } from "./engine-programs.js";

const SHOW =
  "local log = {} local function show(v) return type(v) == 'table' and 'table' or tostring(v) end local function add(...) local line = {} for i = 1, select('#', ...) do line[i] = show((select(i, ...))) end log[#log + 1] = table.concat(line, ' ') end local function list(...) local t = {} for i = 1, select('#', ...) do t[i] = (select(i, ...)) end return t end";

const many = (n: number, name: (i: number) => string) => Array.from({ length: n }, (_, i) => name(i)).join(", ");

const CASES: Readonly<Record<string, string>> = {
  "arguments and results that are missing are nil, whatever was there before": `
    local function fill(a, b, c, d, e, f) local g, h, i, j = a, b, c, d return g, h, i, j, e, f end
    local function few(a, b, c) local d, e return a, b, c, d, e end
    for n = 0, 3 do fill(1, 2, 3, 4, 5, 6) add(few(table.unpack({7, 8, 9}, 1, n))) local a, b, c, d, e, f, g = few(n) add(a, b, c, d, e, f, g) end
    fill(1, 2, 3, 4, 5, 6) add((few())) add(select("#", few())) local t = {few(1)} add(#t, t[1], t[2])`,
  "as many locals and upvalues as there may be": `
    local ${many(150, (i) => `a${i}`)} = ${many(150, (i) => `${i}`)}
    local function sum() return ${Array.from({ length: 50 }, (_, i) => `a${i * 3}`).join(" + ")} end
    a3 = 1000 add(sum()) a0, a149 = a149, a0 add(a0, a149) local function f(...) local ${many(40, (i) => `b${i}`)} = ... return b39, b0, ... end
    add(select("#", f(table.unpack({}, 1, 60)))) add((f(table.unpack({1}, 1, 40))))`,
  "lists of every length": `
    local function pass(...) return ... end local function count(...) return select("#", ...) end
    local t = {} for i = 1, 300 do t[i] = i end
    for _, n in ipairs{0, 1, 2, 18, 19, 20, 21, 38, 39, 40, 41, 80, 240, 254, 255, 256, 300} do
      add(n, count(pass(table.unpack(t, 1, n))), (select(n + 1, 0, table.unpack(t, 1, n + 1))), #{pass(table.unpack(t, 1, n))}, count(pcall(pass, table.unpack(t, 1, n))))
      local co = coroutine.wrap(function(...) return pass(coroutine.yield(...)) end) add(count(co(table.unpack(t, 1, n))), count(co(table.unpack(t, 1, n))))
    end
    add(count(string.byte(("x"):rep(300), 1, -1)), #string.char(table.unpack(t, 1, 200)), count(table.unpack(t, 1, 300)))`,
  "recursion, and what comes after it": `
    local function depth(n) local a, b, c = n, n + 1, n + 2 if n == 0 then return 0 end local r = depth(n - 1) return r + (b - a) + (c - b) - 1 end
    add(depth(3000)) add(depth(10)) local function tail(n, acc) if n == 0 then return acc end return tail(n - 1, acc + 1) end add(tail(20000, 0))
    local function fail(n) local x = {n} if n == 0 then error("deep", 0) end return fail(n - 1) + #x end
    for _ = 1, 3 do add(pcall(fail, 1000)) add(depth(100)) end
    local function endless(n) return endless(n + 1) + 1 end local ok, m = pcall(endless, 1) add(ok, (m:match("stack overflow"))) add(depth(50))
    local ok2, m2 = pcall(coroutine.wrap(function() return endless(1) end)) add(ok2, (m2:match("stack overflow"))) add(depth(5))
    local mt = {} mt.__index = function(t, k) return t[k + 1] end local ok3, m3 = pcall(function() return setmetatable({}, mt)[1] end) add(ok3, (m3:match("stack overflow")))`,
  "closures close what they have, however their block is left": `
    local out = {} local function keep(f) out[#out + 1] = f end
    for i = 1, 3 do local x = i keep(function() x = x + 1 return x end) if i == 2 then break end end
    local i = 0 while true do i = i + 1 local y = i * 10 keep(function() y = y + 1 return y end) if i == 3 then break end end
    do local z = 5 keep(function() z = z + 1 return z end) goto out end ::out::
    local function early(a, ...) local b = {...} keep(function() a = a + 1 b[1] = (b[1] or 0) + 1 return a, b[1] end) if a > 1 then return a, b end return function() return a end end
    early(1, 2) early(5) pcall(function() local e = 1 keep(function() e = e + 1 return e end) error("x") end)
    local co = coroutine.wrap(function(v) local w = v keep(function() w = w + 1 return w end) w = w + coroutine.yield(w) return w end) add(co(1)) 
    for round = 1, 2 do for n = 1, #out do add(n, out[n]()) end end add(co(100)) add(out[#out]())
    local function tail(n) local t = n keep(function() return t end) if n > 0 then return tail(n - 1) end return 0 end tail(3) for n = #out - 3, #out do add(out[n]()) end
    local a, b = (function() local s = 0 return function() s = s + 1 return s end, function() return s end end)() a() a() add(b())`,
  "errors while values wait on the stack": `
    local function bad() error({}) end
    add(pcall(function() return 1, 2, bad(), 3 end)) add(pcall(function() local t = {1, 2, bad()} end)) add(pcall(function() return "a" .. "b" .. bad() end))
    add(pcall(function() return (nil)() end)) add(pcall(function(...) return select(-5, ...) end, 1)) add(pcall(function() local a = 1 return a.b.c end))
    add(select("#", pcall(error))) add(pcall(pcall, error, 1)) add(xpcall(function() return bad() + 1 end, function(e) return type(e), "extra" end))
    add(xpcall(bad, function() error("again") end) == false) add(pcall(string.rep, "x", -1)) add(pcall(next, {}, 1)) add(pcall(coroutine.wrap(function() coroutine.yield() end)))
    local co = coroutine.create(function() local ok, e = pcall(function() coroutine.yield(1) error("in") end) coroutine.yield(ok, e) error("out") end)
    for _ = 1, 5 do add(coroutine.resume(co)) end add(coroutine.status(co)) add(coroutine.resume(co, 1, 2, 3))`,
  "iteration by anything": `
    local t = {1, 2, 3, x = 4, [2.5] = 5} local seen = {} for k in pairs(t) do seen[#seen + 1] = tostring(k) end table.sort(seen) add(table.concat(seen, ","))
    for i, v in ipairs(setmetatable({1}, {__index = function(_, i) if i < 4 then return i * 2 end end})) do add(i, v) end
    for a, b, c, d in (function() local n = 0 return function(s, c) n = n + 1 if n < 3 then return n, s, c end end end)(), "state", 0 do add(a, b, c, d) end
    for k, v in next, list(10, 20) do add(k, v) end for k, v in next, list(10, 20), 1 do add(k, v) end for k in pairs({}) do add("never", k) end
    add(pcall(function() for k in pairs(nil) do end end)) add(pcall(function() for k in next, 5 do end end)) add(pcall(function() for k in {} do end end)) add(pcall(function() for i in ipairs() do end end))
    add(pcall(function() for k in next, {1}, "no" do end end)) add(pcall(function() for k in next, {1}, 0/0 do end end)) add(pcall(function() for i, v in select(1, ipairs({1})), nil, 0 do end end))
    for k, v in pairs(list(1, 2, 3)) do local f = function() k = k .. "!" return k, v end add(f()) add(f()) end
    for i, v in ipairs({5, 6}) do i = i + 10 v = nil add(i, v) end local co = coroutine.wrap(function() for k, v in pairs(list(7, 8)) do coroutine.yield(k, v) end end) add(co()) add(co())`,
};

/** What our engine is meant to do in another way, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  "constructors fill from the front, so that pairs walks them as written":
    "local s = '' for k in pairs({1, 2, 3}) do s = s .. k end return s",
  "two closures are two values, whoever else has run their prototype":
    "local function f() return function() end end return tostring(f() == f())",
  "integers do not wrap at 32 bits": "return tostring(2147483647 + 1)",
  "strings compare by their bytes": 'return tostring("\\n" < "a")',
  "strings of different bytes are different keys": 'local t = {["\\1\\17"] = 1} return tostring(t["\\17\\1"])',
  "addresses are counted for each process": "return tostring({}):match('%x+$')",
};

describe("our engine does what the stock engine does", () => {
  it.each(Object.entries(CASES))("with %s", (_name, body) => {
    const source = `${SHOW}\n${body}\nreturn table.concat(log, "\\n")`;
    const expected = onStock(source);
    expect(expected).not.toMatch(/^error/);
    for (const slice of [undefined, 1, 7]) expect(onOurs(source, slice)).toBe(expected);
  });

  it("with random programs", () => {
    forSeeds(150, (seed) => {
      const source = randomProgram(new Random(seed));
      const expected = onStock(source);
      for (const slice of [undefined, 1 + (seed % 40)])
        if (onOurs(source, slice) !== expected) throw new Error(`slices of ${slice}:\n${source}`);
    });
  });

  it.each(Object.entries(DIFFERENCES))("but on purpose: %s", (_name, source) => {
    expect(onOurs(source)).not.toBe(onStock(source));
  });
});
