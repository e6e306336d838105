/** What may leave a process and how it looks on the other side: every value goes through a message to itself. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { virtualNode } from "../support/virtual.js";

/** The payload of a Lua expression, as the kernel sees it. */
function leaves(expression: string): Payload {
  const outcome = virtualNode({
    "app:main": `local time = require("time") return function() return ${expression} end`,
  }).run("app:main");
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

function refused(expression: string): string {
  const node = virtualNode({
    "app:main": `return function() local ok, err = process.send(process.pid(), "t", ${expression}) return { ok == nil, err:kind(), err:retryable(), err:message() } end`,
  });
  const outcome = node.run("app:main");
  if (!outcome.ok) throw new Error(outcome.error.message);
  const [isNil, kind, retryable, message] = outcome.value as [boolean, string, boolean, string];
  expect([isNil, kind, retryable]).toEqual([true, "INVALID", false]);
  expect(node.internalErrors).toEqual([]);
  return message;
}

/** A payload into main and out again. */
function through(payload: Payload): Payload {
  const outcome = virtualNode({ "app:main": "return function(v) return v end" }).run("app:main", payload);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

describe("Lua values as payloads", () => {
  const cases: [string, Payload][] = [
    ["nil", null],
    ["true", true],
    ["3", 3],
    ["3.0", 3],
    ["-0.0", 0],
    ["2^53", 2 ** 53],
    ["0.5", 0.5],
    ["0/0", { $number: "NaN" }],
    ["1/0", { $number: "Infinity" }],
    ["'text'", "text"],
    ["'\u00fc\u20ac'", "\u00fc\u20ac"],
    ["'\\255\\0'", { $bytes: "/wA=" }],
    ["{}", []],
    ["{ 1, 'a', true }", [1, "a", true]],
    ["{ a = 1, b = { c = {} } }", { a: 1, b: { c: [] } }],
    ["{ [1] = 'x', [2.0] = 'y' }", ["x", "y"]],
    ["{ [2] = 'x' }", { "2": "x" }],
    ["{ 1, nil, 3 }", { "1": 1, "3": 3 }],
    ["{ 1, 2, k = 'v' }", { "1": 1, "2": 2, k: "v" }],
    ["{ [2] = 'b', [3] = 'c', [4] = 'd', x = 'x' }", { "2": "b", "3": "c", "4": "d", x: "x" }],
    ["{ [true] = 1, [1.5] = 2 }", { true: 1, "1.5": 2 }],
    ["{ ['$bytes'] = 'not bytes' }", { $plain: { $bytes: "not bytes" } }],
    ["{ ['$plain'] = 1 }", { $plain: { $plain: 1 } }],
    ["time.unix(0, 5)", { $time: "1970-01-01T00:00:00.000000005Z" }],
    ["payload.new({ 1 })", [1]],
  ];
  for (const [expression, expected] of cases) {
    it(`${JSON.stringify(expression)} is ${JSON.stringify(expected)}`, () =>
      expect(leaves(expression)).toEqual(expected));
  }

  it("a key named __proto__ is a key like any other", () => {
    const payload = leaves("{ ['__proto__'] = 1, a = 2 }") as Record<string, Payload>;
    expect(Object.getOwnPropertyNames(payload)).toEqual(["__proto__", "a"]);
  });

  it("errors and times survive, also inside tables", () => {
    expect(leaves("{ e = errors.new('NotFound', 'gone') }")).toMatchObject({
      e: { $error: { kind: "NOT_FOUND", message: "gone" } },
    });
    const node = virtualNode({
      "app:main": `local time = require("time")
      return function(v)
        return { v.e:kind(), v.e:message(), v.e:retryable(), v.t:unix(), v.t:format_rfc3339() }
      end`,
    });
    const value = {
      e: { $error: { kind: "Conflict", message: "no", retryable: true } },
      t: { $time: "2026-01-01T01:00:00+01:00" },
    };
    expect(node.run("app:main", value)).toEqual({
      ok: true,
      value: ["CONFLICT", "no", true, Date.UTC(2026, 0, 1) / 1000, "2026-01-01T01:00:00+01:00"],
    });
  });

  it("is a deep copy: changing the original later changes nothing", () => {
    const node = virtualNode({
      "app:main": `return function()
        local t = { n = { 1 } }
        process.send(process.pid(), "t", t)
        t.n[1] = 2
        local got = process.inbox():receive():payload():data()
        return { got.n[1], got ~= t }
      end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: [1, true] });
  });

  it("a table that is there twice without a cycle is copied twice", () => {
    expect(leaves("(function() local t = { 1 } return { t, t } end)()")).toEqual([[1], [1]]);
  });
});

describe("what may not leave a process", () => {
  const cases: [string, string][] = [
    ["print", "argument 3: value is a function, which cannot leave a process"],
    ["{ items = { 1, channel.new() } }", "argument 3: value.items[2] is a channel, which cannot leave a process"],
    ["1, { ['a b'] = process.inbox() }", 'argument 4: value["a b"] is a channel, which cannot leave a process'],
    ["coroutine.create(print)", "argument 3: value is a coroutine, which cannot leave a process"],
    [
      "(function() local t = {} t.a = { b = t } return t end)()",
      "argument 3: value.a.b refers back to itself; a payload may not contain a cycle",
    ],
    ["{ [{}] = 1 }", "argument 3: value has a table as a key; keys must be strings, numbers or booleans"],
    ["{ ['\\255'] = 1 }", "argument 3: value has a key that is not valid UTF-8"],
    [
      "{ [1] = 1, ['1'] = 2, x = 1 }",
      'argument 3: value["1"] is there twice, as text keys and other keys become the same',
    ],
    [
      "('x'):rep(1024 * 1024)",
      "the argument list is larger than 1048576 bytes; store the data elsewhere and send a key",
    ],
  ];
  for (const [expression, message] of cases) {
    it(`${JSON.stringify(expression)}: ${message}`, () => expect(refused(expression)).toBe(message));
  }

  it("is nested deeper than 128 levels", () => {
    const nest = (levels: number) => `(function() local t = 1 for _ = 1, ${levels} do t = { t } end return t end)()`;
    expect(() => leaves(nest(128))).not.toThrow();
    expect(refused(nest(129))).toMatch(/is nested deeper than 128 levels$/);
  });

  it("is refused in the same way by spawn, call, exec, funcs, reply, context and results", () => {
    const node = virtualNode({
      "app:main": `local funcs = require("funcs")
      return function()
        local bad = { x = print }
        local texts = {}
        local function note(_, err) texts[#texts + 1] = err:kind() .. " " .. err:message() end
        note(process.spawn("app:main", "test:host", bad))
        note(process.exec("app:main", "test:host", 1, bad))
        note(process.call(process.pid(), "t", bad))
        note(funcs.call("app:main", bad))
        note(pcall(process.with_context, { user = print }))
        note(pcall(process.with_options, { o = { print } }))
        note(pcall(payload.new, print))
        process.send(process.pid(), "t")
        note(process.inbox():receive():reply(bad))
        return texts
      end`,
    });
    const outcome = node.run("app:main");
    const what = "is a function, which cannot leave a process";
    expect(outcome).toEqual({
      ok: true,
      value: [
        `INVALID argument 3: value.x ${what}`,
        `INVALID argument 4: value.x ${what}`,
        `INVALID argument 3: value.x ${what}`,
        `INVALID argument 2: value.x ${what}`,
        `INVALID context.user ${what}`,
        `INVALID options.o[1] ${what}`,
        `INVALID value ${what}`,
        `INVALID reply.x ${what}`,
      ],
    });
  });
});

describe("payloads in Lua", () => {
  it("nulls leave holes in arrays and vanish from objects", () => {
    const node = virtualNode({ "app:main": "return function(v) return { v[1], v[3], v[2] == nil } end" });
    expect(node.run("app:main", [1, null, 3])).toEqual({ ok: true, value: [1, 3, true] });
    expect(through({ a: null, b: 1 })).toEqual({ b: 1 });
  });

  it("a tag with content that does not fit is plain data", () => {
    const odds: Payload[] = [{ $bytes: 5 }, { $time: "yesterday" }, { $error: "text" }];
    for (const odd of odds) expect(through(odd)).toEqual({ $plain: odd });
  });

  it("whatever goes in comes out again", () => {
    const { tree } = fc.letrec<{ tree: Payload }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.boolean(),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
        fc.string({ unit: "grapheme" }),
        fc.uint8Array({ minLength: 1 }).map((bytes) => ({ $bytes: Buffer.from(bytes).toString("base64") })),
        fc.array(tie("tree"), { maxLength: 5 }),
        fc.dictionary(
          fc.string({ minLength: 1 }).map((key) => `k${key}`),
          tie("tree"),
          { minKeys: 1, maxKeys: 5, noNullPrototype: true },
        ),
      ),
    }));
    const node = virtualNode({ "app:main": "return function(v) return v end" });
    fc.assert(
      fc.property(tree, (payload) => {
        const outcome = node.run("app:main", payload);
        expect(outcome).toEqual({ ok: true, value: bytesAsText(payload) });
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

/** Bytes that happen to be UTF-8 come back as text: Lua knows one kind of string. */
function bytesAsText(payload: Payload): Payload {
  if (Array.isArray(payload)) return payload.map(bytesAsText);
  if (typeof payload !== "object" || payload === null) return payload;
  const record = payload as { readonly [key: string]: Payload };
  if (typeof record.$bytes === "string") {
    const bytes = Buffer.from(record.$bytes, "base64");
    const text = bytes.toString("utf8");
    return Buffer.from(text, "utf8").equals(bytes) ? text : payload;
  }
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, bytesAsText(value)]));
}

describe("the payload wrapper", () => {
  it("shows its data, a fresh copy each time, and its format", () => {
    const node = virtualNode({
      "app:main": `return function()
        local p = payload.new({ 1 })
        local text, bytes, err = payload.new("x"), payload.new("\\255"), payload.new(errors.new("e"))
        return { p:data() ~= p:data(), p:unmarshal()[1], p:get_format() == payload.format.LUA, text:get_format() == payload.format.LUA,
          bytes:get_format() == payload.format.LUA, err:get_format() == payload.format.ERROR }
      end`,
    });
    expect(node.run("app:main")).toEqual({ ok: true, value: [true, 1, true, true, true, true] });
  });
});
