/** Lua value -> JSON text. */
import type { LuaTable, LuaUserdata, LuaValue } from "../../fengari.js";
import type { Shared } from "../../owner.js";
import { formatTime } from "../../timestamp.js";

export type EncodeOutcome =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

export const maxJsonDepth = 128;
/** Characters of a text, roughly; tables that refer to each other many times stand for far more. */
const maxJsonLength = 16 * 1024 * 1024;

class Refusal extends Error {}

interface Encoding {
  readonly shared: Shared;
  readonly above: LuaTable[];
  length: number;
}

/**
 * Keys are sorted, so equal tables give equal texts. `{}` is `[]`; keys 1..n are an array; string keys an object; anything else,
 * cycles, functions, and more than 128 levels are refused. NaN and the infinities are `null`.
 */
export function encodeJson(shared: Shared, value: LuaValue): EncodeOutcome {
  try {
    return { ok: true, text: encode({ shared, above: [], length: 0 }, value) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: `cannot encode as JSON: ${error.message}` };
    throw error;
  }
}

function encode(encoding: Encoding, value: LuaValue): string {
  const { shared } = encoding;
  encoding.length += typeof value === "string" ? value.length + 3 : 2;
  if (encoding.length > maxJsonLength) throw new Refusal(`the text is longer than ${maxJsonLength} characters`);
  switch (typeof value) {
    case "undefined":
      return "null";
    case "number":
    case "boolean":
    case "string":
      return JSON.stringify(value);
  }
  if (value instanceof Uint8Array) throw new Refusal("a string is not valid UTF-8");
  switch (value.kind) {
    case "table":
      return encodeTable(encoding, value);
    case "userdata":
      return encodeUserdata(shared, value);
    case "function":
      throw new Refusal("a function has no JSON form");
    case "thread":
      throw new Refusal("a coroutine has no JSON form");
  }
}

function encodeUserdata(shared: Shared, value: LuaUserdata): string {
  const time = shared.types.time.unwrap(value);
  if (time !== undefined) return JSON.stringify(formatTime(time));
  const error = shared.errorOf(value);
  if (error === undefined) throw new Refusal(`a ${value.typeName} has no JSON form`);
  const { kind, message, retryable, details } = error;
  return JSON.stringify({ details, kind, message, retryable });
}

function encodeTable(encoding: Encoding, table: LuaTable): string {
  const { above } = encoding;
  if (above.includes(table)) throw new Refusal("a table contains itself");
  if (above.length >= maxJsonDepth) throw new Refusal(`nested deeper than ${maxJsonDepth} levels`);
  above.push(table);
  const text = table.size === 0 || table.get(1) !== undefined ? array(encoding, table) : object(encoding, table);
  above.pop();
  return text;
}

function array(encoding: Encoding, table: LuaTable): string {
  const items: string[] = [];
  for (let i = 1; i <= table.size; i++) {
    const item = table.get(i);
    if (item === undefined) throw new Refusal(sparse(table));
    items.push(encode(encoding, item));
  }
  return `[${items.join(",")}]`;
}

function sparse(table: LuaTable): string {
  for (const [key] of table.entries())
    if (typeof key !== "number") return "a table has both array items and other keys";
  return "an array has holes";
}

function object(encoding: Encoding, table: LuaTable): string {
  const entries: [string, LuaValue][] = [];
  for (const [key, item] of table.entries()) {
    if (key instanceof Uint8Array) throw new Refusal("a key is not valid UTF-8");
    if (typeof key === "number")
      throw new Refusal(table.size === 1 ? "an array has holes" : "keys must be 1..n or all strings");
    if (typeof key !== "string")
      throw new Refusal(`a key is a ${encoding.shared.engine.typeOf(key)}; keys must be strings`);
    encoding.length += key.length + 4;
    entries.push([key, item]);
  }
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${encode(encoding, item)}`).join(",")}}`;
}
