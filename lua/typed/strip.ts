/** Typed Lua to Lua: type annotations become spaces, so that every line and column stays what it was. */
import { Cursor, Malformed, NotLua } from "./cursor.js";
import { TypedProgram } from "./program.js";

export type Stripped =
  | { readonly kind: "lua"; readonly text: string }
  /** An annotation is wrong; line and column count from 1. */
  | { readonly kind: "malformed"; readonly line: number; readonly column: number; readonly message: string };

/**
 * What is accepted, beside Lua 5.3 (which comes back as it is):
 *
 * - `local x: T`, `for i: T = ...`, `for k: K, v: V in ...`; parameters `(a: T, b?: U, ...: V)`, results `: T`, `: (T, U)`;
 * - `function f<T>(...)`, `type X = T`, `type X<T> = U`, `export type ...`;
 * - casts `x as T`, `x :: T`. Before a call or an index they need parentheses: `(x as T).field`;
 * - types: names, `a.B`, `T<U>`, `T?`, `T | U`, `T & U`, `{T}`, `T[]`, `{[K]: V}`, `{a: T, b: U?}`, `(a: T) -> R`,
 *   `function(T): R`, `<T>(T) -> T`, `"literal"`, `typeof(x)`, `...T`, `T...`.
 *
 * Nothing is checked. `type`, `export` and `as` stay names: `as (`, `as {` and `as "` are a cast only on the line of what is
 * cast, and in a program that has nothing called `as`. Where a source is no Lua, what comes back is for the engine to refuse.
 */
export function stripTypes(text: string): Stripped {
  const cursor = new Cursor(text);
  try {
    new TypedProgram(cursor).walk();
  } catch (problem) {
    if (problem instanceof Malformed) return malformed(text, problem);
    if (!(problem instanceof NotLua)) throw problem;
  }
  return { kind: "lua", text: cursor.result() };
}

function malformed(text: string, { offset, message }: Malformed): Stripped {
  // As Lua counts: \r\n and \n\r end one line.
  const lines = text.slice(0, offset).split(/\r\n|\n\r|\n|\r/);
  return { kind: "malformed", line: lines.length, column: lines[lines.length - 1]!.length + 1, message };
}
