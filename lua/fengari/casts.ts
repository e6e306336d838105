/** Types as functions, as typed Lua calls them: `string(v)`, `number(v)`, `integer(v)`, `boolean(v)`. */

import { hostFunction } from "./host-function.js";
import type { Call, HostFunction } from "./host-types.js";
import type { Isolate } from "./isolate.js";
import { newTable, type TableHandle } from "./values.js";

/** What Lua converts by itself, a numeral to a number and a number to a text, is converted; all else that is of another type raises. */
const casts: Readonly<Record<string, HostFunction<unknown>>> = {
  number: (call) => call.push(call.checkNumber(1)),
  integer: (call) => call.push(call.checkInteger(1)),
  boolean: (call) => call.push(call.checkBoolean(1)),
};

/** `string` is the library of that name, made callable; the others are functions of their own. */
export function addCasts<Owner>(isolate: Isolate<Owner>, shared: TableHandle): void {
  for (const [name, body] of Object.entries(casts)) {
    shared.set(name, hostFunction(isolate, name, body as HostFunction<Owner>));
  }
  const metatable = newTable(isolate.main);
  metatable.set("__call", hostFunction(isolate, "string", toText));
  metatable.set("__metatable", false);
  metatable.freeze();
  (shared.get("string") as TableHandle).setMetatable(metatable);
}

/** Argument 1 is the library. */
function toText<Owner>(call: Call<Owner>): void {
  const type = call.type(2);
  if (type === "string") call.push(call.ref(2));
  else if (type === "number") call.push(call.tostring(2));
  else call.argumentError(1, `string expected, got ${type === "none" ? "no value" : type}`);
}
