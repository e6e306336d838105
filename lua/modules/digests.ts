/** The digests that Lua modules know, and what each costs of the instruction budget. */
import { hmac } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { CHash } from "@noble/hashes/utils.js";
import { bytesToHex } from "@noble/hashes/utils.js";

export type DigestName = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

const digests: Readonly<Record<DigestName, CHash>> = { md5, sha1, sha256, sha384, sha512 };

/** Bytes that are digested in the time of one Lua instruction, measured; rounded down. */
const bytesPerInstruction: Readonly<Record<DigestName, number>> = {
  md5: 8,
  sha1: 16,
  sha256: 8,
  sha384: 4,
  sha512: 4,
};

/** Instructions that digesting so many bytes stands for, a keyed digest included. */
export function digestCost(name: DigestName, bytes: number): number {
  return 200 + bytes / bytesPerInstruction[name];
}

export function digest(name: DigestName, data: Uint8Array): Uint8Array {
  return digests[name](data);
}

export function keyedDigest(name: DigestName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(digests[name], key, data);
}

/** For functions that go on with the digest itself, such as a key derivation. */
export function digestFunction(name: DigestName): CHash {
  return digests[name];
}

export const hex: (bytes: Uint8Array) => string = bytesToHex;

/** As long as it takes for equal lengths, wherever they differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
