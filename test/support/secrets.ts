/** The program `secrets.lua` with keys of its own, and what it must say on every host. */
import { createHash, generateKeyPairSync, pbkdf2Sync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { Payload } from "../../mailbox/index.js";

export const secretModules = "[base64, crypto, hash, json, process, uuid]";

const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

const password = "correct horse battery";
const derived = (iterations: number) => pbkdf2Sync(password, "salt", iterations, 32, "sha256");

/** As it is, and within a longer text in base64. */
const spellings = (secret: string): string[] => [
  secret,
  ...[0, 1, 2].map((shift) =>
    Buffer.from(" ".repeat(shift) + secret)
      .toString("base64")
      .slice(4, -4),
  ),
];

/** The program puts it together from parts, so nothing but a record of it can hold it. */
export const passwordSpellings: readonly string[] = spellings(password);
/** The other ones are in the program's own text too. */
export const secretSpellings: readonly string[] = [password, "a plain text", privateKey.split("\n")[1]!].flatMap(
  spellings,
);

export async function secretsSource(): Promise<string> {
  const text = await readFile(new URL("../e2e/apps/secrets.lua", import.meta.url), "utf8");
  return text.replace("@PRIVATE@", privateKey).replace("@PUBLIC@", publicKey);
}

export function expectSecretsKept(said: Payload): void {
  expect(said).toMatchObject({
    random: expect.stringMatching(/^[A-Za-z0-9+/]{32}$/),
    text: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    opened: ["a plain text", "a plain text"],
    slow: createHash("sha256").update(derived(30_000)).digest("hex"),
    subjects: ["me", "me"],
    refused: "token is not valid: signature is wrong",
    fits: true,
    misfit: "value at /lines/0/count must be >= 1 (minimum)",
  });
  const { ids } = said as { ids: string[] };
  expect(new Set(ids).size).toBe(5);
}
