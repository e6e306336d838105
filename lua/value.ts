/** Lua values <-> payloads: the one deep copy for everything that enters or leaves a process. Wrapping errors is in modules/errors. */

import type { PayloadRecord } from "../actors/index.js";
import {
  checkPayloadSize,
  type Failure,
  fromBase64,
  numberPayload,
  type Payload,
  parseFailure,
  payloadTag,
} from "../mailbox/index.js";
import type { Call, LuaTable, LuaValue, Pushable } from "./fengari.js";
import { type Load, Outward, PayloadProblem, setOwn } from "./outward.js";
import type { LuaProcess, Shared } from "./owner.js";
import { parseTime } from "./timestamp.js";

export function toPayload(shared: Shared, value: Pushable, root = "value"): Payload {
  return new Outward(shared, root).convert(plain(shared, value));
}

/** A ref as a value; other values as they are. */
function plain(shared: Shared, value: Pushable): LuaValue {
  return shared.engine.value(shared.engine.ref(value));
}

export function fromPayload(shared: Shared, payload: Payload): Pushable {
  if (payload === null) return undefined;
  if (typeof payload !== "object") return payload;
  if (Array.isArray(payload)) return arrayTable(shared, payload as readonly Payload[]);
  const record = payload as PayloadRecord;
  const tag = payloadTag(record);
  const held = tag === undefined ? undefined : tagged(shared, tag, record[tag]!);
  return held === undefined ? recordTable(shared, record) : held.value;
}

/** Undefined when what the tag holds is not what it says: then it is plain data that came from outside. */
function tagged(shared: Shared, tag: string, content: Payload): { value: Pushable } | undefined {
  switch (tag) {
    case "$bytes": {
      const bytes = typeof content === "string" ? fromBase64(content) : undefined;
      return bytes && { value: bytes };
    }
    case "$time": {
      const time = typeof content === "string" ? parseTime(content) : undefined;
      return time && { value: shared.types.time.wrap(time) };
    }
    case "$error": {
      const error = parseFailure(content);
      return error && { value: shared.pushableError(error) };
    }
    case "$number":
      return { value: Number(content) };
    default:
      if (content === null || typeof content !== "object" || Array.isArray(content)) return undefined;
      return { value: recordTable(shared, content as PayloadRecord) };
  }
}

function recordTable(shared: Shared, record: PayloadRecord): LuaTable {
  const table = shared.engine.table();
  for (const key in record) table.set(key, fromPayload(shared, record[key]!));
  return table;
}

/** Payloads as a Lua array; nulls leave holes. */
export function arrayTable(shared: Shared, items: readonly Payload[]): LuaTable {
  const table = shared.engine.table();
  for (let i = 0; i < items.length; i++) table.set(i + 1, fromPayload(shared, items[i]!));
  return table;
}

/** The string keys of a table, as for context and options; other keys are left out. `what` names it in a refusal. */
export function recordOf(
  shared: Shared,
  table: LuaTable,
  what: string,
): { record: PayloadRecord } | { error: Failure } {
  const record: Record<string, Payload> = {};
  const load: Load = { what, bytes: 0 };
  try {
    for (const [key, item] of table.entries()) {
      if (typeof key === "string") setOwn(record, key, new Outward(shared, `${what}.${key}`, load).convert(item));
    }
  } catch (problem) {
    return { error: refusalOf(problem) };
  }
  const error = checkPayloadSize([record], what);
  return error === undefined ? { record } : { error };
}

/**
 * The arguments of a call from `first` to `last` as payloads, explicit nils included. A Failure (INVALID) names the argument and the path,
 * or the size limit.
 */
export function argumentPayloads(
  call: Call<LuaProcess>,
  first: number,
  last = call.count,
): readonly Payload[] | Failure {
  const { shared } = call.owner;
  const payloads: Payload[] = [];
  const load: Load = { what: "the argument list", bytes: 0 };
  try {
    for (let n = first; n <= Math.min(last, call.count); n++) {
      const value = call.get(n);
      // The bulk of what is sent needs no converter of its own.
      if (typeof value === "number") payloads.push(numberPayload(value));
      else if (typeof value === "boolean") payloads.push(value);
      else payloads.push(new Outward(shared, `argument ${n}: value`, load).convert(value));
    }
  } catch (problem) {
    return refusalOf(problem);
  }
  return checkPayloadSize(payloads, load.what) ?? payloads;
}

/** One value that leaves the process, with the size limit; `what` names it in a refusal. */
export function payloadOf(shared: Shared, value: Pushable, what: string): { payload: Payload } | { error: Failure } {
  try {
    const payload = toPayload(shared, value, what);
    const error = checkPayloadSize([payload], what);
    return error === undefined ? { payload } : { error };
  } catch (problem) {
    return { error: refusalOf(problem) };
  }
}

/** What was refused; any other exception goes on. */
function refusalOf(problem: unknown): Failure {
  if (problem instanceof PayloadProblem) return problem.failure;
  throw problem;
}
