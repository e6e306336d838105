/** Arithmetic, comparisons and bit operators, as lua5.3 computes them. */
import { type Case, differs, same } from "./compare.js";

export const numbers: readonly Case[] = [
  ...same(String.raw`
    2147483648 // 0
    2147483648 % 0
    2147483648 // 0.0, 2147483648 % 0.0, 3.0 // 0, 1e300 // 0
    1 / (0 * -1.0), 1 / -0.0, 1 / (0.0 * -1), 1 / (-0.0 + 0), 0.0 * -1 == 0, 1 / 0, 1 / (-0)
    math.floor(-0.0), 1 / math.floor(-0.5), 1 / math.ceil(-0.5), 1 / math.fmod(-0.0, 1), 1 / (-0.0 % 1)
    local t = {} t[-0.0] = 1 return 1 / next(t)
    math.pow(2, 10), math.log10(1000), math.atan2 == nil or math.atan2(1, 1) == math.pi / 4, math.sinh(0), math.cosh(0), math.tanh(0)
    9007199254740993, 9223372036854775807, (2 ^ 53 | 0) == 2 ^ 53, math.ult(1, math.mininteger), 3.0 // 0, math.tointeger(2 ^ 53)
    1 + 2, 7 - 10, 6 * 7, 7 / 2, 8 / 2, 2 ^ 10, 2 ^ 0.5, 10 // 3, 10 % 3
    7 // 2, -7 // 2, 7 // -2, -7 // -2
    7 % 3, -7 % 3, 7 % -3, -7 % -3
    7.5 // 2, -7.5 // 2, 7.5 // -2, -7.5 // -2
    7.5 % 2, -7.5 % 2, 7.5 % -2, -7.5 % -2
    5 % math.huge, -5 % math.huge, 5 % -math.huge, -5 % -math.huge
    5 // math.huge, -5 // math.huge
    0 // 5, 0 % 5, 0.0 // 5, 0.0 % 5
    1 / 0, -1 / 0, 0 / 0, 1 // 0.0, -1 // 0.0, 1 % 0.0
    1.5 // 0, 1.5 % 0
    1 // 0
    1 % 0
    local zero = 0 return 1 // zero
    local zero = 0 return 1 % zero
    5 // -1, -5 // 1, 5 % -1, 5.0 % -1
    2147483647 + 1, -2147483648 - 1, 2147483647 * 2, -2147483648 // -1, -(-2147483648)
    65536 * 65536, 46341 * 46341, 123456789 * 1000, 1790000000 * 1000
    local a, b = 1790000000, 1000 return a * b, a * b * 10, a + a + a
    local n = 1 for i = 1, 18 do n = n * i end return n
    local n = 1 for i = 1, 50 do n = n * 2 end return n, n - 1, n + 1
    9007199254740991 + 0, 9007199254740991 - 1, 9007199254740990 // 2, 9007199254740991 % 10
    -9007199254740991 // 2, -9007199254740991 % 10, 9007199254740991 // -7, 9007199254740991 % -7
    4503599627370496 * 2 - 1, 3 * 3002399751580330, 94906265 * 94906265
    1e15 + 1, 1e15 * 9, 1e308 * 10, -1e308 * 10, 5e-324 / 2, 1e-320
    0.1 + 0.2, 1 - 0.9, 1 / 3, 2 / 3, 100 * 1.1, 1e16 + 1.5
    2 ^ 31, 2 ^ 32, 2 ^ 52, 2 ^ -1, 2 ^ 1023, 2 ^ 1024, (-2) ^ 2, (-2) ^ 3, (-8) ^ (1 / 3), 0 ^ 0
    -2 ^ 2, 2 ^ -2, 2 ^ 3 ^ 2, -3 ^ 2, not nil == true, 1 .. 2 == "12"
    1 + 2 * 3 - 4 / 2, (1 + 2) * 3, 2 * 3 % 4, 2 + 3 << 1, 1 | 2 ~ 3 & 4, 5 - 3 - 1, 2 ^ 2 ^ 3
    1 == 1.0, 1 < 1.5, 1 <= 1.0, 2 > 1.5, -1 < 0.0, 1 ~= 1.0, 0 == -0.0, 0.0 == -0.0
    0 / 0 == 0 / 0, 0 / 0 ~= 0 / 0, 0 / 0 < 1, 1 < 0 / 0, math.huge == math.huge, -math.huge < math.huge
    1 < 2, 2 < 1, 1 <= 1, 2147483648 > 2147483647, 9007199254740991 < 9007199254740992.0, -1 < 1
    2147483647 < 2147483648, -2147483649 < -2147483648, 4294967296 == 2 ^ 32, 1e15 == 1000000000000000
    "a" < "b", "a" < "B", "Z" < "a", "" < "a", "a" < "aa", "a\0b" < "a\0c", "a\0" > "a", "\xff" > "a", "10" < "9"
    "a" <= "a", "b" >= "a", "abc" == "abc", "abc" ~= "abd", "a" == 1, 1 == "1", nil == false, {} == {}
    1 < "2"
    "1" < 2
    {} < {}
    {} < 1
    nil < 1
    true <= false
    print < print
    1 & 3, 1 | 2, 5 ~ 3, ~0, ~5, ~-1, 1 << 4, 256 >> 4, -1 >> 60, -1 >> 63, 1 << 0, 1 >> 1
    0xFF & 0x0F, 0xF0 | 0x0F, 0xFF ~ 0x0F, 0xFF00FF00FF & 0xFFFF, 0xFFFFFFFF & 0xFF, 0xFFFFFFFF | 0, 0xFFFFFFFF ~ 1
    1 << 31, 1 << 32, 1 << 40, 1 << 52, 1 << 64, 1 << 100, 1 >> 64, 1 << -1, 2 >> -1, 8 << -2, 1 << -64
    2 ^ 40 | 0, 2 ^ 40 & 2 ^ 40, 2 ^ 40 ~ 1, ~(2 ^ 40), 2 ^ 40 >> 8, 2 ^ 40 << 8
    -1 & 0xFFFFFFFF, -1 & 0xFF, -256 | 0xFF, -1 ~ 0xFF, -2147483648 & 0xFFFFFFFF, -1 & -1, -1 | 5, ~0xFFFFFFFF
    3.0 & 1, 3.0 | 4.0, ~3.0, 2.0 << 3.0, "3" & 1, "0x10" | 1, "3.0" & 1, 1 << "2"
    1.5 & 1
    1 | 2.5
    ~1.5
    "a" & 1
    "1.5" | 1
    {} & 1
    1 ~ nil
    1e100 | 0
    2 ^ 63 & 1
    math.huge | 1
    1 << 2.5
    "10" + 5, "10" * "2", "0x10" + 0, " 5 " + 1, "1e1" + 0, 10 - "3", "7" // 2, "7" % "4", -"2", "2" ^ 2, "3" / 2
    "1e" + 1
    "abc" + 1
    "" + 1
    "0x" + 1
    {} + 1
    nil + 1
    true + 1
    1 + {}
    local t = {} return t.x + 1
    local t = { x = "a" } return t.x * 2
    return undefinedname + 1
    -{}
    -"a"
    #5
    #nil
    ("x")()
    math.tointeger(3.0), math.tointeger(3.5), math.tointeger(2 ^ 31), math.tointeger(2 ^ 52), math.tointeger("8"), math.tointeger({})
    math.floor(3.7), math.floor(-3.7), math.ceil(3.2), math.ceil(-3.2), math.floor(5), math.floor(2 ^ 40 + 0.5), math.ceil(1e15 + 0.5)
    math.floor("3.7"), math.abs(-5), math.abs(-2.5), math.abs(-2147483648), math.abs("-3")
    math.max(1, 2.5), math.max(-1, -2), math.min(1, 2.5), math.min(3), math.max(2 ^ 40, 1), math.max("10", 9)
    math.max()
    math.min()
    math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(-7, -3), math.fmod(7.5, 2), math.fmod(-6, 2), math.fmod(5, math.huge)
    math.fmod(1, 0)
    math.fmod(1, 0.0), math.fmod(1.5, 0)
    math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(math.huge), math.modf(-math.huge), math.modf(0 / 0)
    math.sqrt(16), math.sqrt(2), math.sqrt(-1), math.exp(0), math.exp(1), math.log(1), math.log(8, 2), math.log(100, 10), math.log(27, 3), math.log(0), math.log(-1)
    math.sin(0), math.cos(0), math.tan(0), math.asin(1), math.acos(1), math.atan(1), math.atan(1, -1), math.atan(-1, -1), math.atan(0, -1), math.deg(math.pi), math.rad(180)
    math.pi, math.huge, -math.huge
    math.ult(1, 2), math.ult(-1, 2), math.ult(1, -1), math.ult(2, 1), math.ult(-2, -1)
    math.ult(1.5, 2)
    math.floor({})
    math.floor()
    math.abs("x")
    math.sqrt(nil)
    math.random(0) == nil
    math.random(2, 1)
    math.random(1, 2, 3)
    math.random(3.5)
    local ok = true for i = 1, 100 do local r, s, t = math.random(), math.random(6), math.random(-3, 3) ok = ok and r >= 0 and r < 1 and s >= 1 and s <= 6 and t >= -3 and t <= 3 end return ok
    math.type(1), math.type(1.5), math.type("1"), math.type(nil), math.type({})
    math.type()
    math.type(1), math.type(-1), math.type(2147483647), math.type(0x7fffffff), math.type(7 // 2), math.type(7 % 2), math.type(#"x")
    tostring(1), tostring(-1), tostring(1.5), tostring(-0.25), tostring(1e100), tostring(1e-7), tostring(123456789012), tostring(0.1), tostring(1 / 3), tostring(1e300 * 1e10), tostring(-(0 / 0)):gsub("-", "")
    tostring(2147483647), tostring(2147483648), tostring(-2147483649), tostring(9007199254740991), tostring(1 << 40)
    1 .. "", 1.5 .. "|" .. -2, 2 ^ 0.5 .. "", 1e100 .. "", 100000000000000 .. ""
    tonumber("10"), tonumber("0x1F"), tonumber("1.5e2"), tonumber("  7  "), tonumber("7a"), tonumber(""), tonumber(" "), tonumber("0x"), tonumber("1e"), tonumber("."), tonumber("5."), tonumber(".5")
    tonumber("-5"), tonumber("- 5"), tonumber("+5"), tonumber("--5"), tonumber("-0x10"), tonumber("1_000"), tonumber("inf"), tonumber("nan"), tonumber("0x1p4"), tonumber("0x.8"), tonumber("1e+2"), tonumber("\t12\n")
    tonumber("1\0"), tonumber("0b1"), tonumber("1e400"), tonumber("1 2"), tonumber("٣"), tonumber("0X1f"), tonumber("1E2")
    tonumber("10", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("8", 8), tonumber("777", 8), tonumber("-101", 2), tonumber(" 11 ", 2), tonumber("1.5", 10), tonumber("", 10), tonumber("7f", 15), tonumber("1e1", 16)
    tonumber("ffffffff", 16), tonumber("1fffffffffffff", 16), tonumber("zzzzzz", 36)
    tonumber(5), tonumber(1.5), tonumber(nil), tonumber({}), tonumber(true), tonumber(print)
    tonumber()
    tonumber("10", 1)
    tonumber("10", 37)
    tonumber(10, 16)
    tonumber("10", "x")
    0x10, 0xA.8, 0x.8p1, 0x1p-2, 0xffffffff, 0x7fffffff, 0xFFFFFFFFFF, 1e2, 1E-2, .5, 5., 3e0, 0x1P+4
    1000000000000, 2147483648, 4294967295, 9007199254740991, 123456789.123
    1//1, 1 //1, 3 --[[ comment ]] + 4
  `),
  ...differs("integers past 2^53 are floats, which round and never wrap", {
    "math.maxinteger, math.mininteger": "true 9007199254740991 -9007199254740991",
    "math.maxinteger + 1 < 0, math.maxinteger * 2 > 0, math.mininteger - 1 > 0": "true false true false",
    "9007199254740991 + 2 == 9007199254740992": "true true",
    "0xffffffffffffffff, 0x7fffffffffffffff": "true 1.84467440737096e+19 9.22337203685478e+18",
    "3037000500 * 3037000500 > 0, 1 << 62 == 2 ^ 62": "true true true",
    "local n = 1 for i = 1, 25 do n = n * i end return n": "true 1.5511210043331e+25",
    "tostring(2 ^ 53), tostring(9007199254740992), 2 ^ 63 .. ''":
      'true "9.007199254741e+15" "9.007199254741e+15" "9.2233720368548e+18"',
    "tonumber('9223372036854775807'), tonumber('ffffffffffffffff', 16)":
      "true 9.22337203685478e+18 1.84467440737096e+19",
    "math.tointeger(2 ^ 62)": "true nil",
    "math.abs(math.mininteger), -math.mininteger, math.mininteger // -1":
      "true 9007199254740991 9007199254740991 9007199254740991",
    "('%d'):format(2 ^ 62)": "false \"c:1: bad argument #1 to 'format' (number has no integer representation)\"",
  }),
  ...differs("a bit operation whose result no number shows exactly is an error, never a rounded number", {
    "~0 >> 1": 'false "c:1: result of bitwise operation has no exact number representation"',
    "1 << 63, -1 >> 1": 'false "c:1: result of bitwise operation has no exact number representation"',
  }),
  ...differs("integers past 32 bits are floats, and integral floats are no different from integers", {
    "math.type(2 ^ 31), math.type(3.0), math.type(2147483648), math.type(1 << 40), math.type(10 / 2)":
      'true "float" "float" "float" "float" "float"',
    "2147483648.0 // 0": 'false "c:1: attempt to divide by zero"',
    "2147483648.0 % 0": "false \"c:1: attempt to perform 'n%0'\"",
  }),
];
