import { describe, expect, it } from "vitest";
import { base64Module } from "../../../lua/modules/base64.js";
import { jsonModule } from "../../../lua/modules/json.js";
import { timeModule } from "../../../lua/modules/time.js";
import { FakeProcess } from "./fake-process.js";

const open = () => new FakeProcess({ modules: [jsonModule, base64Module, timeModule] });
const failureOf = (expression: string) =>
  open().run(`local v, e = ${expression}; return v, e:kind(), e:message(), e:retryable()`);

describe("json.encode", () => {
  it.each([
    ["nil", "null"],
    ["{}", "[]"],
    ["{1, 2, {3}}", "[1,2,[3]]"],
    ['{b = 1, a = {x = true}, ["c d"] = "e"}', '{"a":{"x":true},"b":1,"c d":"e"}'],
    ["42", "42"],
    ["42.0", "42"],
    ["1790000000 * 1000", "1790000000000"],
    ["2^53", "9007199254740992"],
    ["1.5", "1.5"],
    ["-0.0", "0"],
    ["0/0", "null"],
    ["1/0", "null"],
    ['"a\\"\\n\\u{e9}"', '"a\\"\\n\u00e9"'],
    ["time.unix(0, 5)", '"1970-01-01T00:00:00.000000005Z"'],
    ['{error = errors.new("NOT_FOUND", "m")}', '{"error":{"kind":"NOT_FOUND","message":"m"}}'],
  ])("%s is %s", (source, text) => expect(open().eval(`json.encode(${source})`)).toEqual([text, undefined]));

  it.each([
    ["{1, a = 2}", "both array items and other keys"],
    ["{[1] = 1, [3] = 3}", "holes"],
    ["{[2] = 1}", "holes"],
    ["{a = 1, [5] = 2}", "keys must be 1..n or all strings"],
    ["{[true] = 1}", "a key is a boolean"],
    ["{f = type}", "a function has no JSON form"],
    ["time.utc", "a Location has no JSON form"],
    ['"\\xff"', "not valid UTF-8"],
    ['{["\\xff"] = 1}', "not valid UTF-8"],
  ])("refuses %s", (source, why) => {
    expect(failureOf(`json.encode(${source})`)).toEqual([undefined, "INTERNAL", expect.stringContaining(why), false]);
  });

  it("refuses cycles and more than 128 levels", () => {
    expect(open().run("local t = {}; t.t = t; local v, e = json.encode(t); return v, e:message()")[1]).toContain(
      "contains itself",
    );
    const nested = (levels: number) => `local t = {}; for i = 2, ${levels} do t = {t} end; return json.encode(t)`;
    expect(open().run(nested(128))[1]).toBeUndefined();
    expect(open().run(nested(129))[0]).toBeUndefined();
  });

  it("allows one table in two places", () => {
    expect(open().run("local t = {1}; return json.encode({t, t})")[0]).toBe("[[1],[1]]");
  });
});

describe("json.decode", () => {
  it("gives Lua values", () => {
    const script = `local v = json.decode('{"a":[1,2.5,null,"x"],"b":{"c":true},"__proto__":1}')
      return v.a[1], v.a[2], v.a[3], v.a[4], v.b.c, v.__proto__, json.decode("12345678901234567890") == 12345678901234567890.0`;
    expect(open().run(script)).toEqual([1, 2.5, undefined, "x", true, 1, true]);
  });

  it("reads null as nil without an error", () =>
    expect(open().eval("json.decode('null')")).toEqual([undefined, undefined]));

  it.each([
    ["5", "INVALID", "must be a string, got number"],
    ["nil", "INVALID", "must be a string"],
    ['""', "INVALID", "empty"],
    ['"{"', "INTERNAL", "line 1, column 2: expected a key or }, got the end"],
    ['"[1,\\n2,]"', "INTERNAL", 'line 2, column 3: expected a value, got "]"'],
    ["'{\"a\" 1}'", "INTERNAL", 'line 1, column 6: expected :, got "1"'],
    ['"1 2"', "INTERNAL", 'line 1, column 3: expected the end, got "2"'],
    ['"[01]"', "INTERNAL", 'column 2: expected a value or ], got "0"'],
    ['"nul"', "INTERNAL", 'column 1: expected a value, got "n"'],
    ["'[\"a\\nb\"]'", "INTERNAL", "column 2: expected a value or ]"],
    ['"\\xff"', "INTERNAL", "not valid UTF-8"],
    ['string.rep("[", 200) .. string.rep("]", 200)', "INTERNAL", "nested deeper than 128 levels"],
  ])("refuses %s", (source, kind, why) => {
    expect(failureOf(`json.decode(${source})`)).toEqual([undefined, kind, expect.stringContaining(why), false]);
  });
});

describe("base64", () => {
  it("keeps every byte", () => {
    expect(
      open().eval(
        'base64.encode("\\0\\xff\\x10a"), base64.decode(base64.encode("\\0\\xff\\x10a")) == "\\0\\xff\\x10a"',
      ),
    ).toEqual(["AP8QYQ==", true]);
  });

  it.each(["base64.encode(5)", "base64.decode(5)", 'base64.decode("a")', 'base64.decode("a*==")'])(
    "%s is INVALID",
    (source) => {
      expect(failureOf(source)[1]).toBe("INVALID");
    },
  );
});
