/** The context of a process as its program may give it on and see it: reserved keys pass neither way. What they mean is in actors/. */
import { isReservedKey, type PayloadRecord } from "../actors/index.js";
import { failure, type Payload } from "../mailbox/index.js";
import type { Call, LuaTable } from "./fengari.js";
import type { LuaProcess } from "./owner.js";
import { recordOf } from "./value.js";

/** Values of a table for `with_context`. Raises INVALID for a reserved key and for what may not leave a process. */
export function givenContext(call: Call<LuaProcess>, table: LuaTable): PayloadRecord {
  const { shared } = call.owner;
  const result = recordOf(shared, table, "context");
  if ("error" in result) return call.raise(shared.pushableError(result.error));
  const reserved = Object.keys(result.record).find(isReservedKey);
  if (reserved === undefined) return result.record;
  const message = `context keys that begin with @ are reserved: ${reserved}`;
  return call.raise(shared.pushableError(failure("INVALID", message, { retryable: false })));
}

export function visibleValue(context: PayloadRecord, key: string): Payload | undefined {
  return !isReservedKey(key) && Object.hasOwn(context, key) ? context[key] : undefined;
}

export function visibleValues(context: PayloadRecord): [key: string, value: Payload][] {
  return Object.entries(context).filter(([key]) => !isReservedKey(key));
}
