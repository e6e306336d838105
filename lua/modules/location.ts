/** Where the Lua code stands that called into a module, for log lines. */
import type { Call } from "../fengari.js";
import type { LuaProcess } from "../owner.js";

/** `id:line`; in a library, the name of its file and the line. Undefined when no Lua code is on the stack. */
export function location(call: Call<LuaProcess>): string | undefined {
  const frame = /\n\t([^\n[\]]+?):(\d+): in/.exec(call.thread.traceback());
  if (frame === null) return undefined;
  const { source } = call.owner;
  return `${frame[1] === source.chunkName ? source.id : frame[1]}:${frame[2]}`;
}
