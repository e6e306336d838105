import { describe, expect, it } from "vitest";
import { evaluate, failure } from "./engine-support.js";

/** Expression and what `tostring` of it must show. */
const CORPUS: readonly (readonly [string, string])[] = [
  ["1790000000*1000", "1790000000000"],
  ["(function() local a, b = 1790000000, 1000 return a * b end)()", "1790000000000"],
  ["(function() local r = 1 for i = 2, 15 do r = r * i end return r end)()", "1307674368000"],
  ["2147483647 + 1", "2147483648"],
  ["(function() local a = 2147483647 return a + 1 end)()", "2147483648"],
  ["(function() local a = -2147483648 return a - 1 end)()", "-2147483649"],
  ["(function() local a = -2147483648 return -a end)()", "2147483648"],
  ["(function() local a = -2147483648 return a // -1 end)()", "2147483648"],
  ["(function() local s = 0 for i = 1, 100000 do s = s + i end return s end)()", "5000050000"],
  ["7//2", "3"],
  ["-7//2", "-4"],
  ["7//-2", "-4"],
  ["-7%3", "2"],
  ["7%-3", "-2"],
  ["5.5//2", "2"],
  ["5.5%2", "1.5"],
  ["9007199254740991//2", "4503599627370495"],
  ["1790000000123 % 1000", "123"],
  ["-1790000000123 % 1000", "877"],
  ["2^31|0", "2147483648"],
  ["1<<40", "1099511627776"],
  ["1<<31", "2147483648"],
  ["1<<62", "4.6116860184274e+18"],
  ["1<<64", "0"],
  ["2^40 >> 8", "4294967296"],
  ["-1 >> 32", "4294967295"],
  ["-1 & 0xFFFFFFFF", "4294967295"],
  ["0xFF00FF00FF & 0xFF", "255"],
  ["~0", "-1"],
  ["~(2^40)", "-1099511627777"],
  ["(2^40) ~ 1", "1099511627777"],
  ["0xFFFFFFFF", "4294967295"],
  ["0x7fffffff", "2147483647"],
  ["2147483648", "2147483648"],
  ["-2147483648", "-2147483648"],
  ["1790000000000", "1790000000000"],
  ["3.0", "3"],
  ["10/2", "5"],
  ["1/3", "0.33333333333333"],
  ["0.1+0.2", "0.3"],
  ["1e15", "1000000000000000"],
  ["2^53-1", "9007199254740991"],
  ["2^53", "9.007199254741e+15"],
  ["1e100", "1e+100"],
  ["1e-5", "1e-05"],
  ["123456.789e-10", "1.23456789e-05"],
  ["1/0", "inf"],
  ["-1/0", "-inf"],
  ["0/0 ~= 0/0", "true"],
  ["0 * -1", "0"],
  ["0.0 * -1", "0"],
  ["-4.0 % 2", "0"],
  ["2^10", "1024"],
  ["'10' + 5", "15"],
  ["'0x10' * 2", "32"],
  ["10 .. ''", "10"],
  ["2^40 .. '|' .. 3.0", "1099511627776|3"],
  ["tonumber('0xFFFFFFFF')", "4294967295"],
  ["tonumber('1790000000000')", "1790000000000"],
  ["tonumber('ffffffff', 16)", "4294967295"],
  ["tonumber('-ff', 16)", "-255"],
  ["tonumber('18', 8)", "nil"],
  ["tonumber('zz', 36)", "1295"],
  ["tonumber(' 12 ')", "12"],
  ["tonumber('1e')", "nil"],
  ["tonumber('')", "nil"],
  ["math.tointeger(2^40)", "1099511627776"],
  ["math.tointeger(1.5)", "nil"],
  ["math.floor(1790000000000.7)", "1790000000000"],
  ["math.ceil(-0.5)", "0"],
  ["math.abs(-2147483648)", "2147483648"],
  ["math.max(2^40, 1)", "1099511627776"],
  ["math.type(1)", "integer"],
  ["math.type(2^40)", "float"],
  ["math.maxinteger", "9007199254740991"],
  ["math.fmod(-7, 3)", "-1"],
  ["2^31 == 2147483648", "true"],
  ["1 == 1.0", "true"],
  ["string.format('%d', 3.0)", "3"],
  ["string.format('%d', 1790000000000)", "1790000000000"],
  ["string.format('%5d|%-5d|%05d|%+d', 42, 42, 42, 42)", "   42|42   |00042|+42"],
  ["string.format('%x %X %#x', 2^40, 255, 255)", "10000000000 FF 0xff"],
  ["string.format('%x', -1)", "ffffffffffffffff"],
  ["string.format('%s %s', 3.0, 2^40)", "3 1099511627776"],
  ["string.format('%.3f %5.1f %g %g %e', 1/3, 2.25, 1e20, 0.1, 12345.678)", "0.333   2.2 1e+20 0.1 1.234568e+04"],
  ["string.format('%g', 100000000)", "1e+08"],
  ["string.format('%.14g', 3.14159265358979)", "3.1415926535898"],
  ["string.format('%q', 'a\\n\"b\\0')", '"a\\\n\\"b\\0"'],
  ["string.format('%q', 2^40)", "1099511627776"],
  ["string.format('%c%c', 76, 117)", "Lu"],
  ["string.format('%-6s|%6s|%.2s', 'ab', 'cd', 'xyz')", "ab    |    cd|xy"],
  ["string.format('%i%%', 50)", "50%"],
  ["string.format('%a', 1)", "0x1p+0"],
  ["string.rep('ab', 3.0)", "ababab"],
  ["string.sub('hello', 2.0, 2^40)", "ello"],
  ["select('#', table.unpack({1, 2, 3}, 1, 3.0))", "3"],
  ["#string.pack('i8', 2^40)", "8"],
  ["string.unpack('<i8', string.pack('<i8', -2^40))", "-1099511627776"],
  ["string.unpack('>I4', string.pack('>I4', 2^32-1))", "4294967295"],
  ["string.unpack('<i2', string.pack('<i2', -2))", "-2"],
];

describe("numbers", () => {
  it.each(CORPUS)("%s prints %s", (expression, expected) => {
    expect(evaluate(`return tostring((${expression}))`)).toEqual([expected]);
  });

  it("gives integral floats and integers one table key", () => {
    const source = `
      local t = {}
      t[3.0] = "a"; t[2^40] = "b"; t[-0.0] = "c"
      local keys = {}
      for k in pairs(t) do keys[#keys + 1] = tostring(k) end
      return t[3], t[1099511627776], t[0], table.concat(keys, ",")`;
    expect(evaluate(source)).toEqual(["a", "b", "c", "3,1099511627776,0"]);
  });

  it("counts loops across 2^31 in both directions", () => {
    const source = `
      local up, down = {}, {}
      for i = 2147483646, 2147483649 do up[#up + 1] = i end
      for i = -2147483647, -2147483650, -1 do down[#down + 1] = i end
      local n = 0
      for i = 2147483640, math.huge do n = n + 1 if n == 20 then break end end
      for i = 1, 0 do n = 0 end
      for i = 3, 1 do n = 0 end
      for i = 1, 3.7 do n = n + i end
      return table.concat(up, ","), table.concat(down, ","), n`;
    expect(evaluate(source)).toEqual([
      "2147483646,2147483647,2147483648,2147483649",
      "-2147483647,-2147483648,-2147483649,-2147483650",
      26,
    ]);
  });

  it("never rounds a bit operation silently", () => {
    expect(failure("return (2^53 + 2^20) | 1")).toBe("test.lua:1: number has no integer representation");
    expect(failure("local x = -1 return x >> 1")).toBe(
      "test.lua:1: result of bitwise operation has no exact number representation",
    );
    expect(failure("return 1.5 & 1")).toBe("test.lua:1: number has no integer representation");
  });

  it("raises for integer division by zero", () => {
    expect(failure("local z = 0 return 1 // z")).toBe("test.lua:1: attempt to divide by zero");
    expect(failure("local z = 0 return 1 % z")).toBe("test.lua:1: attempt to perform 'n%0'");
  });

  it("orders and hashes strings by their bytes", () => {
    const source = `
      local t = {["\\1\\17"] = "x", ["\\17\\1"] = "y"}
      return t["\\1\\17"], t["\\17\\1"], "\\n" < "a", "a" < "b", "Z" < "a", "" < "a", "ab" < "abc"`;
    expect(evaluate(source)).toEqual(["x", "y", true, true, true, true, true]);
  });

  it("draws the same random numbers from the same seed, per environment", () => {
    const draw = () => evaluate("return math.random(), math.random(6), math.random(10, 20), math.random(1, 2^40)");
    expect(draw()).toEqual(draw());
    expect(evaluate("math.randomseed(7) local a = math.random() math.randomseed(7) return a == math.random()")).toEqual(
      [true],
    );
  });
});
