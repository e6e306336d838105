/** The module `base64`: `encode(bytes)` and `decode(text)`, standard alphabet with padding. */
import { base64, fromBase64 } from "../../mailbox/index.js";
import type { ModuleDefinition } from "../owner.js";
import { fail } from "./answers.js";

/** Both answer `nil, INVALID` for what is not a string; `decode` also for a text that is not base64. */
export const base64Module: ModuleDefinition = {
  name: "base64",
  build(shared) {
    return shared.engine.library({
      encode: (call) => {
        if (call.type(1) !== "string") return fail(call, "INVALID", `data must be a string, got ${call.type(1)}`);
        const bytes = call.checkBytes(1);
        call.charge(bytes.length / 4);
        call.push(base64(bytes), undefined);
      },
      decode: (call) => {
        if (call.type(1) !== "string") return fail(call, "INVALID", `data must be a string, got ${call.type(1)}`);
        const text = call.get(1);
        call.charge(typeof text === "string" ? text.length / 4 : 0);
        const bytes = typeof text === "string" ? fromBase64(text) : undefined;
        if (bytes !== undefined) call.push(bytes, undefined);
        else fail(call, "INVALID", "data is not base64");
      },
    });
  },
};
