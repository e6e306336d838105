/** The two spellings of a duration outside the time module: as an argument (numbers are ns), as an option (numbers are ms). */
import type { Call, LuaValue } from "../../fengari.js";
import type { LuaProcess, Shared } from "../../owner.js";
import { durationArgument, parseDuration } from "../time/duration.js";
import { timeTypesOf } from "../time/types.js";

const nanosPerMs = 1e6;

/** Milliseconds of an argument: a number of nanoseconds, a text such as `5s`, or a Duration. Undefined for anything else. */
export function durationMs(call: Call<LuaProcess>, n: number): number | undefined {
  const nanos = durationArgument(call, n, timeTypesOf(call.owner.shared));
  return nanos === undefined ? undefined : Number(nanos) / nanosPerMs;
}

/** Milliseconds of an option: a number of milliseconds, a text, or a Duration. Undefined for anything else. */
export function optionMs(shared: Shared, value: LuaValue): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  const nanos = typeof value === "string" ? parseDuration(value) : timeTypesOf(shared).duration.unwrap(value)?.nanos;
  return nanos === undefined ? undefined : Number(nanos) / nanosPerMs;
}
