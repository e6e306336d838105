/** Durations as numbers and text: `1h30m`, clamping, and reading one from a Lua argument. */
import type { Call } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import type { TimeTypes } from "./types.js";

export const nanosecond = 1n;
export const microsecond = 1_000n;
export const millisecond = 1_000_000n;
export const second = 1_000_000_000n;
export const minute = 60n * second;
export const hour = 60n * minute;

const largest = 2n ** 63n - 1n;
const smallest = -(2n ** 63n);

/** Far more than a sensible text needs; keeps the work for a senseless one small. */
const maxTextLength = 100;

const units: ReadonlyMap<string, bigint> = new Map([
  ["ns", nanosecond],
  ["us", microsecond],
  ["\u00b5s", microsecond],
  ["\u03bcs", microsecond],
  ["ms", millisecond],
  ["s", second],
  ["m", minute],
  ["h", hour],
]);

/** The nearest duration of 64 bits. */
export function clamp(nanos: bigint): bigint {
  return nanos > largest ? largest : nanos < smallest ? smallest : nanos;
}

/** Nanoseconds of `1h30m`, `-1.5s`, `500ms`, `0`; undefined for anything else and for more than 64 bits. */
export function parseDuration(text: string): bigint | undefined {
  if (text.length > maxTextLength) return undefined;
  const match = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return undefined;
  let sum = 0n;
  for (const [, whole, fraction = "", unit] of match[2]!.matchAll(/(\d*)(?:\.(\d*))?([a-z\u00b5\u03bc]+)/g)) {
    const scale = units.get(unit!)!;
    sum += BigInt(whole || "0") * scale + partOf(scale, fraction);
  }
  const nanos = match[1] === "-" ? -sum : sum;
  return nanos === clamp(nanos) ? nanos : undefined;
}

/** In floating point over as many digits as fit into 63 bits, so that the last nanosecond is that of everybody else who reads such a text. */
function partOf(scale: bigint, fraction: string): bigint {
  let [digits, divisor] = [0n, 1];
  for (const digit of fraction) {
    const next = digits * 10n + BigInt(digit);
    if (digits > largest / 10n || next > largest + 1n) break;
    digits = next;
    divisor *= 10;
  }
  return BigInt(Math.trunc(Number(digits) * (Number(scale) / divisor)));
}

/** The shortest usual form: `1h30m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  const size = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? "-" : "";
  if (size < microsecond) return `${sign}${size}ns`;
  if (size < millisecond) return `${sign}${decimal(size, microsecond)}\u00b5s`;
  if (size < second) return `${sign}${decimal(size, millisecond)}ms`;
  const hours = size >= hour ? `${size / hour}h` : "";
  const minutes = size >= minute ? `${(size % hour) / minute}m` : "";
  return `${sign}${hours}${minutes}${decimal(size % minute, second)}s`;
}

function decimal(value: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction = String(value % unit)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(value / unit) : `${value / unit}.${fraction}`;
}

/** A Lua number as nanoseconds; the fraction is cut off. Undefined for NaN and what does not fit. */
export function nanosOfNumber(value: number): bigint | undefined {
  if (!Number.isFinite(value)) return undefined;
  const nanos = BigInt(Math.trunc(value));
  return nanos === clamp(nanos) ? nanos : undefined;
}

/** A duration argument: a number of nanoseconds, a text, or a Duration. Undefined for anything else. */
export function durationArgument(call: Call<LuaProcess>, n: number, types: TimeTypes): bigint | undefined {
  switch (call.type(n)) {
    case "number":
      return nanosOfNumber(call.checkNumber(n));
    case "string":
      return parseDuration(call.checkString(n));
    default:
      return types.duration.unwrap(call.ref(n))?.nanos;
  }
}

/** Why a duration argument was refused. */
export function durationProblem(call: Call<LuaProcess>, n: number): string {
  const got = call.type(n);
  const shown = got === "string" ? `"${call.checkString(n)}"` : got === "number" ? call.tostring(n) : `a ${got} value`;
  return `invalid duration ${shown}: use nanoseconds, a text such as "1h30m" or "500ms", or a Duration`;
}
