/** The bytes of a UUID: making each version from time, random bytes or a name, and reading them back. RFC 9562. */
import { md5, sha1 } from "@noble/hashes/legacy.js";

/** 100 ns steps from the start of the Gregorian calendar to 1970. */
const gregorianOffset = 122_192_928_000_000_000n;

/** A copy with version and variant written in. */
export function withMarks(bytes: Uint8Array, version: number): Uint8Array {
  const id = bytes.slice(0, 16);
  id[6] = (id[6]! & 0x0f) | (version << 4);
  id[8] = (id[8]! & 0x3f) | 0x80;
  return id;
}

/** Version 1: time, then 8 random bytes as clock sequence and node; the node is marked as no network address. */
export function timeAndNode(milliseconds: number, random: Uint8Array): Uint8Array {
  const steps = BigInt(Math.round(milliseconds)) * 10_000n + gregorianOffset;
  const id = new Uint8Array(16);
  const view = new DataView(id.buffer);
  view.setUint32(0, Number(steps & 0xffff_ffffn));
  view.setUint16(4, Number((steps >> 32n) & 0xffffn));
  view.setUint16(6, Number((steps >> 48n) & 0x0fffn));
  id.set(random, 8);
  id[10] = id[10]! | 1;
  return withMarks(id, 1);
}

/** Version 7: milliseconds since 1970, then 10 random bytes. */
export function timeAndRandom(milliseconds: number, random: Uint8Array): Uint8Array {
  const id = new Uint8Array(16);
  const now = Math.round(milliseconds);
  const view = new DataView(id.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  id.set(random, 6);
  return withMarks(id, 7);
}

/** Version 3 (MD5) or 5 (SHA-1) of a name in a namespace. */
export function fromName(namespace: Uint8Array, name: Uint8Array, version: 3 | 5): Uint8Array {
  const data = new Uint8Array(16 + name.length);
  data.set(namespace);
  data.set(name, 16);
  return withMarks(version === 3 ? md5(data) : sha1(data), version);
}

const spelling =
  /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$|^([0-9a-f]{32})$/i;

/** Undefined for what is not a UUID. */
export function parseUuid(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const match = spelling.exec(value.startsWith("{") && value.endsWith("}") ? value.slice(1, -1) : value);
  if (match === null) return undefined;
  const digits = match.slice(1).join("");
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function uuidText(id: Uint8Array): string {
  return [id.subarray(0, 4), id.subarray(4, 6), id.subarray(6, 8), id.subarray(8, 10), id.subarray(10)]
    .map(hex)
    .join("-");
}

export const versionOf = (id: Uint8Array): number => id[6]! >> 4;

export function variantOf(id: Uint8Array): string {
  const bits = id[8]!;
  if ((bits & 0x80) === 0) return "NCS";
  if ((bits & 0xc0) === 0x80) return "RFC4122";
  return (bits & 0xe0) === 0xc0 ? "Microsoft" : "Future";
}

/** Whole seconds since 1970 of versions 1 and 7. */
export function secondsOf(id: Uint8Array): number | undefined {
  const view = new DataView(id.buffer, id.byteOffset);
  if (versionOf(id) === 7) return Math.floor((view.getUint16(0) * 2 ** 32 + view.getUint32(2)) / 1000);
  if (versionOf(id) !== 1) return undefined;
  const high = BigInt(view.getUint16(6) & 0x0fff);
  const steps = (high << 48n) | (BigInt(view.getUint16(4)) << 32n) | BigInt(view.getUint32(0));
  return Math.floor(Number(steps - gregorianOffset) / 1e7);
}

/** Twelve digits, version 1 only. */
export const nodeOf = (id: Uint8Array): string | undefined => (versionOf(id) === 1 ? hex(id.subarray(10)) : undefined);
