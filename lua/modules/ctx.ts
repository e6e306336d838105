/** The module `ctx`: values that came with the start of this process. Setting them is the business of who starts a process. */
import { visibleValue, visibleValues } from "../context.js";
import type { ModuleDefinition } from "../owner.js";
import { fail, failWith, notUtf8 } from "./answers.js";

/**
 * `ctx.get(key)` and `ctx.all()`; read-only, a fresh copy each time. Keys that begin with `@` are the runtime's own and never seen.
 * Specification 2.6.
 */
export const ctxModule: ModuleDefinition = {
  name: "ctx",
  build({ engine }) {
    return engine.library({
      get: (call) => {
        const key = call.checkName(1);
        if (key === undefined) return failWith(call, notUtf8("key"));
        if (key === "") return fail(call, "INVALID", "empty key");
        const value = visibleValue(call.owner.self.context, key);
        if (value === undefined) return fail(call, "NOT_FOUND", `key not found: ${key}`);
        call.push(call.owner.shared.fromPayload(value), undefined);
      },
      all: (call) => {
        const table = engine.table();
        for (const [key, value] of visibleValues(call.owner.self.context))
          table.set(key, call.owner.shared.fromPayload(value));
        call.push(table, undefined);
      },
    });
  },
};
