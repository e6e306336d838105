import { createHmac, createSign, createVerify, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AskRequest, Outcome } from "../../../actors/index.js";
import { cryptoModule } from "../../../lua/modules/crypto.js";
import { jsonModule } from "../../../lua/modules/json.js";
import { literal } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const now = Date.UTC(2024, 4, 6);
const seconds = now / 1000;
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** The node's service in miniature. */
function ask({ operation, args }: AskRequest): Outcome {
  const { key, data, signature } = args as { key: string; data: string; signature: { $bytes: string } };
  if (!key.includes("KEY"))
    return { ok: false, error: { kind: "INVALID", message: "key must be PEM", retryable: false } };
  if (operation === "rs256_sign") {
    return { ok: true, value: { $bytes: createSign("sha256").update(data).sign(key, "base64") } };
  }
  return { ok: true, value: createVerify("sha256").update(data).verify(key, signature.$bytes, "base64") };
}

const open = () => new FakeProcess({ modules: [cryptoModule, jsonModule], now, ask });
const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function token(header: unknown, claims: unknown, key = "secret", hash = "sha256"): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

/** Kind and message of why a token was not taken. */
function refusalOf(given: string): unknown[] {
  const script = `local v, e = crypto.jwt.verify(${given}); return v, e and e:kind(), e and e:message(), e and e:retryable()`;
  const [value, kind, message, retryable] = open().run(script);
  expect([value, kind, retryable]).toEqual([undefined, "INTERNAL", false]);
  return [message];
}

describe("crypto.jwt.encode", () => {
  it("gives the text that RFC 7519 leads to", () => {
    const [text] = open().eval(
      'crypto.jwt.encode({sub = "1234567890", name = "John Doe", iat = 1516239022}, "your-256-bit-secret")',
    );
    expect(text).toBe(
      token(
        { alg: "HS256", typ: "JWT" },
        { iat: 1516239022, name: "John Doe", sub: "1234567890" },
        "your-256-bit-secret",
      ),
    );
  });

  it.each([
    ["HS384", "sha384"],
    ["HS512", "sha512"],
  ])("signs with %s", (alg, hash) => {
    expect(open().eval(`crypto.jwt.encode({}, "secret", "${alg}")`)).toEqual([
      token({ alg, typ: "JWT" }, {}, "secret", hash),
      undefined,
    ]);
  });

  it("signs with RS256, and others accept it", () => {
    const [text] = open().eval(`crypto.jwt.encode({a = 1}, ${literal(privateKey)}, "RS256")`);
    const [header, claims, signature] = (text as string).split(".");
    expect([header, claims]).toEqual([part({ alg: "RS256", typ: "JWT" }), part({ a: 1 })]);
    expect(createVerify("sha256").update(`${header}.${claims}`).verify(publicKey, signature!, "base64url")).toBe(true);
  });

  it("adds headers, but not another algorithm, and leaves the claims as they were", () => {
    const script = `local claims = {a = 1, _header = {kid = "k1", typ = "at+jwt", alg = "none"}}
      local t = crypto.jwt.encode(claims, "secret"); return t, claims._header.alg`;
    expect(open().run(script)).toEqual([token({ alg: "HS256", kid: "k1", typ: "at+jwt" }, { a: 1 }), "none"]);
  });

  it.each([
    ['"x", "secret"', "claims must be a table, got string"],
    ["{}", "key must be a string, got nothing"],
    ['{}, ""', "key must not be empty"],
    ['{}, "k", "none"', 'algorithm must be one of HS256, HS384, HS512, RS256, got "none"'],
    ['{}, "k", 5', "algorithm must be one of HS256, HS384, HS512, RS256, got a number"],
    ['{1, 2}, "k"', "claims must have string keys"],
    ['{f = type}, "k"', "claims: cannot encode as JSON: a function has no JSON form"],
    ['{_header = 5}, "k"', "_header must be a table"],
    ['{_header = {1}}, "k"', "_header: cannot encode as JSON: a table has both array items and other keys"],
    ['{}, "no pem", "RS256"', "key must be PEM"],
    ['{a = string.rep("x", 300000)}, "k"', "claims are too long for a token"],
  ])("of %s is INVALID", (given, message) => {
    const script = `local v, e = crypto.jwt.encode(${given}); return v, e:kind(), e:message()`;
    expect(open().run(script)).toEqual([undefined, "INVALID", message]);
  });
});

describe("crypto.jwt.verify", () => {
  const claims = { exp: seconds + 10, sub: "me" };
  const good = token({ alg: "HS256" }, claims);

  it("gives the claims back, whatever they are", () => {
    const value = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
    fc.assert(
      fc.property(value, fc.constantFrom("HS256", "HS384", "HS512"), (given, alg) => {
        const text = JSON.stringify({ ...given, _header: undefined, exp: seconds + 1, nbf: seconds });
        const [result] = open().run(`local t = crypto.jwt.encode(json.decode(${literal(text)}), "k", "${alg}")
          return json.encode(assert(crypto.jwt.verify(t, "k", "${alg}")))`);
        expect(JSON.parse(result as string)).toEqual(JSON.parse(text));
      }),
      { numRuns: 40 },
    );
  });

  it("verifies RS256 with the public key", () => {
    const text = `crypto.jwt.encode({exp = ${seconds + 1}}, ${literal(privateKey)}, "RS256")`;
    expect(open().eval(`crypto.jwt.verify(${text}, ${literal(publicKey)}, "RS256").exp`)).toEqual([seconds + 1]);
    expect(refusalOf(`${text} .. "A", ${literal(publicKey)}, "RS256"`)).toEqual([
      "token is not valid: signature is wrong",
    ]);
    expect(refusalOf(`${text}, "no pem", "RS256"`)).toEqual(["key must be PEM"]);
  });

  it("wants an exp unless told otherwise, and checks one that is there all the same", () => {
    const without = token({ alg: "HS256" }, { a: 1 });
    const expired = token({ alg: "HS256" }, { exp: seconds });
    expect(refusalOf(`"${without}", "secret"`)).toEqual(["token is not valid: exp is missing"]);
    expect(open().eval(`crypto.jwt.verify("${without}", "secret", nil, false).a`)).toEqual([1]);
    expect(refusalOf(`"${expired}", "secret"`)).toEqual(["token is not valid: it has expired"]);
    expect(refusalOf(`"${expired}", "secret", "HS256", false`)).toEqual(["token is not valid: it has expired"]);
  });

  it("goes by the time of the process", () => {
    expect(
      open().run(`local a = crypto.jwt.verify("${good}", "secret"); elapse(10000)
      local b, e = crypto.jwt.verify("${good}", "secret"); return a.sub, b, e:message()`),
    ).toEqual(["me", undefined, "token is not valid: it has expired"]);
  });

  it.each([
    ["another key", `"${good}", "other"`, "token is not valid: signature is wrong"],
    [
      "changed claims",
      `"${good.replace(part(claims), part({ ...claims, sub: "you" }))}", "secret"`,
      "token is not valid: signature is wrong",
    ],
    [
      "no signature",
      `"${good.slice(0, good.lastIndexOf(".") + 1)}", "secret"`,
      "token is not valid: signature is wrong",
    ],
    [
      "another algorithm",
      `"${token({ alg: "HS512" }, claims, "secret", "sha512")}", "secret"`,
      "token is not signed with HS256",
    ],
    ["the algorithm none", `"${part({ alg: "none" })}.${part(claims)}.", "secret"`, "token is not signed with HS256"],
    ["a secret where RS256 is expected", `"${good}", "secret", "RS256"`, "token is not signed with RS256"],
    [
      "critical headers",
      `"${token({ alg: "HS256", crit: ["b64"], b64: false }, claims)}", "secret"`,
      "token has critical headers, and none is understood",
    ],
    ["two parts", '"a.b", "secret"', "token is malformed: expected header, claims and signature in base64url"],
    ["four parts", `"${good}.x", "secret"`, "token is malformed: expected header, claims and signature in base64url"],
    ["padding", `"${good}=", "secret"`, "token is malformed: expected header, claims and signature in base64url"],
    [
      "claims that are an array",
      `"${token({ alg: "HS256" }, [1])}", "secret"`,
      "token is malformed: expected header, claims and signature in base64url",
    ],
    [
      "a header that is no JSON",
      `"${token("{", claims)}", "secret"`,
      "token is malformed: expected header, claims and signature in base64url",
    ],
    [
      "an exp that is a text",
      `"${token({ alg: "HS256" }, { exp: "soon" })}", "secret"`,
      "token is not valid: exp is not a number",
    ],
    [
      "an nbf ahead",
      `"${token({ alg: "HS256" }, { ...claims, nbf: seconds + 1 })}", "secret"`,
      "token is not valid: its time (nbf) has not come",
    ],
    [
      "an nbf that is a text",
      `"${token({ alg: "HS256" }, { ...claims, nbf: "now" })}", "secret"`,
      "token is not valid: nbf is not a number",
    ],
    ["a token that is none", '5, "secret"', "token must be a string, got number"],
    ["no key", `"${good}"`, "key must be a string, got none"],
    ["an empty key", `"${good}", ""`, "key must not be empty"],
    ["an unknown algorithm", `"${good}", "secret", "ES256"`, "algorithm must be one of HS256, HS384, HS512, RS256"],
    ["an odd require_exp", `"${good}", "secret", "HS256", "no"`, "require_exp must be a boolean, got string"],
    ["a huge text", 'string.rep("a", 2^20), "secret"', "token is longer than 524288 characters"],
    [
      "bytes that are no text",
      '"\\xff.\\xff.\\xff", "secret"',
      "token is malformed: expected header, claims and signature in base64url",
    ],
  ])("refuses %s", (_what, given, message) => expect(refusalOf(given)).toEqual([message]));
});
