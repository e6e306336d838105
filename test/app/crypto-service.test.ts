import { createSign, createVerify, generateKeyPairSync, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { cryptoService } from "../../app/crypto-service.js";
import { bytesPayload, type Payload, unknownPid } from "../../mailbox/index.js";

const service = cryptoService();
const ask = (operation: string, args: Record<string, Payload>) => service.ask(unknownPid, operation, args);
const bytes = (text: string | Uint8Array) => bytesPayload(Buffer.from(text).toString("base64"));
const pem = (modulusLength: number) =>
  generateKeyPairSync("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

const { publicKey, privateKey } = pem(2048);

describe("the crypto service", () => {
  it("derives keys as OpenSSL does", async () => {
    const outcome = await ask("pbkdf2", {
      password: bytes("p"),
      salt: bytes("s"),
      iterations: 3000,
      length: 40,
      hash: "sha512",
    });
    expect(outcome).toEqual({ ok: true, value: bytes(pbkdf2Sync("p", "s", 3000, 40, "sha512")) });
  });

  it("signs what others verify, and verifies what others signed", async () => {
    const signed = await ask("rs256_sign", { key: privateKey, data: "text" });
    const signature = Buffer.from((signed as unknown as { value: { $bytes: string } }).value.$bytes, "base64");
    expect(createVerify("sha256").update("text").verify(publicKey, signature)).toBe(true);
    const theirs = createSign("sha256").update("text").sign(privateKey);
    const verify = (data: string) => ask("rs256_verify", { key: publicKey, data, signature: bytes(theirs) });
    expect([await verify("text"), await verify("texT")]).toEqual([
      { ok: true, value: true },
      { ok: true, value: false },
    ]);
  });

  it("does everything that is asked at once", async () => {
    const args = { password: bytes("p"), salt: bytes("s"), iterations: 1000, length: 32, hash: "sha256" };
    const outcomes = await Promise.all(Array.from({ length: 9 }, () => ask("pbkdf2", args)));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(await ask("rs256_verify", { key: publicKey, data: "", signature: bytes("x") })).toEqual({
      ok: true,
      value: false,
    });
  });

  const ec = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  it.each([
    ["rs256_sign", { key: "no key", data: "" }, "key must be a private RSA key as PEM"],
    ["rs256_sign", { key: publicKey, data: "" }, "key must be a private RSA key as PEM"],
    ["rs256_sign", { key: ec.privateKey, data: "" }, "key must be an RSA key, got ec"],
    ["rs256_sign", { key: pem(1024).privateKey, data: "" }, "key must have 2048 to 8192 bits, got 1024"],
    ["rs256_sign", { key: privateKey }, "data must be text"],
    ["rs256_verify", { key: "no key", data: "", signature: bytes("") }, "key must be a public RSA key as PEM"],
    ["rs256_verify", { key: publicKey, data: "", signature: null }, "signature must be bytes"],
    ["pbkdf2", {}, "password must be bytes"],
    [
      "pbkdf2",
      { password: bytes("p"), salt: bytes("s"), iterations: 1e9, length: 1, hash: "sha256" },
      "iterations must be a whole number from 1 to 10000000",
    ],
    [
      "pbkdf2",
      { password: bytes("p"), salt: bytes("s"), iterations: 1, length: 1, hash: "md5" },
      "hash must be sha256 or sha512",
    ],
    ["dance", {}, 'crypto has no operation "dance"'],
  ] as [string, Record<string, Payload>, string][])("refuses %s of %o", async (operation, args, message) => {
    expect(await ask(operation, args)).toEqual({ ok: false, error: { kind: "INVALID", message, retryable: false } });
  });
});
