/** The module `env`: the env.variable entries of the app. Where a value is kept is the node's business. Specification 2.14. */
import { checkPayloadSize } from "../../mailbox/index.js";
import type { ModuleDefinition } from "../owner.js";
import { fail, failWith, textArgument } from "./answers.js";
import { askService } from "./services.js";

/**
 * All three yield. A name is the public one of a variable, or the id of its entry, which is the only name of a private one.
 *
 * - `get(name)`: the text, or the variable's default; NOT_FOUND when it has neither, or when there is no such variable.
 * - `set(name, text)`: true. PERMISSION_DENIED for a variable that is read-only or whose storage is. A number counts as its text.
 * - `get_all()`: a table of the public variables that have a value.
 *
 * What the operating system has and no entry names cannot be reached.
 */
export const envModule: ModuleDefinition = {
  name: "env",
  build: ({ engine }) =>
    engine.library({
      get: (call) => {
        const key = textArgument(call, 1, "variable name");
        if (typeof key !== "string") return failWith(call, key);
        return askService(call, { service: "env", operation: "get", args: { key } });
      },
      set: (call) => {
        const key = textArgument(call, 1, "variable name");
        if (typeof key !== "string") return failWith(call, key);
        const given = call.get(2);
        const value = typeof given === "number" ? call.tostring(2) : given;
        if (typeof value !== "string")
          return fail(call, "INVALID", `value must be text, not ${shownType(call.type(2))}`);
        const tooLarge = checkPayloadSize([value], "value");
        if (tooLarge !== undefined) return failWith(call, tooLarge);
        return askService(call, { service: "env", operation: "set", args: { key, value } });
      },
      get_all: (call) => askService(call, { service: "env", operation: "get_all", args: {} }),
    }),
};

function shownType(type: string): string {
  if (type === "nil" || type === "none") return "nil";
  return type === "string" ? "text that is not valid UTF-8" : `a ${type}`;
}
