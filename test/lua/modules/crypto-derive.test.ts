import { pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AskRequest, Outcome } from "../../../actors/index.js";
import { cryptoModule } from "../../../lua/modules/crypto.js";
import { bytesOf, literal } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const open = (ask?: (request: AskRequest) => Outcome) =>
  new FakeProcess({ modules: [cryptoModule], ...(ask === undefined ? {} : { ask }) });

describe("crypto.pbkdf2", () => {
  it("gives the key that RFC 7914 says", () => {
    const [key] = open().eval('crypto.pbkdf2("passwd", "salt", 1, 64)');
    expect(bytesOf(key).toString("hex")).toBe(
      "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    );
  });

  it("agrees with OpenSSL", () => {
    const text = fc.uint8Array({ minLength: 1, maxLength: 150 });
    const given = fc.tuple(
      text,
      text,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom("sha256", "sha512"),
    );
    fc.assert(
      fc.property(given, ([password, salt, iterations, length, hash]) => {
        const call = `crypto.pbkdf2(${literal(password)}, ${literal(salt)}, ${iterations}, ${length}, "${hash}")`;
        expect(bytesOf(open().eval(call)[0])).toEqual(pbkdf2Sync(password, salt, iterations, length, hash));
      }),
      { numRuns: 40 },
    );
  });

  it("does light work at once and asks the node for heavy work", () => {
    const asked: AskRequest[] = [];
    const ask = (request: AskRequest): Outcome => {
      asked.push(request);
      return { ok: true, value: { $bytes: "a2V5" } };
    };
    expect(open(ask).eval('#crypto.pbkdf2("p", "s", 2000, 32), #crypto.pbkdf2("p", "s", 666, 64, "sha512")')).toEqual([
      32, 64,
    ]);
    expect(asked).toEqual([]);
    expect(open(ask).eval('crypto.pbkdf2("p", "\\xff", 1001, 64)')).toEqual(["key", undefined]);
    const args = {
      password: { $bytes: "cA==" },
      salt: { $bytes: "/w==" },
      iterations: 1001,
      length: 64,
      hash: "sha256",
    };
    expect(asked).toEqual([{ kind: "ask", service: "crypto", operation: "pbkdf2", args }]);
  });

  it("passes on what the node could not do, and does not trust its answers", () => {
    const script = 'local v, e = crypto.pbkdf2("p", "s", 100000, 32); return v, e:kind(), e:message()';
    const failed = { ok: false, error: { kind: "UNAVAILABLE", message: "no", retryable: true } } as const;
    expect(open(() => failed).run(script)).toEqual([undefined, "UNAVAILABLE", "no"]);
    const odd = { ok: true, value: 5 } as const;
    expect(open(() => odd).run(script)).toEqual([
      undefined,
      "INTERNAL",
      "the node answered pbkdf2 with something else than bytes",
    ]);
  });

  it.each([
    ['"", "s", 1, 32', "password must not be empty"],
    ['"p", "", 1, 32', "salt must not be empty"],
    ['5, "s", 1, 32', "password must be a string, got a number"],
    ['"p", "s", 0, 32', "iterations must be a whole number from 1 to 10000000, got 0"],
    ['"p", "s", 10000001, 32', "iterations must be a whole number from 1 to 10000000, got 10000001"],
    ['"p", "s", 1, 0', "length must be a whole number from 1 to 1024, got 0"],
    ['"p", "s", 1, 1025', "length must be a whole number from 1 to 1024, got 1025"],
    ['"p", "s", 1', "length must be a whole number from 1 to 1024, got none"],
    ['"p", "s", 1, 32, "md5"', 'hash must be one of sha256, sha512, got "md5"'],
    ['"p", "s", 1, 32, 5', "hash must be one of sha256, sha512, got a number"],
    ['"p", "s", 10000000, 1024', "10000000 iterations for 1024 bytes are too many: ask for fewer of one"],
  ])("of %s is INVALID", (given, message) => {
    const script = `local v, e = crypto.pbkdf2(${given}); return v, e:kind(), e:message()`;
    expect(open().run(script)).toEqual([undefined, "INVALID", message]);
  });
});
