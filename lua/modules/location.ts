/** Where the Lua code stands that called into a module, for log lines. */
import type { Call } from "../fengari.js";
import type { LuaProcess } from "../owner.js";

/** `id:line`; in a library, the name of its file and the line. Undefined when it was not Lua code. */
export function location(call: Call<LuaProcess>): string | undefined {
  const position = call.position();
  if (position === undefined) return undefined;
  const { source } = call.owner;
  return `${position.chunk === source.chunkName ? source.id : position.chunk}:${position.line}`;
}
