/** Operators of Time and Duration: `+ - * / ..` and comparisons, for any mix of the two that makes sense. */
import type { Call, HostFunction, Pushable } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { compareTimes, timeOfNanos, totalNanos } from "./calendar.js";
import { clamp, durationArgument } from "./duration.js";
import { type TimeTypes, timeValue } from "./types.js";

type Metamethods = Readonly<Record<string, HostFunction<LuaProcess>>>;

/** `types` is looked up when an operator runs: the types that it holds are made with these metamethods. */
export function operators(types: () => TimeTypes): Metamethods {
  return {
    __add: (call) => call.push(add(call, types())),
    __sub: (call) => call.push(subtract(call, types())),
    __mul: (call) => call.push(multiply(call, types())),
    __div: (call) => call.push(divide(call, types())),
    __unm: (call) => call.push(durationValue(types(), -durationAt(call, 1, types()))),
    __eq: (call) => call.push(compare(call, types()) === 0),
    __lt: (call) => call.push(ordered(call, types()) < 0),
    __le: (call) => call.push(ordered(call, types()) <= 0),
    __concat: (call) => call.push(call.tostring(1) + call.tostring(2)),
  };
}

export function durationValue(types: TimeTypes, nanos: bigint): Pushable {
  return types.duration.wrap({ nanos: clamp(nanos) });
}

/** A duration operand; a number counts nanoseconds, as everywhere in `time`. */
function durationAt(call: Call<LuaProcess>, n: number, types: TimeTypes): bigint {
  return durationArgument(call, n, types) ?? call.error(`operand ${n} is not a duration`);
}

function add(call: Call<LuaProcess>, types: TimeTypes): Pushable {
  for (const [n, other] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const time = types.time.unwrap(call.ref(n));
    if (time === undefined) continue;
    const nanos = durationAt(call, other, types);
    return timeValue(call, types, timeOfNanos(totalNanos(time) + nanos, time.zone));
  }
  return durationValue(types, durationAt(call, 1, types) + durationAt(call, 2, types));
}

function subtract(call: Call<LuaProcess>, types: TimeTypes): Pushable {
  const time = types.time.unwrap(call.ref(1));
  if (time === undefined) {
    return durationValue(types, durationAt(call, 1, types) - durationAt(call, 2, types));
  }
  const other = types.time.unwrap(call.ref(2));
  if (other !== undefined) return durationValue(types, totalNanos(time) - totalNanos(other));
  return timeValue(call, types, timeOfNanos(totalNanos(time) - durationAt(call, 2, types), time.zone));
}

/** Duration times number, either way round. Whole factors are exact. */
function multiply(call: Call<LuaProcess>, types: TimeTypes): Pushable {
  const [duration, n] = types.duration.unwrap(call.ref(1)) ? [1, 2] : [2, 1];
  const nanos = durationAt(call, duration, types);
  if (call.type(n) !== "number") call.error("a duration can only be multiplied by a number");
  return durationValue(types, scale(call, nanos, call.checkNumber(n)));
}

function scale(call: Call<LuaProcess>, nanos: bigint, factor: number): bigint {
  if (Number.isInteger(factor)) return nanos * BigInt(factor);
  const product = Number(nanos) * factor;
  return Number.isFinite(product) ? BigInt(Math.trunc(product)) : call.error("duration is out of range");
}

/** Duration by number is a Duration, Duration by Duration a number. */
function divide(call: Call<LuaProcess>, types: TimeTypes): Pushable {
  const nanos = durationAt(call, 1, types);
  const other = types.duration.unwrap(call.ref(2));
  if (other !== undefined) return Number(nanos) / Number(other.nanos);
  if (call.type(2) !== "number") call.error("a duration can only be divided by a number or a duration");
  const divisor = call.checkNumber(2);
  if (divisor === 0) call.error("a duration cannot be divided by zero");
  return durationValue(types, Number.isInteger(divisor) ? nanos / BigInt(divisor) : scale(call, nanos, 1 / divisor));
}

/** Undefined when the two are not of one kind. */
function compare(call: Call<LuaProcess>, types: TimeTypes): number | undefined {
  const [time, otherTime] = [types.time.unwrap(call.ref(1)), types.time.unwrap(call.ref(2))];
  if (time !== undefined && otherTime !== undefined) return compareTimes(time, otherTime);
  const [span, otherSpan] = [types.duration.unwrap(call.ref(1)), types.duration.unwrap(call.ref(2))];
  if (span === undefined || otherSpan === undefined) return undefined;
  return span.nanos === otherSpan.nanos ? 0 : span.nanos < otherSpan.nanos ? -1 : 1;
}

function ordered(call: Call<LuaProcess>, types: TimeTypes): number {
  return compare(call, types) ?? call.error("attempt to compare two values that are not both times or both durations");
}
