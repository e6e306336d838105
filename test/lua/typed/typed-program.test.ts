/** Typed Lua as the source of a process: it runs, its errors keep their places, and its casts are calls. */
import { describe, expect, it } from "vitest";
import { luaSource, virtualNode } from "../../support/virtual.js";
import { evaluate, failure } from "../engine-support.js";
import { failureOf, run } from "../run-lua.js";

describe("a typed program", () => {
  it("runs as if it had no types", () => {
    const text = `
      export type Item = { name: string, price: number, tags: {string}? }
      type Map<K, V> = { [K]: V }

      local prices: Map<string, number> = { tea = 3, cake = 4 }

      local function total<T>(items: {T}, price: (item: T) -> number): number
        local sum: number = 0
        for _, item: T in ipairs(items) do
          sum = sum + (price(item) as number)
        end
        return sum
      end

      return function(...: string): (number, string?)
        return total({ "tea", "cake" } :: {string}, function(name: string): number return prices[name] end)
      end`;
    expect(run(text)).toEqual({ ok: true, value: 7 });
  });

  it("has libraries with types, too", () => {
    const shapes = luaSource("app:shapes", {
      kind: "library.lua",
      text: "local M = {} function M.area(w: number, h: number?): number return w * (h or w) end return M",
    });
    const text = 'local shapes = require("shapes") return function(w: number): number return shapes.area(w) end';
    const node = virtualNode({ "app:main": { text, imports: { shapes } } });
    expect(node.run("app:main", 5)).toEqual({ ok: true, value: 25 });
  });

  it("names the line of an error as it was written", () => {
    const error = failureOf("type T = {\n  a: number,\n}\nreturn function(t: T?): number\n  return t.a\nend");
    expect(error.message).toBe("main.lua:5: attempt to index a nil value (local 't')");
  });

  it("does not start when an annotation is malformed: INVALID with file, line and column", () => {
    expect(failureOf("local x: number = 1\nlocal y: {string = 2")).toMatchObject({
      kind: "INVALID",
      retryable: false,
      message: "main.lua:2:18: malformed type annotation: '}' or ',' expected near '='",
    });
  });

  it("does not start when the Lua around the annotations is wrong, as the engine says it", () => {
    expect(failureOf("local x: number = = 1").message).toBe("main.lua:1: unexpected symbol near '='");
  });
});

describe("types called as functions", () => {
  it("give a value of that type back, converted as Lua converts it", () => {
    expect(
      evaluate(
        "return string('a'), string(5), number('0x10'), number(1.5), integer('7'), integer(3.0), boolean(false)",
      ),
    ).toEqual(["a", "5", 16, 1.5, 7, 3, false]);
    expect(evaluate("return #string('\\xff\\0'), string('\\xff') == '\\xff'")).toEqual([2, true]);
  });

  it.each([
    ["string(nil)", "bad argument #1 to 'string' (string expected, got nil)"],
    ["string({})", "bad argument #1 to 'string' (string expected, got table)"],
    ["string(true)", "bad argument #1 to 'string' (string expected, got boolean)"],
    ["number('x')", "bad argument #1 to 'number' (number expected, got string)"],
    ["integer(1.5)", "bad argument #1 to 'integer' (number has no integer representation)"],
    ["integer()", "bad argument #1 to 'integer' (number expected, got no value)"],
    ["boolean(1)", "bad argument #1 to 'boolean' (boolean expected, got number)"],
  ])("refuse what is of another type: %s", (source, message) => {
    expect(failure(source)).toBe(`test.lua:1: ${message}`);
  });

  it("leave the string library what it was: a table that nobody can change", () => {
    expect(evaluate("return type(string), getmetatable(string), string.upper('a'), string.nothing")).toEqual([
      "table",
      false,
      "A",
      undefined,
    ]);
    expect(failure("string.x = 1")).toBe("test.lua:1: attempt to modify a read-only table");
    expect(failure("setmetatable(string, {})")).toMatch(/cannot change a protected metatable/);
  });
});
