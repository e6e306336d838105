/** Functions, loops, goto, errors and coroutines, as lua5.3 runs them. */
import { type Case, differs, same } from "./compare.js";

export const control: readonly Case[] = [
  ...same(`
    ..., select("#", ...), (...)
    local a, b, c = ... return c, b, a
    local function f() return 1, 2, 3 end return f(), f(), (f())
    local function f() return 1, 2, 3 end local t = { f(), x = f(), f() } return #t, t.x
    local function f(...) return ... end return f(), f(nil), f(1, nil), (f(1, 2))
    local function f(a, b, ...) return b, a, ... end return f(1, 2, 3, 4)
    local function f(n) if n == 0 then return "done" end return f(n - 1) end return f(10000)
    local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(15)
    local function counter() local n = 0 return function() n = n + 1 return n end end local a, b = counter(), counter() return a(), a(), b(), a()
    local fs = {} for i = 1, 3 do fs[i] = function() i = i + 10 return i end end return fs[1](), fs[1](), fs[2](), fs[3]()
    local x = 1 do local x = 2 end return x
    local x = x return x
    local function f() return g end local g = 5 return f()
    local f f = function(n) return n <= 1 and 1 or n * f(n - 1) end return f(20)
    and_ == nil, nil and 1, false or "x", nil or false, 1 and 2, not 0, not nil, 1 or error("never")
    local t = {} for i = 1, 3 do t[#t + 1] = i end for i = 3, 1, -1 do t[#t + 1] = i end for i = 1, 0 do t[#t + 1] = "never" end return table.concat(t, ",")
    local t = {} for i = 1.0, 3 do t[#t + 1] = i end return #t, t[1] == 1
    local n = 0 for i = 0.1, 1, 0.1 do n = n + 1 end return n
    local n = 0 for i = 2147483646, 2147483648 do n = n + 1 end return n
    local s = 0 for i = 2147483640, 2147483660, 5 do s = s + i end return s
    local n = 0 for i = -2147483647, -2147483650, -1 do n = n + 1 end return n
    local n = 0 for i = 1, math.huge do n = n + 1 if n == 10 then break end end return n
    local n = 0 for i = 1, -math.huge, -1 do n = n + 1 if n == 10 then break end end return n
    local t = {} for i = 3, 1 do t[1] = i end for i = 1, 3.9 do t[#t + 1] = i end return table.concat(t, ",")
    local t = {} for i = 9007199254740989, 9007199254740991 do t[#t + 1] = i end return #t, t[3]
    for i = 1, 2, 0 do break end
    for i = "a", 2 do end
    for i = 1, {} do end
    for i = 1, 2, "x" do end
    for i = 1, 3 do local i = i * 2 end
    local t = {} for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end t[#t + 1] = i .. j ::continue:: end end return table.concat(t, ",")
    do local i = 1 ::top:: if i < 5 then i = i + 1 goto top end return i end
    local t = {} do local k = 0 ::again:: local x = k t[#t + 1] = function() return x end k = k + 1 if k < 3 then goto again end end return t[1](), t[2](), t[3]()
    local n = 0 while true do n = n + 1 if n > 5 then break end end return n
    local n = 0 repeat local done = n >= 3 n = n + 1 until done return n
    if nil then return 1 elseif 0 then return 2 else return 3 end
    if false then return 1 elseif nil then return 2 else return 3 end
    pcall(error, "x"), pcall(error), pcall(error, nil), pcall(error, { 1 }) == false
    pcall(error, "x", 0), pcall(error, "x", 1), pcall(error, "x", 2)
    pcall(function() error("x") end)
    pcall(function() error("x", 2) end)
    pcall(function() local function f() error("x", 2) end f() end)
    pcall(function() local function f() error("x", 3) end f() end)
    pcall(function() error({ code = 5 }) end)
    local ok, e = pcall(function() error({ code = 5 }) end) return ok, type(e), e.code
    local ok, e = pcall(function() error(setmetatable({}, { __tostring = function() return "E" end })) end) return ok, tostring(e)
    pcall(function() error() end)
    pcall(function() return 1, 2, 3 end)
    pcall(pcall, error, "x")
    pcall()
    pcall(nil)
    pcall(5)
    error("at top")
    error("at top", 0)
    error({})
    error(nil)
    error(true)
    error(12)
    error("x" .. 1)
    assert(false)
    assert(nil, "message")
    assert(false, { 1 })
    assert(1, 2, 3)
    assert()
    assert(nil, 5)
    select(2, pcall(assert, false))
    xpcall(function() error("x") end, function(m) return "handled: " .. m end)
    xpcall(function(...) return ... end, print, 1, 2)
    xpcall(function() local x = nil x() end, function(m) return m end)
    xpcall(error, function(m) return type(m) end)
    xpcall(function() error("a") end, function() error("b") end)
    xpcall(5, function(m) return m end)
    xpcall(print)
    xpcall()
    local ok, e = xpcall(function() error("a") end, function(m) return { m } end) return ok, e[1]
    pcall(function() local t = nil t.x.y = 1 end)
    pcall(function() local t = {} t.x.y = 1 end)
    pcall(function() local t = {} t.x() end)
    pcall(function() local t = {} t:x() end)
    pcall(function() local s = "x" s:nope() end)
    pcall(function() string.nope() end)
    pcall(function() nope() end)
    pcall(function() nope.x = 1 end)
    pcall(function() local a = 1 a() end)
    pcall(function() local a = {} a[1][2] = 3 end)
    pcall(function() local a = {} return a.b.c.d end)
    pcall(function() return 1 + nil end)
    pcall(function() local a, b = 1, {} return a + b end)
    pcall(function() local a = "x" return a + 1 end)
    pcall(function() local a = {} return a .. "x" end)
    pcall(function() local a = {} return "x" .. a.b end)
    pcall(function() local a = {} return a < 1 end)
    pcall(function() local a, b = {}, {} return a < b end)
    pcall(function() return 2 ^ {} end)
    pcall(function() return #nope end)
    pcall(function() return -nope end)
    pcall(function() local up = nil return (function() return up.x end)() end)
    pcall(function() local up = nil return (function() return up() end)() end)
    pcall(function() return (1)() end)
    pcall(function() return ({})() end)
    pcall(function() return ("x").y.z end)
    pcall(string.rep)
    pcall(string.rep, "x")
    pcall(("x").rep, "x", {})
    pcall(function() ("x"):rep({}) end)
    pcall(function() string.rep({}, 1) end)
    pcall(function() math.floor({}) end)
    pcall(function() setmetatable(1, {}) end)
    pcall(function() local insert = table.insert insert(1, 2) end)
    pcall(next, {}, 1)
    pcall(function() for i = 1, "x" do end end)
    local function loop() return loop() + 1 end local ok, e = pcall(loop) return ok, e:match("stack overflow")
    local function loop() local t = setmetatable({}, { __index = loop }) return t.x end return (pcall(loop))
    local ok, e = pcall(string.rep, "x", -1) return ok, e
    local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) local d, e = coroutine.yield(c * 2) return d + e end) return coroutine.resume(co, 1, 2), select(2, coroutine.resume(co, 10)), select(2, coroutine.resume(co, 3, 4)), coroutine.resume(co)
    local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return co(), co(), co(), co()
    local co = coroutine.wrap(function() end) co() return co()
    local co = coroutine.wrap(function() error("inside") end) return pcall(co)
    local co = coroutine.wrap(function() error({ 1 }) end) local ok, e = pcall(co) return ok, type(e)
    local co = coroutine.create(function() error("inside") end) return coroutine.resume(co)
    local co = coroutine.create(function() coroutine.yield() end) local s = { coroutine.status(co) } coroutine.resume(co) s[2] = coroutine.status(co) coroutine.resume(co) s[3] = coroutine.status(co) return table.concat(s, ",")
    local co co = coroutine.create(function() return coroutine.status(co), coroutine.resume(co) end) return coroutine.resume(co)
    local co co = coroutine.create(function() local inner = coroutine.create(function() return coroutine.status(co) end) return coroutine.resume(inner) end) return coroutine.resume(co)
    local co = coroutine.create(function() return coroutine.isyieldable(), select(2, coroutine.running()) end) return coroutine.resume(co)
    local co = coroutine.create(function() return coroutine.running() == co end) return coroutine.resume(co)
    local co = coroutine.wrap(function() return pcall(function() coroutine.yield(1) error("after") end) end) return co(), co()
    local co = coroutine.wrap(function() local ok, v = pcall(coroutine.yield, "y") return ok, v end) return co(), co("back")
    local co = coroutine.wrap(function(...) local n = select("#", ...) while true do n = n + select("#", coroutine.yield(n)) end end) return co(1, 2), co(nil), co(), co(nil, nil)
    local co = coroutine.wrap(function() table.sort({ 3, 2, 1 }, function(a, b) coroutine.yield("in sort") return a < b end) end) return pcall(co)
    local co = coroutine.wrap(function() return ("x"):gsub("x", function() coroutine.yield() end) end) return pcall(co)
    local co = coroutine.wrap(function() for k in coroutine.wrap(function() coroutine.yield("a") coroutine.yield("b") end) do coroutine.yield(k) end return "end" end) return co(), co(), co()
    local mt = { __add = function(a, b) return coroutine.yield("add") end, __index = function(t, k) return coroutine.yield(k) end } local co = coroutine.wrap(function() local t = setmetatable({}, mt) return t + 1, t.key end) return co(), co(5), co(6)
    local gen = coroutine.wrap(function() local function walk(n) if n > 0 then walk(n - 1) coroutine.yield(n) end end walk(4) end) local t = {} for v in gen do t[#t + 1] = v end return table.concat(t)
    coroutine.resume(coroutine.create(type), nil)
    coroutine.create(5)
    coroutine.wrap()
    coroutine.resume(5)
    coroutine.status(nil)
    coroutine.isyieldable()
    coroutine.close, coroutine.nothing
    local co = coroutine.create(function() return 1 end) coroutine.resume(co) return coroutine.resume(co)
    local co = coroutine.wrap(function() return 1 end) co() return pcall(co)
    local t = {} for i = 1, 100 do t[i] = coroutine.wrap(function() coroutine.yield(i) return -i end) end local s = 0 for i = 1, 100 do s = s + t[i]() end for i = 1, 100 do s = s + t[i]() end return s
    local co = coroutine.wrap(function() return coroutine.wrap(function() return coroutine.wrap(function() error("deep") end)() end)() end) return pcall(co)
    local co = coroutine.wrap(function() local co2 = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end) co2() coroutine.yield("outer") return co2() end) return co(), co()
    local e = setmetatable({}, { __index = function() return "global" end }) local function f() local _ENV = e return anything end return f()
    local function f() local _ENV = { x = 5 } return x end return f()
    local function f(_ENV) return x end return f({ x = 7 })
    local print = print local function f() local _ENV = nil return x end return pcall(f)
    _ENV == _G, _G._G == _G, type(_G), _G.string == string
    do newglobal = 5 end return newglobal, _G.newglobal, _ENV.newglobal, rawget(_G, "newglobal")
    do setmetatable(_G, { __index = function(_, k) return "?" .. k end }) end return missing
  `),
  ...differs("the main coroutine of a process is nil, as in Lua 5.1, and an error in it has a place", {
    "coroutine.running()": "true nil true",
    "coroutine.yield()": 'false "c:1: attempt to yield from outside a coroutine"',
    "type((coroutine.running()))": 'true "nil"',
  }),
];
