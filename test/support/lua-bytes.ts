/** Bytes between tests and Lua: as the literal of a chunk, and back from what the engine reads. */
import type { LuaValue } from "../../lua/fengari.js";

/** A Lua string literal of exactly these bytes. */
export function literal(bytes: Uint8Array | string): string {
  return `"${[...Buffer.from(bytes)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}

/** Of a Lua string, which reads as text when it is valid UTF-8. */
export function bytesOf(value: LuaValue): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw new TypeError(`not a Lua string: ${typeof value}`);
}

export const fromHex = (digits: string): Buffer => Buffer.from(digits.replaceAll(/\s/g, ""), "hex");
