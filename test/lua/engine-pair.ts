/** One Lua text on the stock engine, as it comes from its package, and on ours; shared by the tests that compare them. */

import { createRequire } from "node:module";
import { openWorld, valuesOf } from "./engine-support.js";

type Raw = Record<string, (...values: unknown[]) => unknown>;
interface Stock {
  readonly lua: Raw;
  readonly lauxlib: Raw;
  readonly lualib: Raw;
  to_luastring(text: string): Uint8Array;
}

const stock = createRequire(import.meta.url)("fengari") as Stock;

/** The text of its first result, or of its error. Run as a coroutine, as ours always is; stock says JS where Lua says C. */
export function onStock(source: string): string {
  const { lua, lauxlib, lualib } = stock;
  const L = lauxlib.luaL_newstate!();
  lualib.luaL_openlibs!(L);
  const bytes = stock.to_luastring(`return coroutine.wrap(function(...) ${source}\nend)()`);
  const failed =
    lauxlib.luaL_loadbuffer!(L, bytes, bytes.length, stock.to_luastring("@test.lua")) || lua.lua_pcall!(L, 0, 1, 0);
  return `${failed ? "error: " : ""}${lua.lua_tojsstring!(L, -1)}`
    .replaceAll("JS-call", "C-call")
    .replaceAll("JS stack", "C stack");
}

export function onOurs(source: string, sliceInstructions?: number): string {
  const world = openWorld({ limits: { sliceInstructions } });
  const thread = world.thread(source);
  let outcome = thread.resume();
  while (outcome.kind === "preempted") outcome = thread.resume();
  if (world.internalErrors.length > 0) throw world.internalErrors[0];
  return outcome.kind === "error" ? `error: ${outcome.message}` : String(valuesOf(world, outcome)[0]);
}
