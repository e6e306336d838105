/** From the way the main coroutine ended to the exit reason of its process. Source: specification, rules 2 to 4. */
import { type ExitReason, type Failure, failure } from "../mailbox/index.js";
import type { LuaRef } from "./fengari.js";
import { hasHttpResponse, httpResultOf } from "./modules/http.js";
import type { LuaProcess, Shared } from "./owner.js";
import type { SliceEnd } from "./task.js";
import { payloadOf } from "./value.js";

type End = Exclude<SliceEnd, { kind: "idle" } | { kind: "more" } | { kind: "left" }>;

export function exitReason(process: LuaProcess, end: End, budgetInstructions: number): ExitReason {
  switch (end.kind) {
    case "returned":
      return returned(process, end.values);
    case "error":
      return { kind: "failed", error: raisedFailure(process.shared, end) };
    case "killed":
      return { kind: "failed", error: outOfBudget(budgetInstructions) };
  }
}

/** A second value that is a string or an error object is a failure; other second values mean nothing. */
function returned(process: LuaProcess, values: readonly LuaRef[]): ExitReason {
  const { shared } = process;
  const second = values[1];
  if (second !== undefined) {
    const error = shared.errorOf(second);
    if (error !== undefined) return { kind: "failed", error };
    if (shared.engine.typeOf(second) === "string") {
      return { kind: "failed", error: failure("INTERNAL", shared.engine.text(second), { retryable: false }) };
    }
  }
  const result = payloadOf(shared, isOwnResponse(process, values[0]) ? undefined : values[0], "result");
  if ("error" in result) return { kind: "failed", error: result.error };
  return { kind: "normal", value: httpResultOf(process, result.payload) };
}

/** `return http.response():json(...)`: the response has been said, and is not also the result. */
function isOwnResponse(process: LuaProcess, value: LuaRef | undefined): boolean {
  return value !== undefined && hasHttpResponse(process) && process.shared.engine.typeOf(value) === "userdata";
}

/** An error object keeps everything; any other value is INTERNAL, retryable unset. Both carry the Lua traceback. */
export function raisedFailure(shared: Shared, raised: Extract<End, { kind: "error" }>): Failure {
  const known = shared.errorOf(raised.error);
  if (known === undefined) return unknownRaised(shared, raised);
  return known.stack === undefined ? { ...known, stack: raised.traceback } : known;
}

/** A table that has no text is told by what is in it, where that may leave a process. */
function unknownRaised(shared: Shared, { error, message, traceback }: Extract<End, { kind: "error" }>): Failure {
  const isBare = shared.engine.typeOf(error) === "table" && message.startsWith("table: 0x");
  if (!isBare) return failure("INTERNAL", message, { stack: traceback });
  const content = payloadOf(shared, error, "error");
  const details = "payload" in content ? { details: content.payload } : {};
  return failure("INTERNAL", "(error object is a table value)", { stack: traceback, ...details });
}

export function outOfBudget(budget: number): Failure {
  return failure("RESOURCE_EXHAUSTED", `instruction budget of ${budget} exceeded`);
}
