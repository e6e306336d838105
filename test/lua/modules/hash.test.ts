import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashModule } from "../../../lua/modules/hash.js";
import { bytesOf, literal } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const open = () => new FakeProcess({ modules: [hashModule] });
const names = ["md5", "sha1", "sha256", "sha512"] as const;

describe("hash", () => {
  // RFC 1321, FIPS 180, and the draft of FNV.
  it.each([
    ['md5("")', "d41d8cd98f00b204e9800998ecf8427e"],
    ['md5("abc")', "900150983cd24fb0d6963f7d28e17f72"],
    ['sha1("abc")', "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ['sha256("abc")', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      'sha512("abc")',
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
    // RFC 2202 and 4231, test case 2.
    ['hmac_md5("what do ya want for nothing?", "Jefe")', "750c783e6ab0b503eaa86e310a5db738"],
    ['hmac_sha1("what do ya want for nothing?", "Jefe")', "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
    [
      'hmac_sha256("what do ya want for nothing?", "Jefe")',
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ['fnv32("")', 0x811c9dc5],
    ['fnv32("a")', 0x050c5d7e],
    ['fnv32("foobar")', 0x31f0b262],
  ])("hash.%s is known", (call, expected) => expect(open().eval(`hash.${call}`)).toEqual([expected, undefined]));

  it("agrees with OpenSSL on any bytes, as digits and raw", () => {
    const process = open();
    const check = (name: (typeof names)[number], data: Uint8Array, key: Uint8Array): void => {
      const [digits, raw, keyed] = process
        .run(
          `local d, k = ${literal(data)}, ${literal(key)}; return hash.${name}(d), hash.${name}(d, true), (hash.hmac_${name}(d, k))`,
        )
        .filter((value) => value !== undefined);
      const expected = createHash(name).update(data).digest();
      expect(digits).toBe(expected.toString("hex"));
      expect(bytesOf(raw)).toEqual(expected);
      expect(keyed).toBe(createHmac(name, key).update(data).digest("hex"));
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 200 }),
        check,
      ),
      {
        numRuns: 60,
      },
    );
  });

  it.each([
    ["md5()", "data must be a string, got none"],
    ["sha1(5)", "data must be a string, got number"],
    ["sha256({})", "data must be a string, got table"],
    ['sha512("a", 1)', "raw must be a boolean, got number"],
    ['hmac_md5("a")', "secret must be a string, got none"],
    ['hmac_sha256("a", 5)', "secret must be a string, got number"],
    ['hmac_sha512("a", "b", "yes")', "raw must be a boolean, got string"],
    ["fnv32(nil)", "data must be a string, got nil"],
  ])("hash.%s is INVALID", (call, message) => {
    const script = `local v, e = hash.${call}; return v, e:kind(), e:message(), e:retryable()`;
    expect(open().run(script)).toEqual([undefined, "INVALID", message, false]);
  });

  it("takes its cost from the budget before it works", () => {
    const run = (budgetInstructions: number, what: string) =>
      new FakeProcess({ modules: [hashModule], budgetInstructions }).run(
        `local s = string.rep("a", 2^20) return ${what}`,
      );
    expect(run(1_300_000, "#s")).toEqual([2 ** 20]);
    expect(() => run(1_300_000, "hash.sha512(s)")).toThrow("killed");
    expect(run(1_600_000, "#hash.sha512(s)")).toEqual([128]);
  });
});
