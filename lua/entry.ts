/** From the value of a module to its entry point. Source: specification 1.2, "Module value rules". */
import { type Failure, failure } from "../mailbox/index.js";
import type { LuaFunction, LuaValue } from "./fengari.js";
import type { LuaSource } from "./source.js";

/** A function is the entry point whatever `method` says; in a table it is the field of that name. */
export function resolveEntry(source: LuaSource, value: LuaValue): LuaFunction | Failure {
  if (typeof value === "object" && !(value instanceof Uint8Array)) {
    if (value.kind === "function") return value;
    if (value.kind === "table") {
      const field = value.get(source.method);
      if (typeof field === "object" && !(field instanceof Uint8Array) && field.kind === "function") return field;
    }
  }
  return failure("NOT_FOUND", `method "${source.method}" not found in module`, {
    retryable: false,
    details: { entry: source.id, method: source.method },
  });
}

/** The request with which the main coroutine waits between loading its module and running its entry point. */
export class Loaded {
  readonly problem: Failure | undefined;

  constructor(problem: Failure | undefined) {
    this.problem = problem;
  }
}
