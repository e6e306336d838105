import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { openWorld, valuesOf } from "./engine-support.js";

// The stock engine, as it comes from its package, is the oracle wherever we did not mean to differ.
interface StockFengari {
  readonly lua: Record<string, (...values: unknown[]) => unknown>;
  readonly lauxlib: Record<string, (...values: unknown[]) => unknown>;
  readonly lualib: Record<string, (...values: unknown[]) => unknown>;
  to_luastring(text: string): Uint8Array;
}
const stock = createRequire(import.meta.url)("fengari") as StockFengari;

function runStock(source: string): string {
  const { lua, lauxlib, lualib } = stock;
  const L = lauxlib.luaL_newstate!();
  lualib.luaL_openlibs!(L);
  const bytes = stock.to_luastring(source);
  const failed =
    lauxlib.luaL_loadbuffer!(L, bytes, bytes.length, stock.to_luastring("@test.lua")) || lua.lua_pcall!(L, 0, 1, 0);
  return `${failed ? "error: " : ""}${lua.lua_tojsstring!(L, -1)}`;
}

function runOurs(source: string, sliceInstructions: number | undefined): string {
  const world = openWorld({ limits: { sliceInstructions } });
  const thread = world.thread(source);
  let outcome = thread.resume();
  while (outcome.kind === "preempted") outcome = thread.resume();
  return outcome.kind === "error" ? `error: ${outcome.message}` : String(valuesOf(world, outcome)[0]);
}

/** Each chunk fills `log`, which is the result. */
const CORPUS: Readonly<Record<string, string>> = {
  "yield across pcall": `
    local co = coroutine.wrap(function()
      local ok, e = pcall(function() coroutine.yield(1) error("x") end)
      coroutine.yield(tostring(ok) .. e)
      return pcall(function() return coroutine.yield(2) end)
    end)
    add(co(), co(), co(), co("back"))`,
  "yield across xpcall with a handler": `
    local co = coroutine.wrap(function()
      return xpcall(function() coroutine.yield("in") error({code = 7}) end, function(e) return e.code end)
    end)
    add(co(), co())`,
  "errors in coroutines": `
    local co = coroutine.create(function() coroutine.yield() error("late") end)
    add(coroutine.resume(co)) add(coroutine.status(co))
    add(coroutine.resume(co)) add(coroutine.status(co))
    add(coroutine.resume(co))
    add(pcall(coroutine.wrap(function() error("w") end)))
    add(pcall(coroutine.wrap(function() error({}) end)) == false)`,
  "statuses and running": `
    local outer
    outer = coroutine.create(function()
      local inner = coroutine.create(function() add(coroutine.status(outer)) coroutine.yield() end)
      coroutine.resume(inner)
      add(coroutine.status(inner), coroutine.status(outer))
    end)
    add(coroutine.status(outer)) coroutine.resume(outer) add(coroutine.status(outer))
    add(coroutine.resume(coroutine.create(function() return coroutine.resume(outer) end)))`,
  "producers and consumers": `
    local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
    local function filter(p, g) return coroutine.wrap(function() for x in g do if x % p ~= 0 then coroutine.yield(x) end end end) end
    local g = coroutine.wrap(function() for i = 2, 60 do coroutine.yield(i) end end)
    for _ = 1, 12 do local n = g() add(n) g = filter(n, g) end`,
  "yield in metamethods": `
    local mt = {}
    for _, op in ipairs({"add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat", "len"}) do
      mt["__" .. op] = function() return coroutine.yield(op) end
    end
    mt.__eq = function() return coroutine.yield("eq") end
    mt.__lt = function() return coroutine.yield("lt") end
    mt.__le = function() return coroutine.yield("le") end
    mt.__index = function(_, k) return coroutine.yield("index" .. k) end
    mt.__newindex = function(_, k, v) coroutine.yield("newindex" .. k .. v) end
    mt.__call = function(_, a) return coroutine.yield("call" .. a) end
    local a, b = setmetatable({}, mt), setmetatable({}, mt)
    local co = coroutine.wrap(function()
      local r = {a + b, a - 1, 2 * b, a / b, a % b, a ^ b, -a, a // b, a & b, a | b, a ~ b, a << b, a >> b, ~a, a .. "s", "s" .. a .. "t", #a}
      a.field = 5
      local c = {a == b, a < b, a <= b, a > b, a ~= b, not (a < b), a.x, a(9)}
      for i = 1, #r do r[i] = tostring(r[i]) end
      for i = 1, 8 do c[i] = tostring(c[i]) end
      return "done " .. table.concat(r, ",") .. table.concat(c, ",")
    end)
    local v = co()
    for i = 1, 40 do add(v) if v:sub(1, 4) == "done" then break end v = co(i) end`,
  "__le by __lt": `
    local mt = {__lt = function(x, y) coroutine.yield("lt") return x.v < y.v end}
    local function new(v) return setmetatable({v = v}, mt) end
    local co = coroutine.wrap(function() return tostring(new(1) <= new(2)) .. tostring(new(2) <= new(1)) .. tostring(new(1) <= new(1)) end)
    add(co(), co(), co(), co())`,
  "sort and gsub with callbacks that fail or yield": `
    add(pcall(table.sort, {3, 1, 2}, function() error("cmp") end))
    add(pcall(string.gsub, "abc", ".", function(c) if c == "b" then error("at b") end end))
    add(string.gsub("hello world", "o", {o = "0"})) add(string.gsub("abc", "%w", "%0%0")) add(string.gsub("abc", "", "-"))
    add(pcall(table.sort, {1, "x"}))
    local t = {} for i = 1, 50 do t[i] = (i * 7919) % 101 end
    table.sort(t) add(table.concat(t, " ")) table.sort(t, function(a, b) return a > b end) add(table.concat(t, " "))`,
  patterns: `
    add(("key = value"):match("^(%w+)%s*=%s*(%w+)$")) add(("[[x]]"):find("[[]")) add(("f(a(b)c)d"):match("%b()"))
    add(("THE (quick) fox"):find("%((%a+)%)")) add(("x^2"):gsub("%^", "**")) add(("hello"):find("l", 1, true)) add(("a.b"):find(".", 2, true))
    for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do add(k, v) end
    add(("THE END"):gsub("%f[%w]%w+", string.lower)) add(("abc"):match("()b()")) add(("aaa"):match("a-$"), ("aaab"):match("a+b"))
    add(pcall(string.find, "a", "[a")) add(pcall(string.find, "a", "%")) add(pcall(string.rep)) add(("x"):rep(0), ("x"):rep(-1))`,
  "closures and upvalues": `
    local fs = {}
    for i = 1, 3 do local j = i fs[i] = function() j = j + 1 return i * 10 + j end end
    add(fs[1](), fs[1](), fs[2](), fs[3]())
    local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
    local inc, get = counter() inc() inc() add(get())
    do local t = {} for i = 1, 2 do local x t[i] = function(v) x = v or x return x end end t[1](5) add(t[1](), tostring(t[2]())) end`,
  "goto, loops and varargs": `
    for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end add(i .. j) ::continue:: end end
    local function va(...) local a, b = ... return select("#", ...), a, b, ... end
    add(va()) add(va(1, nil)) add((va(1, 2, 3)))
    local i = 0 repeat local done = i >= 2 i = i + 1 until done add(i) while i > 0 do i = i - 1 if i == 1 then break end end add(i)
    add(table.unpack({1, 2, 3}, 2)) add(table.unpack({}, 1, 3)) add(select(-1, "a", "b")) add(#table.pack(1, nil, 3), table.pack(1, nil).n)`,
  "error values and messages": `
    add(pcall(error)) add(pcall(error, "m", 0)) add(pcall(error, "m", 2)) add(select(2, pcall(error, setmetatable({}, {__tostring = function() return "T" end}))) ~= nil)
    add(pcall(function() local x = nil; x.y = 1 end)) add(pcall(function() undefinedglobal() end)) add(pcall(function() return {} + 1 end))
    add(pcall(function() return "a" < 1 end)) add(pcall(function() return {} < {} end)) add(pcall(function() return #5 end)) add(pcall(function() return ("x")() end))
    add(pcall(function() local t = {} t[nil] = 1 end)) add(pcall(function() local t = {} t[0/0] = 1 end)) add(pcall(next, {}, "nope"))
    add(pcall(setmetatable, 1, {})) add(pcall(ipairs)) add(pcall(string.rep, {})) add(pcall(("x").bad)) add(pcall(tonumber, "z", 99))
    add(pcall(setmetatable, setmetatable({}, {__metatable = 1}), {})) add(getmetatable(setmetatable({}, {__metatable = "locked"})))
    add(select(2, xpcall(function() error("deep") end, function(m) return "handled " .. m end)))
    add(pcall(pcall)) add(pcall(assert, false)) add(pcall(assert, nil, "why")) add(pcall(assert, false, {1}) == false) add(assert(1, 2, 3))`,
  tables: `
    local t = {10, 20, 30, nil} add(#t) table.insert(t, 40) table.insert(t, 1, 5) add(table.concat(t, ",")) add(table.remove(t), table.remove(t, 1), table.concat(t, ","))
    add(table.concat(table.move({1, 2, 3}, 2, 3, 1), ",")) add(table.concat({}, ","), table.concat({1, 2, 3}, "-", 2, 3)) add(pcall(table.insert, {1}, 5, 2)) add(pcall(table.concat, {{}}))
    local keys = {} for k in pairs({a = 1, b = 2, c = 3}) do keys[#keys + 1] = k end add(table.concat(keys))
    local p = setmetatable({}, {__pairs = function() return function(_, k) if not k then return 1, "one" end end, nil, nil end}) for k, v in pairs(p) do add(k, v) end
    local d = {} for i = 1, 10 do d[i] = i end for k in pairs(d) do d[k] = nil end add(next(d) == nil) add(rawequal(d, d), rawget(setmetatable({}, {__index = {x = 1}}), "x") == nil)`,
  strings: `
    add(("abc"):byte(1, -1)) add(("hello"):sub(-3, -2), ("x"):sub(5), ("hello"):sub(2)) add(("AbC"):lower(), ("AbC"):upper(), ("abc"):reverse(), ("abc"):len()) add(string.char(72, 105))
    add(tostring(nil), tostring(true), tostring("s")) add("10" + 0 == 10, "a" .. 1 .. 2) add("a" < "b", "a" < "B", "" < "a", "a" <= "a") add(("%5s|%-5s|%05d|%x|%q"):format("ab", "cd", 42, 255, "q"))
    add(pcall(string.format, "%d", "x")) add(pcall(string.format, "%d", 1.5)) add(pcall(string.format, "%y", 1)) add(pcall(string.format, "%d")) add(tostring(1e15 == 10^15), 7 // 2, 7 % 3, 2^2 == 4)
    add(math.floor(3.7), math.ceil(3.2), math.max(1, 5, 3), math.min(2, 0), math.abs(-3), math.type(1), math.type(1.5), math.type("1") == nil, math.ult(1, -1))
    add(("\\u{48}\\x49\\z
         \\065\\n"), [[long
string]], [==[a]]b]==])`,
};

const PRELUDE = `
local log = {}
local function add(...) local line = {} for i = 1, select("#", ...) do line[i] = tostring((select(i, ...))) end log[#log + 1] = table.concat(line, " ") end
`;

describe("the patched engine agrees with the stock one", () => {
  it.each(Object.keys(CORPUS))("on %s", (name) => {
    // The stock engine runs it inside a coroutine, as ours always does.
    const body = `${PRELUDE}${CORPUS[name]}\nreturn table.concat(log, "\\n")`;
    // Differences of wording only: the pinned engine says JS where Lua says C.
    const expected = runStock(`return coroutine.wrap(function(...) ${body} end)()`).replaceAll("JS-call", "C-call");
    for (const slice of [undefined, 1, 7]) expect(runOurs(body, slice)).toBe(expected);
  });
});
