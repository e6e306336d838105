import { describe, expect, it } from "vitest";
import type { LuaTable, UserdataType } from "../../lua/fengari.js";
import { openWorld, valuesOf } from "./engine-support.js";

describe("values", () => {
  it("include string constants of any length, also as table keys", () => {
    const long = "k".repeat(200);
    const world = openWorld({});
    const source = `local t = { ["${long}"] = 1 } t["${long}"] = t["${long}"] + 1 return t["${long}"], #"${long}"`;
    expect(valuesOf(world, world.thread(source).resume())).toEqual([2, 200]);
  });

  it("cross in both directions with their identity", () => {
    const seen: unknown[] = [];
    const world = openWorld({
      functions: {
        echo: (call) => {
          for (let n = 1; n <= call.count; n++) {
            seen.push(call.get(n));
            call.push(call.get(n));
          }
        },
      },
    });
    const source = `
      local t, f, co = {}, function() end, coroutine.create(type)
      local a, b, c, d, e, g, h = echo(nil, true, 1.5, "äö\\u{1F600}", t, f, co)
      return a == nil, b, c, d, e == t, g == f, h == co, echo("\\255\\0")`;
    const values = valuesOf(world, world.thread(source).resume());
    expect(values.slice(0, 7)).toEqual([true, true, 1.5, "äö😀", true, true, true]);
    expect(values[7]).toEqual(new Uint8Array([255, 0]));
    expect(seen.slice(0, 4)).toEqual([undefined, true, 1.5, "äö😀"]);
  });

  it("round-trip every byte sequence", () => {
    const { engine } = openWorld();
    for (const bytes of [[0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80]]) {
      expect(engine.value(engine.ref(new Uint8Array(bytes)))).toEqual(new Uint8Array(bytes));
    }
    for (const text of ["", "plain", "\u0000", "é€😀", "x".repeat(10_000)])
      expect(engine.value(engine.ref(text))).toBe(text);
  });

  it("of tables can be read, written and walked from JavaScript", () => {
    const world = openWorld();
    const [table] = valuesOf(world, world.thread("return {10, 20, x = {y = 1}, [2.5] = 'f'}").resume()) as [LuaTable];
    expect(table.length).toBe(2);
    expect(table.size).toBe(4);
    expect([...table.entries()].map(([key]) => key)).toEqual(["x", 2.5, 1, 2]);
    expect((table.get("x") as LuaTable).get("y")).toBe(1);
    expect(table.get("x")).toBe(table.get("x"));
    table.set("x", undefined);
    expect(table.size).toBe(3);
    expect(() => table.set(undefined, 1)).toThrow(RangeError);
  });

  it("are checked with Lua's own messages", () => {
    const world = openWorld({
      functions: { take: (call) => call.push(call.checkString(1), call.checkInteger(2), call.optBoolean(3, true)) },
    });
    const error = (source: string) => {
      const outcome = world.thread(source).resume();
      return outcome.kind === "error" ? outcome.message : outcome.kind;
    };
    expect(error("take(nil)")).toBe("test.lua:1: bad argument #1 to 'take' (string expected, got nil)");
    expect(error("take()")).toBe("test.lua:1: bad argument #1 to 'take' (string expected, got no value)");
    expect(error("take('a', 1.5)")).toBe(
      "test.lua:1: bad argument #2 to 'take' (number has no integer representation)",
    );
    expect(error("take('a', {})")).toBe("test.lua:1: bad argument #2 to 'take' (number expected, got table)");
    expect(error("local ok, e = pcall(take, {}) error(e, 0)")).toBe(
      "bad argument #1 to 'take' (string expected, got table)",
    );
    expect(valuesOf(world, world.thread("return take(12, '34', false)").resume())).toEqual(["12", 34, false]);
  });
});

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

function pointWorld() {
  const world = openWorld();
  const type: UserdataType<Point> = world.engine.userdataType<Point>("Point", {
    methods: { sum: (call, self) => call.push(self.x + self.y + call.optNumber(2, 0)) },
    metamethods: {
      __tostring: (call) => call.push(`(${call.checkUserdata(1, type).x}, ${call.checkUserdata(1, type).y})`),
      __add: (call) => {
        const [a, b] = [call.checkUserdata(1, type), call.checkUserdata(2, type)];
        call.push(type.wrap(new Point(a.x + b.x, a.y + b.y)));
      },
      __eq: (call) => call.push(call.checkUserdata(1, type).x === call.checkUserdata(2, type).x),
      __lt: (call) => call.push(call.checkUserdata(1, type).x < call.checkUserdata(2, type).x),
      __concat: (call) => call.push(`${call.tostring(1)}${call.tostring(2)}`),
    },
    index: (self, key, call) => {
      if (key === "x") call.push(self.x);
    },
  });
  const origin = new Point(1, 2);
  world.engine.shared.set("p", type.wrap(origin));
  world.engine.shared.set("q", type.wrap(new Point(10, 20)));
  world.engine.shared.set("same", type.wrap(origin));
  return { world, type, origin };
}

describe("userdata", () => {
  it("has methods, fields, metamethods and identity", () => {
    const { world, type, origin } = pointWorld();
    const source =
      "return type(p), p:sum(), p:sum(5), p.x, p.nope, tostring(p), tostring(p + q), p == same, p < q, p .. '!', rawequal(p, same), p";
    const values = valuesOf(world, world.thread(source).resume());
    expect(values.slice(0, 11)).toEqual([
      "userdata",
      3,
      8,
      1,
      undefined,
      "(1, 2)",
      "(11, 22)",
      true,
      true,
      "(1, 2)!",
      true,
    ]);
    expect(type.unwrap(values[11])).toBe(origin);
    expect(type.unwrap("p")).toBeUndefined();
    expect(world.engine.text(values[11])).toBe("(1, 2)");
  });

  it("cannot be changed, looked into or mistaken for another type", () => {
    const { world } = pointWorld();
    world.engine.shared.set("other", world.engine.userdataType<Map<string, string>>("Other", {}).wrap(new Map()));
    const error = (source: string) => {
      const outcome = world.thread(source).resume();
      return outcome.kind === "error" ? outcome.message : outcome.kind;
    };
    expect(valuesOf(world, world.thread("return getmetatable(p)").resume())).toEqual([false]);
    expect(error("p.x = 2")).toMatch(/attempt to index a Point value/);
    expect(error("p.sum(other)")).toBe("test.lua:1: bad argument #1 to 'sum' (Point expected, got Other)");
    expect(error("p.sum({})")).toBe("test.lua:1: bad argument #1 to 'sum' (Point expected, got table)");
    expect(error("setmetatable(p, {})")).toMatch(/table expected, got Point/);
  });

  it("is an error value like any other", () => {
    const { world, type, origin } = pointWorld();
    const outcome = world.thread("error(p)").resume();
    if (outcome.kind !== "error") throw new Error(outcome.kind);
    expect(outcome.message).toBe("(1, 2)");
    expect(type.unwrap(outcome.error)).toBe(origin);
  });
});
