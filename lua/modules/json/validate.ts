/** `json.validate` and `json.validate_string`: whether a value fits a JSON Schema. Specification 2.10. */
import type { Call, HostFunction } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { refusal } from "../answers.js";
import { parseJson } from "./decode.js";
import { encodeJson } from "./encode.js";
import type { SchemaBook } from "./schema/book.js";
import type { Misfit } from "./schema/compile.js";

/** What is validated, as JavaScript's values; `empty` are those that may be an array or an object. */
interface Given {
  readonly value: unknown;
  readonly empty: readonly unknown[];
}

/** Of one call. Undefined: it has been answered. */
type Read<T> = T | undefined;

/** `validate(schema, value)`: an empty table fits as an array and as an object. */
export function validate(book: SchemaBook): HostFunction<LuaProcess> {
  return (call) => {
    const encoded = encodeJson(call.owner.shared, call.get(2));
    if (!encoded.ok) return refuse(call, `value ${encoded.problem}`);
    check(call, book, givenOf(encoded.text));
  };
}

/** `validate_string(schema, text)`: the same for a JSON text. */
export function validateString(book: SchemaBook): HostFunction<LuaProcess> {
  return (call) => {
    const text = call.get(2);
    if (typeof text !== "string")
      return refuse(
        call,
        text instanceof Uint8Array ? "JSON text is not valid UTF-8" : `JSON text must be a string, got ${call.type(2)}`,
      );
    const parsed = parseJson(text);
    if (!parsed.ok) return refuse(call, parsed.problem);
    check(call, book, { value: parsed.value, empty: [] });
  };
}

function check(call: Call<LuaProcess>, book: SchemaBook, { value, empty }: Given): void {
  const schema = schemaOf(call);
  if (schema === undefined) return;
  const found = book.check(call, schema, value, empty);
  if (found === undefined) call.push(true, undefined);
  else if (typeof found === "string") refuse(call, found);
  else refuseValue(call, found);
}

function schemaOf(call: Call<LuaProcess>): Read<{ text: string; fromLua: boolean }> {
  const type = call.type(1);
  if (type === "string") {
    const text = call.get(1);
    const parsed = typeof text === "string" ? parseJson(text) : undefined;
    if (parsed?.ok === true) return { text: text as string, fromLua: false };
    return refuse(call, `schema is no JSON: ${parsed?.problem ?? "not valid UTF-8"}`);
  }
  if (type !== "table" && type !== "boolean")
    return refuse(call, `schema must be a table, a boolean or JSON text, got ${type}`);
  const encoded = encodeJson(call.owner.shared, call.get(1));
  return encoded.ok ? { text: encoded.text, fromLua: true } : refuse(call, `schema ${encoded.problem}`);
}

function givenOf(text: string): Given {
  const value: unknown = JSON.parse(text);
  const empty: unknown[] = [];
  if (text.includes("[]")) collectEmpty(value, empty);
  return { value, empty };
}

function collectEmpty(value: unknown, empty: unknown[]): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value) && value.length === 0) empty.push(value);
  else for (const one of Object.values(value)) collectEmpty(one, empty);
}

function refuse(call: Call<LuaProcess>, message: string): undefined {
  call.push(false, call.owner.shared.pushableError(refusal("INVALID", message)));
  return undefined;
}

/** The last misfit sums up the others, which are those of the alternatives. */
function refuseValue(call: Call<LuaProcess>, misfits: readonly Misfit[]): void {
  const { path, rule, message } = misfits.at(-1)!;
  const where = path === "" ? "value" : `value at ${path.slice(0, 200)}`;
  const details = { path, rule, misfits: misfits.map((one) => ({ ...one })) };
  const error = refusal("INVALID", `${where} ${message} (${rule})`, details);
  call.push(false, call.owner.shared.pushableError(error));
}
