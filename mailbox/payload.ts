/**
 * Payload: the immutable, JSON-shaped value that may leave a process, and its limits.
 *
 * What JSON lacks is tagged by an object with one key: `$bytes` (base64), `$time` (RFC 3339 with nanoseconds), `$error`
 * (a Failure), `$number` (NaN, Infinity, -Infinity). An ordinary object that looks like a tag is wrapped in `$plain`.
 */
import { base64 } from "./base64.js";
import { type Failure, failure } from "./failure.js";

export type Payload = null | boolean | number | string | readonly Payload[] | { readonly [key: string]: Payload };

export type PayloadTag = "$bytes" | "$time" | "$error" | "$number" | "$plain";

/** One message, argument list or result may weigh this much as JSON; Temporal refuses 2 MB. */
export const maxPayloadBytes = 1024 * 1024;
export const maxPayloadDepth = 128;

const tags: ReadonlySet<string> = new Set<PayloadTag>(["$bytes", "$time", "$error", "$number", "$plain"]);

export function isRecord(value: Payload | undefined): value is { readonly [key: string]: Payload } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The tag of a tagged value, or undefined for plain data. */
export function payloadTag(value: Payload): PayloadTag | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  let only: string | undefined;
  for (const key in value) {
    if (only !== undefined) return undefined;
    only = key;
  }
  return only !== undefined && tags.has(only) ? (only as PayloadTag) : undefined;
}

/** Protect an ordinary object from being read as a tag. */
export function escapePlain(value: { readonly [key: string]: Payload }): Payload {
  return payloadTag(value) === undefined ? value : { $plain: value };
}

export const bytesPayload = (base64: string): Payload => ({ $bytes: base64 });
export const timePayload = (rfc3339: string): Payload => ({ $time: rfc3339 });
export const errorPayload = (error: Failure): Payload => ({ $error: error as unknown as Payload });

/** Numbers as every tier carries them: integral floats equal integers, zero has no sign, the three odd ones are tagged. */
export function numberPayload(value: number): Payload {
  if (value === 0) return 0;
  return Number.isFinite(value) ? value : { $number: String(value) };
}

/** UTF-8 length of a text's characters as JSON writes them, escapes included, without building the bytes. */
function jsonLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20) bytes += (code >= 8 && code <= 10) || code === 12 || code === 13 ? 1 : 5;
    else if (code === 0x22 || code === 0x5c) bytes += 1;
    else if (code < 0x80) continue;
    else if (code < 0x800) bytes += 1;
    else if (code < 0xd800 || code > 0xdfff) bytes += 2;
    else if (isPair(code, text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 5;
  }
  return bytes;
}

function isPair(high: number, low: number): boolean {
  return high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
}

/** Weight of a payload as JSON, in bytes: never less than the text, at most a little more. Stops counting once past `limit`. */
export function payloadBytes(value: Payload, limit = Number.POSITIVE_INFINITY): number {
  if (value === null || typeof value === "boolean") return 5;
  if (typeof value === "number") return value === (value | 0) ? 12 : 25;
  if (typeof value === "string") return jsonLength(value) + 2;
  let sum = 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly Payload[]) {
      sum += 1 + payloadBytes(item, limit - sum);
      if (sum > limit) return sum;
    }
    return sum;
  }
  for (const [key, item] of Object.entries(value)) {
    sum += jsonLength(key) + 4 + payloadBytes(item, limit - sum);
    if (sum > limit) return sum;
  }
  return sum;
}

/** The refusal of a value that is too heavy; undefined when it may travel. */
export function checkPayloadSize(values: readonly Payload[], what: string): Failure | undefined {
  let sum = 0;
  for (const value of values) sum += payloadBytes(value, maxPayloadBytes - sum);
  if (sum <= maxPayloadBytes) return undefined;
  return payloadTooLarge(what);
}

export function payloadTooLarge(what: string): Failure {
  const message = `${what} is larger than ${maxPayloadBytes} bytes; store the data elsewhere and send a key`;
  return failure("INVALID", message, { retryable: false });
}

/**
 * Make a payload of a JavaScript value: plain data, Date, Uint8Array, Error-like failures (`{ kind, message }` under `$error`
 * stays). Functions, symbols, bigint, class instances, invalid dates and cycles throw a TypeError that names the path.
 */
export function toPayload(value: unknown, encodeBytes: (bytes: Uint8Array) => string = base64): Payload {
  return convert(value, "value", [], encodeBytes);
}

function convert(value: unknown, path: string, above: readonly object[], encode: (b: Uint8Array) => string): Payload {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return numberPayload(value);
  if (typeof value !== "object") throw new TypeError(`${path} is a ${typeof value}, which cannot leave a process`);
  if (above.includes(value)) throw new TypeError(`${path} refers back to itself; a payload may not contain a cycle`);
  if (above.length >= maxPayloadDepth) throw new TypeError(`${path} is nested deeper than ${maxPayloadDepth} levels`);
  if (value instanceof Uint8Array) return bytesPayload(encode(value));
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new TypeError(`${path} is not a valid date`);
    return timePayload(value.toISOString());
  }
  const chain = [...above, value];
  // Array.from, as map would leave holes.
  if (Array.isArray(value)) return Array.from(value, (item, i) => convert(item, `${path}[${i}]`, chain, encode));
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== null && Object.getPrototypeOf(proto) !== null) {
    throw new TypeError(`${path} is a ${value.constructor.name}, which cannot leave a process`);
  }
  // fromEntries, as an assignment to a key named __proto__ would set the prototype.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, convert(item, `${path}.${key}`, chain, encode)]),
  );
}
