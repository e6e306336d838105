/** The module `ctx`: values that came with the start of this process. Setting them is the business of who starts a process. */
import type { ModuleDefinition } from "../owner.js";
import { fail } from "./answers.js";

/** `ctx.get(key)` and `ctx.all()`; read-only, a fresh copy each time. Specification 2.6. */
export const ctxModule: ModuleDefinition = {
  name: "ctx",
  build({ engine }) {
    return engine.library({
      get: (call) => {
        const key = call.checkString(1);
        if (key === "") return fail(call, "INVALID", "empty key");
        const { context } = call.owner.self;
        if (!Object.hasOwn(context, key)) return fail(call, "NOT_FOUND", `key not found: ${key}`);
        call.push(call.owner.shared.fromPayload(context[key]!), undefined);
      },
      all: (call) => {
        const table = engine.table();
        for (const [key, value] of Object.entries(call.owner.self.context))
          table.set(key, call.owner.shared.fromPayload(value));
        call.push(table, undefined);
      },
    });
  },
};
