/** The global `errors`: making, wrapping and testing error objects. Reference: lua-api 2.4, design row 12. */
import { decodeUtf8, type Failure, failure, failureKinds, normalizeKind, type Payload } from "../../mailbox/index.js";
import type { Call, LuaTable, LuaValue } from "../fengari.js";
import type { LuaProcess, ModuleDefinition, Shared } from "../owner.js";
import { absent } from "./answers.js";
import { callStack } from "./errors/stack.js";

export { createErrorValues, type ErrorValues } from "./errors/values.js";

/** Each wrapping copies what it wraps; past so many the innermost contexts go. */
const maxContexts = 100;

/**
 * - `errors.new(message)`, `errors.new(kind, message)`, `errors.new{message=, kind=, retryable=, details=}`. A field of a wrong
 *   type raises. The kind is UNKNOWN when not given; kinds are accepted as `NotFound` and as `NOT_FOUND`, and read `NOT_FOUND`.
 * - `errors.wrap(err, context)`: same kind, message, retryable, details and stack; the context shows in `tostring`. A string may
 *   be wrapped; nil stays nil.
 * - `errors.is(value, kind)`: false for what is not an error.
 * - `errors.call_stack(err)`: `{thread, frames = {{source, line, name}}}` or nil.
 * - a constant for each kind.
 */
export const errorsModule: ModuleDefinition = {
  name: "errors",
  global: true,
  build(shared) {
    const library = shared.engine.library({
      new: (call) => call.push(shared.pushableError(newError(call, shared))),
      wrap: (call) => wrap(call, shared),
      is: (call) => {
        const error = shared.errorOf(call.ref(1));
        call.push(
          error !== undefined && call.type(2) === "string" && error.kind === normalizeKind(call.checkString(2)),
        );
      },
      call_stack: (call) => {
        const error = shared.errorOf(call.ref(1));
        call.push(error === undefined ? undefined : callStack(call.engine, error));
      },
    });
    for (const kind of failureKinds) library.set(kind, kind);
    return library;
  },
};

function newError(call: Call<LuaProcess>, shared: Shared): Failure {
  const stack = call.traceback();
  if (call.type(1) === "table") return { ...fromTable(call, shared, call.checkTable(1)), stack };
  const first = call.checkString(1);
  if (absent(call, 2)) return failure("UNKNOWN", first, { stack });
  return failure(normalizeKind(first), call.checkString(2), { stack });
}

function fromTable(call: Call<LuaProcess>, shared: Shared, table: LuaTable): Failure {
  const field = (name: string, wanted: string, good: (value: LuaValue) => boolean): LuaValue => {
    const value = table.get(name);
    if (value === undefined || good(value)) return value;
    return call.argumentError(1, `field '${name}' must be a ${wanted}, got ${call.engine.typeOf(value)}`);
  };
  const message = field("message", "string", isText);
  const kind = field("kind", "string", isText);
  const retryable = field("retryable", "boolean", (value) => typeof value === "boolean");
  const details = field("details", "table", isTable);
  return failure(normalizeKind(textOf(kind)), textOf(message), {
    ...(typeof retryable === "boolean" ? { retryable } : {}),
    ...(isTable(details) && details.size > 0 ? { details: payloadOf(call, shared, details) } : {}),
  });
}

function payloadOf(call: Call<LuaProcess>, shared: Shared, details: LuaTable): Payload {
  try {
    return shared.toPayload(details);
  } catch (problem) {
    return call.argumentError(1, `field 'details': ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

function wrap(call: Call<LuaProcess>, shared: Shared): void {
  if (call.type(1) === "nil") {
    call.push(undefined);
    return;
  }
  const context = call.checkString(2);
  const inner = shared.errorOf(call.ref(1)) ?? failure("UNKNOWN", call.checkString(1), { stack: call.traceback() });
  call.push(shared.pushableError({ ...inner, context: [context, ...(inner.context ?? []).slice(0, maxContexts - 1)] }));
}

const isText = (value: LuaValue): boolean =>
  typeof value === "string" || typeof value === "number" || value instanceof Uint8Array;

const textOf = (value: LuaValue): string =>
  value === undefined ? "" : value instanceof Uint8Array ? decodeUtf8(value, true) : String(value);

const isTable = (value: LuaValue): value is LuaTable =>
  typeof value === "object" && !(value instanceof Uint8Array) && value.kind === "table";
