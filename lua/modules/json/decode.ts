/** JSON text -> Lua value. */
import type { EngineHandle, Pushable } from "../../fengari.js";
import { maxJsonDepth } from "./encode.js";
import { jsonProblem } from "./problem.js";

export type DecodeOutcome =
  | { readonly ok: true; readonly value: Pushable }
  | { readonly ok: false; readonly problem: string };

export type ParseOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** `null` is nil, so in an array it is a hole and in an object a missing key. */
export function decodeJson<Owner>(engine: EngineHandle<Owner>, text: string): DecodeOutcome {
  const parsed = parseJson(text);
  return parsed.ok ? { ok: true, value: toLua(engine, parsed.value) } : parsed;
}

/** As JavaScript's values. At most 128 levels, as for encoding. */
export function parseJson(text: string): ParseOutcome {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own text is left out: it differs between versions of JavaScript, and a program may store it.
    return { ok: false, problem: `malformed JSON: ${jsonProblem(text)}` };
  }
  if (tooDeep(value, maxJsonDepth)) {
    return { ok: false, problem: `malformed JSON: nested deeper than ${maxJsonDepth} levels` };
  }
  return { ok: true, value };
}

function tooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => tooDeep(item, levels - 1));
}

function toLua<Owner>(engine: EngineHandle<Owner>, value: unknown): Pushable {
  if (value === null) return undefined;
  if (typeof value !== "object") return value as string | number | boolean;
  const table = engine.table();
  if (Array.isArray(value)) for (const [i, item] of value.entries()) table.set(i + 1, toLua(engine, item));
  else for (const [key, item] of Object.entries(value)) table.set(key, toLua(engine, item));
  return table;
}
