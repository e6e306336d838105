/** Arguments of the functions of `crypto`. Undefined: the call has been answered with `nil, INVALID`. */
import type { Call } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { absent, fail } from "../answers.js";

export function bytesArgument(call: Call<LuaProcess>, n: number, what: string): Uint8Array | undefined {
  if (call.type(n) === "string") return call.checkBytes(n);
  const got = absent(call, n) ? "nothing" : `a ${call.type(n)}`;
  return fail(call, "INVALID", `${what} must be a string, got ${got}`);
}

export function keyArgument(call: Call<LuaProcess>, n: number, what = "key"): Uint8Array | undefined {
  const key = bytesArgument(call, n, what);
  return key?.length === 0 ? fail(call, "INVALID", `${what} must not be empty`) : key;
}

/** A whole number in a range. */
export function countArgument(call: Call<LuaProcess>, n: number, what: string, max: number): number | undefined {
  const value = call.get(n);
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  const got = typeof value === "number" ? String(value) : call.type(n);
  return fail(call, "INVALID", `${what} must be a whole number from 1 to ${max}, got ${got}`);
}

/** One of some names; the first is meant when there is none. */
export function choiceArgument<Name extends string>(
  call: Call<LuaProcess>,
  n: number,
  what: string,
  names: readonly Name[],
): Name | undefined {
  if (absent(call, n)) return names[0];
  const value = call.get(n);
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  const got = typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : `a ${call.type(n)}`;
  return fail(call, "INVALID", `${what} must be one of ${names.join(", ")}, got ${got}`);
}
