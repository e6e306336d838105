/** Errors as Lua values: the userdata and its conversions. The functions that make errors in Lua are in `../errors.ts`. */
import { type Failure, failure, failureText } from "../../../mailbox/index.js";
import type { Call, Engine, Pushable, UserdataType } from "../../fengari.js";
import type { LuaProcess, Shared } from "../../owner.js";
import { callStack } from "./stack.js";

/** The three functions of `Shared` that know what an error looks like in Lua. */
export type ErrorValues = Pick<Shared, "pushableError" | "failureOf" | "errorOf">;

/**
 * Make the error userdata of an engine; call it once per engine.
 *
 * The same Failure object is the same Lua value, so `rawequal` holds for an error that only passed through the host.
 */
export function createErrorValues(engine: Engine<LuaProcess>): ErrorValues {
  const type: UserdataType<Failure> = engine.userdataType<Failure>("error", {
    methods: {
      kind: (call, self) => call.push(self.kind),
      message: (call, self) => call.push(self.message),
      retryable: (call, self) => call.push(self.retryable),
      details: (call, self) => {
        call.push(self.details === undefined ? undefined : call.owner.shared.fromPayload(self.details));
      },
      stack: (call, self) => call.push(self.stack),
      call_stack: (call, self) => call.push(callStack(call.engine, self)),
    },
    metamethods: {
      __tostring: (call) => call.push(failureText(call.checkUserdata(1, type))),
      __concat: (call) => call.push(joinable(call, 1) + joinable(call, 2)),
    },
  });
  const errorOf = (value: Pushable): Failure | undefined => type.unwrap(value);
  return {
    errorOf,
    pushableError: (error) => type.wrap(error),
    failureOf: (value) => errorOf(value) ?? failure("INTERNAL", engine.text(value)),
  };
}

function joinable(call: Call<LuaProcess>, n: number): string {
  const kind = call.type(n);
  if (kind !== "string" && kind !== "number" && kind !== "userdata") {
    call.error(`attempt to concatenate a ${kind} value`);
  }
  return call.tostring(n);
}
