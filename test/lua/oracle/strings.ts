/** The string library, as lua5.3 computes it: no patterns, which are in patterns.ts. */
import { type Case, differs, same } from "./compare.js";

export const strings: readonly Case[] = [
  ...same(String.raw`
    #"abc", #"", #"a\0b", ("x"):len(), #"\xff\xfe", #"é"
    ("hello"):sub(2), ("hello"):sub(2, 3), ("hello"):sub(-3), ("hello"):sub(-3, -2), ("hello"):sub(0), ("hello"):sub(10), ("hello"):sub(3, 2), ("hello"):sub(-100, 2), ("hello"):sub(2, 100)
    ("hello"):sub(2.0, "3"), ("hello"):sub(-1, -1), (""):sub(1), ("hello"):sub(math.mininteger, math.maxinteger)
    ("hello"):sub(1.5)
    ("hello"):sub()
    ("hello"):sub({})
    ("abc"):upper(), ("ABC"):lower(), ("aBc1é"):upper(), ("abc"):reverse(), (""):reverse(), ("a\0b"):reverse()
    ("ab"):rep(3), ("ab"):rep(0), ("ab"):rep(-1), ("ab"):rep(1), ("ab"):rep(3, ","), (""):rep(5), ("x"):rep(2, ""), (""):rep(3, "-")
    ("x"):rep()
    ("x"):rep("a")
    ("x"):rep(1.5)
    ("A"):byte(), ("ABC"):byte(2), ("ABC"):byte(-1), ("ABC"):byte(1, -1), ("ABC"):byte(10), ("ABC"):byte(0), (""):byte(), ("\xff\x80\0"):byte(1, 3), ("é"):byte(1, -1)
    string.char(), string.char(72, 105), string.char(0, 255, 128), string.char("65")
    string.char(256)
    string.char(-1)
    string.char("x")
    string.char(1.5)
    ("x"):bad()
    ("x").y, ("x").len == string.len
    string.len()
    string.len(5), string.upper(5), string.rep(5, 2), (5 .. ""):rep(2)
    string.len({})
    string.len(nil)
    "a" .. "b", "a" .. 1, 1 .. 2, 1.5 .. "", "a" .. -1
    "a" .. nil
    "a" .. {}
    "a" .. true
    nil .. "a"
    local t = {} return "a" .. t.x
    local t = {} return t.x.y .. "a"
    tostring(nil), tostring(true), tostring("x"), tostring(12), tostring(print):match("^%a+"), tostring({}):match("^%a+")
    tostring()
    tostring(setmetatable({}, { __tostring = function() return "mine" end }))
    tostring(setmetatable({}, { __tostring = function() return 5 end }))
    tostring(setmetatable({}, { __name = "Kind" })):match("^%a+")
    "\65\066\x43\u{44}\z   E\n\t\\\"\'\a\b\f\r\v", '\'', "\u{20AC}\u{10FFFF}\u{7F}"
    [[a]], [==[a]]b]==], [[\n]], #[[ab]]
    "tab\tnew\nline", "\0zero\0", "\255", "\x7f\x80"
    ("%d"):format(5), ("%d"):format(-5), ("%5d|%-5d|%05d|%+d|% d"):format(42, 42, 42, 42, 42), ("%.3d|%8.3d"):format(5, 5)
    ("%d"):format(3.0), ("%d"):format("10"), ("%i"):format(7), ("%d"):format(2147483648), ("%d"):format(-2147483649), ("%d"):format(9007199254740991)
    ("%d"):format(1.5)
    ("%d"):format("x")
    ("%d"):format("1.5")
    ("%d"):format()
    ("%d"):format(nil)
    ("%u"):format(5), ("%o"):format(8), ("%x|%X|%#x"):format(255, 255, 255), ("%x"):format(-1), ("%o"):format(-1), ("%#o"):format(8), ("%08x"):format(48879), ("%.4x"):format(10)
    ("%c%c"):format(72, 105), ("%c"):format(0), ("%5c|%-5c|"):format(65, 65)
    ("%s"):format("x"), ("%5s|%-5s|%.2s|%5.1s"):format("abc", "abc", "abc", "abc"), ("%s %s"):format(1, true), ("%s"):format(nil), ("%s"):format(1.5), ("%s"):format("a\0b"), ("%10s"):format("é")
    ("%5s"):format("a\0b")
    ("%s"):format(setmetatable({}, { __tostring = function() return "T" end }))
    ("%s"):format()
    ("%q"):format("a\"b\\c\nd\0e\r1\0012"), ("%q"):format(5), ("%q"):format(true), ("%q"):format(nil), ("%q"):format("\xff")
    ("%q"):format({})
    ("%5q"):format("x")
    ("%f"):format(1), ("%.2f|%8.3f|%-8.1f|%+.1f|%08.2f"):format(3.14159, 3.14159, 3.14159, 3.14159, -3.14159), ("%.0f"):format(0.5), ("%.0f"):format(1.5), ("%.0f"):format(2.5), ("%#.0f"):format(3), ("%.20f"):format(0.1), ("%.3f"):format(2 / 3)
    ("%e"):format(12345.678), ("%.2e"):format(0.00012), ("%E"):format(1e100), ("%.0e"):format(15), ("%e"):format(0)
    ("%g"):format(0.1), ("%g"):format(1e20), ("%g"):format(100000), ("%g"):format(1000000), ("%g"):format(0.0001), ("%g"):format(0.00001), ("%.3g"):format(1234.5), ("%G"):format(1e-10), ("%#g"):format(1), ("%.14g"):format(1 / 3), ("%.17g"):format(0.1), ("%10.4g|"):format(3.14159)
    ("%a"):format(1), ("%a"):format(0.5), ("%A"):format(255), ("%.2a"):format(1.999), ("%a"):format(-3.75), ("%a"):format(0), ("%.0a"):format(1.5)
    ("%f|%g|%e|%d"):format("1.5", "2", "3", "4"), ("%f %f"):format(math.huge, -math.huge), ("%g"):format(0 / 0):gsub("-", ""), ("%5.1f|"):format(math.huge)
    ("%%"):format(), ("100%%"):format(), ("%d%%"):format(5), (""):format(), ("plain"):format(1, 2)
    ("%"):format()
    ("%y"):format(1)
    ("%123d"):format(1)
    ("%.123d"):format(1)
    ("%0-+ #5d"):format(1)
    ("%ld"):format(1)
    ("%p"):format({})
    ("%s"):rep(3, ","):format(1, 2, 3)
    string.format()
    string.format({})
    string.format("%s%s", 1)
    ("x"):rep(3, 5), table.concat({ 1, 2.5, "x" }, 0)
    string.pack("i4", 100):byte(1, -1)
    string.pack(">i2 <i2 =i1", 1, 2, 3):byte(1, -1)
    string.pack("z", "hi"):byte(1, -1)
    string.pack("s1", "hi"):byte(1, -1)
    string.pack("s", "hi"):byte(1, -1)
    string.pack("b B h H l L j J", -1, 255, -2, 65535, -3, 3, -4, 4):byte(1, -1)
    string.pack("d", 1.5):byte(1, -1)
    string.pack("f", 1.5):byte(1, -1)
    string.pack("n", -0.5):byte(1, -1)
    string.pack("!4 i1 i4", 1, 2):byte(1, -1)
    string.pack("i3 i5 i6 i7", 1, -2, 3, -4):byte(1, -1)
    string.pack("i16", -5):byte(1, -1)
    string.pack("c5", "abc"):byte(1, -1)
    string.pack("i1 x i1", 1, 2):byte(1, -1)
    string.pack("!8 i1 Xi8 i1", 1, 2):byte(1, -1)
    string.pack("i1", 200)
    string.pack("B", -1)
    string.pack("i17", 1)
    string.pack("y", 1)
    string.pack("c2", "abc")
    string.pack("c", "abc")
    string.pack("z", "a\0b")
    string.pack("s1", ("x"):rep(256))
    string.pack("i", 1.5)
    string.pack("i")
    string.unpack("i4", "\1\0\0\0"), string.unpack("<i2", "\255\255"), string.unpack(">I2", "\1\2"), string.unpack("z", "abc\0d"), string.unpack("s1", "\3abcd")
    string.unpack("i1", "\200"), string.unpack("B", "\200"), string.unpack("I8", "\1\0\0\0\0\0\0\0"), string.unpack("i8", "\255\255\255\255\255\255\255\255"), string.unpack("d", string.pack("d", 3.25)), string.unpack("f", string.pack("f", 0.1))
    string.unpack("i16", string.pack("i16", -12345)), string.unpack("i3 >i3", "\1\2\3\1\2\3"), string.unpack("c3", "abcd"), string.unpack("", "x")
    string.unpack("i4", "\1\2\3")
    string.unpack("i4", "\1\2\3\4", 2)
    string.unpack("i2", "\1\2\3\4", 3), string.unpack("i2", "\1\2\3\4", -2)
    string.unpack("i1", "a", 5)
    string.unpack("z", "abc")
    string.unpack("s1", "\5ab")
    string.unpack("i9", "\1\1\1\1\1\1\1\1\1")
    string.packsize("i4"), string.packsize("!8 i1 i8"), string.packsize("b h i l j d f n"), string.packsize("c10"), string.packsize("<i3 >i5"), string.packsize("T")
    string.packsize("s")
    string.packsize("z")
    string.packsize("i0")
    local s = ("x"):rep(1000) return #s, s:sub(-1), s == ("x"):rep(1000), #(s .. s)
    local t = {} t["a\0b"] = 1 t["a"] = 2 return t["a\0b"], t.a, t["a\0c"]
    local t = { ["\1\17"] = 1, ["\17\1"] = 2 } return t["\1\17"], t["\17\1"]
    local s = "" for i = 0, 255 do s = s .. string.char(i) end return #s, s:byte(1), s:byte(256), s:sub(129, 131)
    local s = ("ab"):rep(100) return s:find("ba", 150, true), s:find("", 201), s:find("", 202), s:find("x", 1, true)
  `),
  ...differs("an integral float prints as an integer", {
    'tostring(3.0), 3.0 .. "", -2.0 .. "|" .. 10 / 2, tostring(1e15), tostring(-0.0)':
      'true "3" "3" "-2|5" "1000000000000000" "0"',
    'table.concat({ 1.0, 2.5, 2 ^ 31 }, " "), ("%s"):format(4 / 2), ("%q"):format(3.0)':
      'true "1 2.5 2147483648" "2" "3"',
  }),
  ...differs("what C reads past the end of a format is not shown", {
    '("%10"):format(1)': "false \"c:1: invalid option '%' to 'format'\"",
  }),
  ...differs("bytecode is a way out of the sandbox, so there is no string.dump", { "string.dump": "true nil" }),
  ...differs("a string has at most 16 MiB", {
    '#("x"):rep((1 << 24) + 1)': 'false "c:1: string too large"',
    'local s = ("x"):rep(1 << 23) return #(s .. s .. s)': 'false "c:1: string too large"',
  }),
];
