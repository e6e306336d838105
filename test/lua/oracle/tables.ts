/** Tables, metatables and the table library, as lua5.3 computes them. */
import { type Case, same } from "./compare.js";

export const tables: readonly Case[] = [
  ...same(String.raw`
    #{}, #{ 1, 2, 3 }, #{ 1, 2, nil }, #{ n = 1 }, #{ [1] = 1, [2] = 2 }, #{ "a", x = 1, "b" }
    local t = { 1, 2; 3, x = 4, [10] = 5, ["y z"] = 6 } return t[1], t[3], t.x, t[10], t["y z"], t[4]
    local t = {} t[1] = "int" t[1.0] = "float" t["1"] = "text" return t[1], t[1.0], t["1"], #t
    local t = { [1.0] = "a", [2 ^ 0] = "b" } return t[1], next(t)
    local t = {} t[2 ^ 53] = 1 return t[2 ^ 53], t[2 ^ 53 + 0.0]
    local t = {} t[1.5] = 1 t[-1] = 2 t[0] = 3 t[true] = 4 t[-0.0] = 5 return t[1.5], t[-1], t[0], t[true], t[false]
    local t = {} t[2147483648] = "a" t[4294967296] = "b" t[1 << 40] = "c" return t[2147483648], t[2 ^ 31], t[2 ^ 32], t[2 ^ 40]
    local t = {} t[nil] = 1
    local t = {} t[0 / 0] = 1
    local t = {} return t[nil], t[0 / 0]
    local t = nil return t.x
    local t = nil return t[1]
    local t = nil t.x = 1
    local t = {} t.x.y = 1
    local t = {} return t.x.y.z
    local t = {} t:method()
    local t = { a = {} } t.a.b.c()
    return undefinedtable.x
    undefinedfunction()
    local t = { 10, 20 } return t[#t], t[#t + 1]
    local t = { 1, 2, 3 } table.insert(t, 4) table.insert(t, 1, 0) table.insert(t, 3, "x") return table.concat(t, ",")
    local t = { 1, 2, 3 } return table.remove(t), table.remove(t, 1), table.concat(t, ","), table.remove(t), table.remove(t), #t
    local t = {} return table.remove(t), table.remove(t, 0), table.remove(t, #t), select("#", table.remove(t))
    local t = { 1, 2, 3 } return table.remove(t, 4), #t, table.remove(t, 2), #t
    table.remove({ 1, 2, 3 }, 5)
    table.remove({ 1, 2, 3 }, -1)
    table.insert({ 1, 2, 3 }, 5, 1)
    table.insert({ 1, 2, 3 }, 0, 1)
    table.insert({ 1, 2, 3 })
    table.insert({}, 1, 2, 3)
    table.insert({}, "x", 1)
    table.insert(nil, 1)
    table.insert(5, 1)
    local t = { 1 } table.insert(t, 2, "end") table.insert(t, #t + 1, "more") table.insert(t, nil) return #t, t[3]
    table.concat({}), table.concat({ 1 }), table.concat({ 1, 2, 3 }), table.concat({ 1, "a", 2.5 }, "-"), table.concat({ 1, 2, 3 }, ",", 2), table.concat({ 1, 2, 3 }, ",", 2, 2), table.concat({ 1, 2, 3 }, ",", 3, 2), table.concat({ "a\0b", "\xff" }, "\0")
    table.concat({ 1, {}, 3 })
    table.concat({ 1, nil, 3 })
    table.concat({ 1, 2 }, ",", 1, 3)
    table.concat({ true })
    table.concat()
    table.concat({ 1, 2 }, {})
    table.unpack({ 1, 2, 3 }), table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2, 3 }, 2, 3), table.unpack({}, 1, 2), table.unpack({ 1, nil, 3 }, 1, 3), select("#", table.unpack({}))
    table.unpack({ 1, 2 }, -1, 1), table.unpack({ 1 }, 5, 3), table.unpack({ 1, 2 }, 2.0)
    table.unpack({}, 1, 1e8)
    table.unpack()
    table.pack(1, nil, 3).n, table.pack().n, #table.pack(1, 2), table.pack("a", "b")[2]
    table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), ","), table.concat(table.move({ 1, 2, 3 }, 1, 3, 2), ","), table.concat(table.move({ 1, 2, 3 }, 1, 3, 1, {}), ","), table.concat(table.move({ 1, 2 }, 1, 0, 5), ",")
    table.move({}, 1, 2)
    table.move({ 1 }, 1, math.maxinteger, 2)
    local t = { 3, 1, 2 } table.sort(t) return table.concat(t, ",")
    local t = { "b", "a", "C" } table.sort(t) return table.concat(t, ",")
    local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return table.concat(t, ",")
    local t = { 5, 2, 8, 1, 9, 3, 7, 4, 6, 0 } table.sort(t) return table.concat(t, ",")
    local t = {} for i = 1, 200 do t[i] = (i * 7919) % 211 end table.sort(t) local ok = true for i = 2, 200 do ok = ok and t[i - 1] <= t[i] end return ok
    local t = { { n = 2 }, { n = 1 } } table.sort(t, function(a, b) return a.n < b.n end) return t[1].n, t[2].n
    local t = {} table.sort(t) table.sort({ 1 }) return #t
    table.sort({ 1, "x" })
    table.sort({ 1, {} })
    table.sort({ 3, 2, 1 }, function() error("cmp") end)
    table.sort({ 1, 2, 3 }, 5)
    table.sort({ 1, 2, 3, nil, 5 })
    table.sort({ 3, 1, 2, 5, 4 }, function() return true end)
    next({}), next({ 1 }), next({ 1 }, 1), next({ a = 1 })
    next({}, 1)
    next({}, "x")
    next()
    local n = 0 for _ in pairs({ 1, 2, x = 3, y = 4 }) do n = n + 1 end return n
    local s = "" for i, v in ipairs({ "a", "b", nil, "d" }) do s = s .. i .. v end return s
    local t = { 1, 2, 3, 4 } for k in pairs(t) do t[k] = nil end return next(t)
    local t = { a = 1, b = 2 } for k, v in pairs(t) do t[k] = v * 10 end return t.a, t.b
    local s = 0 for i, v in ipairs(setmetatable({}, { __index = function(_, i) if i <= 4 then return i * 2 end end })) do s = s + v end return s
    ipairs()
    ipairs(nil)
    pairs(nil)
    for k in nil do end
    for k in 5 do end
    for k in pairs(5) do end
    rawget({ 5 }, 1), rawget(setmetatable({}, { __index = { x = 1 } }), "x"), rawset({}, "a", 1).a, rawequal("a", "a"), rawequal({}, {}), rawequal(1, 1.0)
    rawset({}, nil, 1)
    rawset(1, 2, 3)
    rawget(1, 2)
    rawequal(1)
    local mt = { __index = function(t, k) return k .. "!" end } return setmetatable({ a = 1 }, mt).a, setmetatable({}, mt).b
    local A = { x = 1 } A.__index = A local B = setmetatable({ y = 2 }, A) B.__index = B local o = setmetatable({}, B) return o.x, o.y, o.z
    local log = {} local t = setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v * 2) end }) t.a = 5 t.a = 7 return t.a
    local store = {} local t = setmetatable({}, { __newindex = store }) t.a = 1 return rawget(t, "a"), store.a
    local t = setmetatable({}, { __call = function(self, a, b) return a + b, self ~= nil end }) return t(1, 2)
    local t = setmetatable({}, { __call = 5 }) t()
    local mt = {} for _, op in ipairs({ "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "concat" }) do mt["__" .. op] = function(a, b) return op .. tostring(type(a)):sub(1, 1) .. tostring(type(b)):sub(1, 1) end end local t = setmetatable({}, mt) return t + 1, 1 - t, t * t, t / 1, t % 1, t ^ 1, t // 1, t & 1, 1 | t, t ~ 1, t << 1, t >> 1, t .. "x", "x" .. t, 1 .. t
    local mt = { __unm = function() return "unm" end, __bnot = function() return "bnot" end, __len = function() return 42 end } local t = setmetatable({}, mt) return -t, ~t, #t
    local mt = { __eq = function() return true end } local a, b = setmetatable({}, mt), setmetatable({}, mt) return a == b, a ~= b, a == {}, {} == a, a == 1, rawequal(a, b)
    local mt = { __lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v end } local function n(v) return setmetatable({ v = v }, mt) end return n(1) < n(2), n(1) > n(2), n(1) <= n(1), n(2) >= n(3)
    local mt = { __lt = function(a, b) return a.v < b.v end } local function n(v) return setmetatable({ v = v }, mt) end return n(1) <= n(2), n(2) <= n(1)
    local mt = { __lt = function() return 1 end } local t = setmetatable({}, mt) return t < 1, 1 < t, t < t
    local mt = { __index = function() error("no field") end } return setmetatable({}, mt).x
    local mt = { __concat = function(a, b) return (type(a) == "table" and a.v or a) .. "+" .. (type(b) == "table" and b.v or b) end } local t = setmetatable({ v = "t" }, mt) return "a" .. t .. "b", t .. 1 .. 2
    local t = setmetatable({}, { __pairs = function(t) return function(_, k) if not k then return 1, "one" end end, t, nil end }) local r = {} for k, v in pairs(t) do r[#r + 1] = k .. v end return table.concat(r, ",")
    local t = setmetatable({}, { __tostring = function() return "shown" end, __name = "Mine" }) return tostring(t), ("%s"):format(t)
    getmetatable({}), getmetatable(5), getmetatable(setmetatable({}, { __metatable = "locked" }))
    setmetatable(setmetatable({}, { __metatable = 1 }), {})
    setmetatable(1, {})
    setmetatable({}, 1)
    setmetatable({})
    setmetatable({}, nil) ~= nil
    local t = setmetatable({}, { __mode = "k" }) t[{}] = 1 return type(next(t))
    local t = setmetatable({}, {}) getmetatable(t).__index = function() return 7 end return t.anything
    local t = setmetatable({}, { __index = string }) return t.format("%d", 5), t.upper("x")
    local mt = {} mt.__index = mt function mt.new(x) return setmetatable({ x = x }, mt) end function mt:get() return self.x end return mt.new(5):get()
    local t = setmetatable({}, { __len = function() return 3 end, __index = function(_, i) return i * 10 end }) return table.concat(t, ","), table.unpack(t)
    local t = setmetatable({}, { __len = function() return "x" end }) return table.unpack(t)
    local t = setmetatable({}, { __newindex = function(_, k, v) error("frozen " .. k) end }) table.insert(t, 1)
    local t = setmetatable({}, { __add = function() return nil end }) return t + 1
    local a = setmetatable({}, { __add = function() return "a" end }) local b = setmetatable({}, { __add = function() return "b" end }) return a + b, b + a
    local loop = {} setmetatable(loop, { __index = loop }) return loop.x
    local t = {} t.x, t.y = 1, 2, 3 return t.x, t.y
    local i, t = 1, {} i, t[i] = i + 1, 20 return i, t[1], t[2]
    local t = { f = function(...) return select("#", ...) end } return t.f(), t:f(), t.f(nil, nil), (t.f(1, 2))
    local t = { (function() return 1, 2, 3 end)(), (function() return 1, 2, 3 end)() } return #t
    local t = { [1] = "a", "b" } return t[1]
    local t = { 1, 2, 3 } t[#t] = nil return #t, t[3]
    local t = {} for i = 1, 100 do t[i] = i end for i = 100, 51, -1 do t[i] = nil end return #t
    select("#"), select("#", nil, nil), select(2, "a", "b", "c"), select(-1, "a", "b", "c"), select(-2, "a", "b"), select(5, "a")
    select(0)
    select(-5, 1)
    select("x")
    select(1.5, 1)
    type(nil), type(1), type("x"), type({}), type(print), type(true), type(coroutine.create(print))
    type()
    #"abc" == 3, #{ 1, 2 } + 1, -#"ab"
  `),
];
