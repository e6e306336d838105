/** Where Lua code stands, as text: the frames of a coroutine, then those of whoever resumed it. */

import { lua_pop, type lua_State, luaL_traceback } from "#fengari/index.js";
import { decodeUtf8 } from "../../mailbox/index.js";

const header = "stack traceback:";
/** Between the frames of a coroutine and those of its resumer; no frame itself. */
const resumed = "\n\t(...resumed by)";
/** The call with which the host starts everything; it says nothing. */
const bottom = /\n\t\[C\]: in \?$/;
/** Resumers that are shown; each shows up to 22 frames. */
const maxResumers = 8;

/** `level` 1 leaves out the innermost function. `main` is any thread that can hold a value for a moment. */
export function tracebackOf(main: lua_State, L: lua_State, level = 0): string {
  const parts = [framesOf(main, L, level)];
  for (let next = L.resumer; next !== null && parts.length <= maxResumers; next = next.resumer) {
    parts.push(framesOf(main, next, 0));
  }
  return header + parts.join(resumed);
}

function framesOf(main: lua_State, L: lua_State, level: number): string {
  luaL_traceback(main, L, null, level);
  const text = decodeUtf8(main.stack[main.top - 1]!.svalue(), true);
  lua_pop(main, 1);
  return text.slice(header.length).replace(bottom, "");
}
