import { describe, expect, it } from "vitest";
import { uuidModule } from "../../../lua/modules/uuid.js";
import { FakeProcess } from "./fake-process.js";

const start = Date.UTC(2024, 4, 6, 7, 8, 9, 250);
const open = () => new FakeProcess({ modules: [uuidModule], now: start });
const dns = '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"';

describe("made identifiers", () => {
  it.each([
    ["v4()", "10111213-1415-4617-9819-1a1b1c1d1e1f"],
    ["v7()", "018f4cbb-38a2-7011-9213-141516171819"],
    [`v3(${dns}, "python.org")`, "6fa459ea-ee8a-3ca4-894e-db77e160355e"],
    [`v5(${dns}, "python.org")`, "886313e1-3b8a-5372-9b90-0c9aee199e5d"],
  ])("%s", (call, expected) =>
    expect(open().run(`local id, err = uuid.${call}; return id, err`)).toEqual([expected, undefined]),
  );

  it("v1 says its time and a node that is no network address", () => {
    const script = "local p = uuid.parse(uuid.v1()); return p.version, p.variant, p.timestamp, p.node";
    expect(open().run(script)).toEqual([1, "RFC4122", Math.floor(start / 1000), "131314151617"]);
  });

  it("v7 says its time", () => {
    const script = "local p = uuid.parse(uuid.v7()); return p.version, p.timestamp, p.node";
    expect(open().run(script)).toEqual([7, Math.floor(start / 1000), undefined]);
  });

  it("differ from each other", () => {
    expect(open().run("return uuid.v4() == uuid.v4()")).toEqual([false]);
  });
});

describe("reading", () => {
  it.each([
    [`validate(${dns})`, [true]],
    ['validate("6ba7b8109dad11d180b400c04fd430c8")', [true]],
    ['validate("urn:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8")', [true]],
    ['validate("{6ba7b810-9dad-11d1-80b4-00c04fd430c8}")', [true]],
    ['validate("6ba7b810")', [false]],
    ["validate(5)", [false]],
    ["validate()", [false]],
    [`version(${dns})`, [1, undefined]],
    [`variant(${dns})`, ["RFC4122", undefined]],
    ['variant("6ba7b810-9dad-11d1-c0b4-00c04fd430c8")', ["Microsoft", undefined]],
    ['variant("6ba7b810-9dad-11d1-e0b4-00c04fd430c8")', ["Future", undefined]],
    ['variant("6ba7b810-9dad-11d1-00b4-00c04fd430c8")', ["NCS", undefined]],
    [`format(${dns}, "simple")`, ["6ba7b8109dad11d180b400c04fd430c8", undefined]],
    [`format(${dns}, "urn")`, ["urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", undefined]],
    ['format("6BA7B8109DAD11D180B400C04FD430C8")', ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", undefined]],
  ])("uuid.%s", (call, expected) => expect(open().eval(`uuid.${call}`)).toEqual(expected));

  it.each([
    [`v5(${dns}, 5)`, "namespace and name must be strings"],
    ['v3("x", "y")', "invalid namespace UUID"],
    ['version("x")', "invalid UUID"],
    ["variant(5)", "UUID must be a string"],
    ['parse("x")', "invalid UUID"],
    [`format(${dns}, "long")`, "unknown format long"],
  ])("uuid.%s is INVALID", (call, message) => {
    const script = `local v, e = uuid.${call}; return v, e:kind(), e:message()`;
    expect(open().run(script)).toEqual([undefined, "INVALID", expect.stringContaining(message)]);
  });
});
