/** What a payload may be, how its odd values are tagged, and what it weighs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  base64,
  bytesPayload,
  checkPayloadSize,
  errorPayload,
  escapePlain,
  failure,
  fromBase64,
  maxPayloadBytes,
  maxPayloadDepth,
  numberPayload,
  type Payload,
  payloadBytes,
  payloadTag,
  timePayload,
  toPayload,
} from "../../mailbox/index.js";

const jsonBytes = (value: Payload): number => Buffer.byteLength(JSON.stringify(value));

describe("tagged values", () => {
  it.each([
    [bytesPayload("AA=="), "$bytes"],
    [timePayload("2026-01-01T00:00:00Z"), "$time"],
    [errorPayload(failure("INTERNAL", "x")), "$error"],
    [numberPayload(Number.NaN), "$number"],
    [{ $plain: { $time: 1 } }, "$plain"],
  ] as [Payload, string][])("%j is tagged %s", (value, tag) => expect(payloadTag(value)).toBe(tag));

  it.each([null, 1, "$bytes", [], ["$bytes"], {}, { a: 1 }, { $bytes: 1, more: 2 }, { $other: 1 }] as Payload[])(
    "%j is plain",
    (value) => expect(payloadTag(value)).toBeUndefined(),
  );

  it("protect an ordinary object that looks like one, also a protected one", () => {
    expect(escapePlain({ $bytes: "x" })).toEqual({ $plain: { $bytes: "x" } });
    expect(escapePlain({ $plain: { $bytes: "x" } })).toEqual({ $plain: { $plain: { $bytes: "x" } } });
    expect(escapePlain({ $bytes: "x", b: 1 })).toEqual({ $bytes: "x", b: 1 });
  });

  it("carry the numbers that JSON lacks, and give zero no sign", () => {
    expect(numberPayload(Number.NEGATIVE_INFINITY)).toEqual({ $number: "-Infinity" });
    expect(numberPayload(Number.NaN)).toEqual({ $number: "NaN" });
    expect(Object.is(numberPayload(-0), 0)).toBe(true);
    expect(numberPayload(1.5)).toBe(1.5);
  });
});

describe("base64", () => {
  it("is what everybody else writes, and comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = base64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AAA", "AA=A", "A===", "AA\n=", "AA-_"])("refuses %j", (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});

describe("making a payload of a JavaScript value", () => {
  it("keeps JSON as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.stringify(toPayload(value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("tags bytes and dates, and leaves undefined fields out", () => {
    const value = { bytes: new Uint8Array([255]), at: new Date(0), none: undefined, list: [undefined] };
    expect(toPayload(value)).toEqual({
      bytes: { $bytes: "/w==" },
      at: { $time: "1970-01-01T00:00:00.000Z" },
      list: [null],
    });
  });

  it("gives the holes of an array a null", () => {
    const holes: unknown[] = [1];
    holes[2] = 3;
    expect(JSON.stringify(toPayload(holes))).toBe("[1,null,3]");
    expect(Object.keys(toPayload(holes) as object)).toHaveLength(3);
  });

  it("keeps a field named __proto__ as data", () => {
    const value = toPayload(JSON.parse('{"__proto__": {"admin": true}}')) as { admin?: boolean };
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true}}');
    expect(value.admin).toBeUndefined();
  });

  it.each([
    [{ a: [() => 1] }, "value.a[0] is a function,"],
    [{ a: 1n }, "value.a is a bigint,"],
    [{ a: Symbol("x") }, "value.a is a symbol,"],
    [{ a: new Map() }, "value.a is a Map"],
    [{ at: new Date(Number.NaN) }, "value.at is not a valid date"],
  ])("refuses %s, naming where it is", (value, text) => {
    expect(() => toPayload(value)).toThrow(TypeError);
    expect(() => toPayload(value)).toThrow(text);
  });

  it("refuses a cycle, and takes the same object twice", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = { cycle };
    expect(() => toPayload(cycle)).toThrow("value.self.cycle refers back to itself");
    const shared = { x: 1 };
    expect(toPayload([shared, shared])).toEqual([{ x: 1 }, { x: 1 }]);
  });

  it("refuses what is nested too deep", () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : [nest(levels - 1)]);
    expect(() => toPayload(nest(maxPayloadDepth))).not.toThrow();
    expect(() => toPayload(nest(maxPayloadDepth + 1))).toThrow(`deeper than ${maxPayloadDepth} levels`);
  });
});

describe("the weight of a payload", () => {
  it("is never less than its JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(payloadBytes(value as Payload)).toBeGreaterThanOrEqual(jsonBytes(value as Payload));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(payloadBytes(text)).toBeGreaterThanOrEqual(jsonBytes(text));
      }),
    );
  });

  it.each(["\u0000", '"', "\\", "\n", "\ud800", "\udc00x", "é", "日", "\u{1F600}"])(
    "counts the escapes of %j",
    (text) => {
      const long = text.repeat(1000);
      expect(payloadBytes(long)).toBeGreaterThanOrEqual(jsonBytes(long));
      expect(payloadBytes(long)).toBeLessThan(6 * long.length + 3);
    },
  );

  it("counts plain text exactly", () => expect(payloadBytes("é€😀x")).toBe(jsonBytes("é€😀x")));

  it("is counted only as far as needed", () => {
    const huge = Array.from({ length: 100_000 }, () => "x".repeat(100));
    expect(payloadBytes(huge, 1000)).toBeLessThan(2000);
  });

  it("is limited for all values of a message together", () => {
    const half = "x".repeat(maxPayloadBytes / 2 + 10);
    expect(checkPayloadSize([half], "message")).toBeUndefined();
    expect(checkPayloadSize([half, half], "message")).toMatchObject({ kind: "INVALID", retryable: false });
    expect(checkPayloadSize([half, half], "message")?.message).toMatch(/^message is larger than 1048576 bytes/);
  });
});
