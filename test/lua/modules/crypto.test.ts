import * as node from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cryptoModule } from "../../../lua/modules/crypto.js";
import { bytesOf, fromHex, literal } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const open = () => new FakeProcess({ modules: [cryptoModule] });
const hex = (digits: string) => literal(fromHex(digits));

/** Kind, message and retryable of a refusal. */
function refusalOf(expression: string, process = open()) {
  const [value, kind, message, retryable] = process.run(
    `local v, e = ${expression}; return v, e:kind(), e:message(), e:retryable()`,
  );
  expect(value).toBeUndefined();
  expect(retryable).toBe(false);
  return [kind, message];
}

describe("crypto.random", () => {
  it("gives the bytes of the host", () => {
    expect(bytesOf(open().eval("crypto.random.bytes(4)")[0])).toEqual(Buffer.from([16, 17, 18, 19]));
    expect(open().eval("#crypto.random_bytes(1048576)")).toEqual([1048576]);
    expect(open().eval("crypto.random.uuid()")).toEqual(["10111213-1415-4617-9819-1a1b1c1d1e1f", undefined]);
  });

  it("takes characters of the alphabet only, as many as were asked for", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 1 }), {
          minLength: 1,
          maxLength: 80,
        }),
        fc.integer({ min: 1, max: 500 }),
        (characters, count) => {
          const alphabet = Array.from(characters.join(""));
          const [text] = open().eval(`crypto.random.string(${count}, ${literal(alphabet.join(""))})`);
          const drawn = Array.from(text as string);
          expect(drawn).toHaveLength(count);
          expect(drawn.every((character) => alphabet.includes(character))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
    expect(open().eval("crypto.random.string(20)")[0]).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(open().eval('crypto.random.string(3, "x")')[0]).toBe("xxx");
  });

  it("asks again when too many bytes fall outside of the alphabet", () => {
    // The bytes count up from 16, and with 129 characters only those below 129 are taken.
    const alphabet = Array.from({ length: 129 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("");
    expect(Array.from(open().eval(`crypto.random.string(600, ${literal(alphabet)})`)[0] as string)).toHaveLength(600);
  });

  it.each([
    ["bytes(0)", "length must be a whole number from 1 to 1048576, got 0"],
    ["bytes(1048577)", "length must be a whole number from 1 to 1048576, got 1048577"],
    ["bytes(1.5)", "length must be a whole number from 1 to 1048576, got 1.5"],
    ["bytes(0/0)", "length must be a whole number from 1 to 1048576, got NaN"],
    ['bytes("5")', "length must be a whole number from 1 to 1048576, got string"],
    ["bytes()", "length must be a whole number from 1 to 1048576, got none"],
    ["string(-1)", "length must be a whole number from 1 to 1048576, got -1"],
    ['string(5, "")', "charset must not be empty"],
    ["string(5, 5)", "charset must be text in UTF-8, got a number"],
    ['string(5, "\\xff")', "charset must be text in UTF-8, got bytes that are none"],
    ['string(5, string.rep("a", 257))', "charset has 257 characters; 256 are the most"],
  ])("random.%s is INVALID", (call, message) => {
    expect(refusalOf(`crypto.random.${call}`)).toEqual(["INVALID", message]);
  });
});

describe("crypto.hmac", () => {
  // RFC 4231, test case 1.
  const key = hex("0b".repeat(20));
  it.each([
    ["sha256", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      "sha512",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    ],
  ])("%s is known", (name, expected) => {
    expect(open().eval(`crypto.hmac.${name}(${key}, "Hi There")`)).toEqual([expected, undefined]);
  });

  it.each([
    ['sha256("", "x")', "key must not be empty"],
    ['sha256(nil, "x")', "key must be a string, got nothing"],
    ['sha512("k", 5)', "data must be a string, got a number"],
    ['sha512("k")', "data must be a string, got nothing"],
  ])("hmac.%s is INVALID", (call, message) => {
    expect(refusalOf(`crypto.hmac.${call}`)).toEqual(["INVALID", message]);
  });
});

describe("crypto.encrypt and crypto.decrypt", () => {
  const ciphers = [
    { name: "aes", keys: [16, 24, 32], openssl: (key: Uint8Array) => `aes-${key.length * 8}-gcm` },
    { name: "chacha20", keys: [32], openssl: () => "chacha20-poly1305" },
  ] as const;

  it("opens what the specifications sealed", () => {
    // GCM test case 4 (96-bit nonce, with aad), and RFC 8439 2.8.2.
    const gcm = `crypto.decrypt.aes(${hex(
      "cafebabefacedbaddecaf88842831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
    )}, ${hex("feffe9928665731c6d6a8f9467308308")}, ${hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")})`;
    expect(bytesOf(open().eval(gcm)[0]).toString("hex")).toBe(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    const chacha = `crypto.decrypt.chacha20(${hex(
      "070000004041424344454647d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
    )}, ${hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")}, ${hex("50515253c0c1c2c3c4c5c6c7")})`;
    expect(open().eval(chacha)[0]).toBe(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
  });

  it("agree with OpenSSL and undo each other", () => {
    const cipher = fc.constantFrom(...ciphers);
    const given = cipher.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.constantFrom(...one.keys).chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
        fc.uint8Array({ maxLength: 200 }),
        fc.option(fc.uint8Array({ maxLength: 40 })),
      ),
    );
    const check = fc.property(given, ([{ name, openssl }, key, data, aad]) => {
      const more = `${literal(key)}${aad === null ? "" : `, ${literal(aad)}`}`;
      const [sealed, opened] = open().run(
        `local s = crypto.encrypt.${name}(${literal(data)}, ${more}); return s, (crypto.decrypt.${name}(s, ${more}))`,
      );
      expect(bytesOf(opened)).toEqual(Buffer.from(data));
      const theirs = node.createCipheriv(
        openssl(key) as "aes-128-gcm",
        key,
        Buffer.from("101112131415161718191a1b", "hex"),
      );
      theirs.setAAD(aad ?? new Uint8Array(), { plaintextLength: data.length });
      const body = Buffer.concat([theirs.update(data), theirs.final()]);
      expect(bytesOf(sealed)).toEqual(
        Buffer.concat([Buffer.from("101112131415161718191a1b", "hex"), body, theirs.getAuthTag()]),
      );
    });
    fc.assert(check, { numRuns: 60 });
  });

  const key = 'string.rep("k", 32)';
  it.each(["aes", "chacha20"])("%s notices another key, another aad, and any changed byte", (name) => {
    const failed = ["INTERNAL", "decryption failed: wrong key, wrong aad, or changed data"];
    const seal = `crypto.encrypt.${name}("secret", ${key}, "aad")`;
    expect(refusalOf(`crypto.decrypt.${name}(${seal}, string.rep("x", 32), "aad")`)).toEqual(failed);
    expect(refusalOf(`crypto.decrypt.${name}(${seal}, ${key}, "other")`)).toEqual(failed);
    expect(refusalOf(`crypto.decrypt.${name}(${seal}, ${key})`)).toEqual(failed);
    for (const at of [1, 12, 13, 18, 19, 34]) {
      const script = `local s = ${seal}; local b = string.char(s:byte(${at}) ~ 1)
        local v, e = crypto.decrypt.${name}(s:sub(1, ${at - 1}) .. b .. s:sub(${at + 1}), ${key}, "aad"); return v, e:kind()`;
      expect(open().run(script), `byte ${at}`).toEqual([undefined, "INTERNAL"]);
    }
  });

  it.each([
    ['encrypt.aes("d", "short")', "key must have 16, 24 or 32 bytes, got 5"],
    ['encrypt.chacha20("d", string.rep("k", 16))', "key must have 32 bytes, got 16"],
    [`encrypt.aes(nil, ${key})`, "data must be a string, got nothing"],
    ['encrypt.aes("d", {})', "key must be a string, got a table"],
    [`encrypt.aes("d", ${key}, 5)`, "aad must be a string, got a number"],
    [`decrypt.aes("short", ${key})`, "data is too short: 5 of at least 28 bytes"],
    [`decrypt.chacha20(string.rep("x", 27), ${key})`, "data is too short: 27 of at least 28 bytes"],
    ['decrypt.aes(string.rep("x", 40), "")', "key must have 16, 24 or 32 bytes, got 0"],
  ])("%s is INVALID", (call, message) => expect(refusalOf(`crypto.${call}`)).toEqual(["INVALID", message]));
});

describe("crypto.constant_time_compare", () => {
  it.each([
    ['"abc", "abc"', true],
    ['"abc", "abd"', false],
    ['"abc", "abcd"', false],
    ['"", ""', true],
    ['"\\xff\\0", "\\xff\\0"', true],
  ])("of %s is %s", (given, expected) =>
    expect(open().eval(`crypto.constant_time_compare(${given})`)).toEqual([expected]),
  );

  it("is INVALID for what is no string", () => {
    expect(refusalOf('crypto.constant_time_compare("a", 5)')).toEqual([
      "INVALID",
      "second string must be a string, got a number",
    ]);
  });
});
