/** The module `json`. Reference: lua-api 2.10. The encoder and the decoder are in `json/`; the http module uses them too. */
import type { ModuleDefinition } from "../owner.js";
import { fail } from "./answers.js";
import { decodeJson } from "./json/decode.js";
import { encodeJson } from "./json/encode.js";
import { SchemaBook } from "./json/schema/book.js";
import { validate, validateString } from "./json/validate.js";

/**
 * - `encode(value)` -> text, or nil and INTERNAL. Keys are sorted. A Time is its RFC 3339 text, an error its fields.
 * - `decode(text)` -> value, or nil and an error: INVALID for what is no text or empty, INTERNAL for malformed JSON. `null` is nil.
 * - `validate(schema, value)`, `validate_string(schema, text)` -> true, or false and INVALID with where and why: a JSON Schema as a
 *   table or as JSON text, of draft 2020-12 or 7. What it says is in `json/schema/`.
 */
export const jsonModule: ModuleDefinition = {
  name: "json",
  build(shared) {
    const book = new SchemaBook();
    return shared.engine.library({
      validate: validate(book),
      validate_string: validateString(book),
      encode: (call) => {
        const result = encodeJson(shared, call.get(1));
        if (result.ok) call.push(result.text, undefined);
        else fail(call, "INTERNAL", result.problem);
      },
      decode: (call) => {
        const text = call.get(1);
        if (text === "") return fail(call, "INVALID", "empty JSON text");
        if (text instanceof Uint8Array) return fail(call, "INTERNAL", "malformed JSON: not valid UTF-8");
        if (typeof text !== "string") return fail(call, "INVALID", `JSON text must be a string, got ${call.type(1)}`);
        const result = decodeJson(call.engine, text);
        if (result.ok) call.push(result.value, undefined);
        else fail(call, "INTERNAL", result.problem);
      },
    });
  },
};
