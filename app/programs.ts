/** Which program a spawn on a memory host runs. The same on every thread. */
import { type ProgramLoader, supervisorEntry } from "../actors/index.js";
import { type LuaRuntime, type LuaSource, sliceInstructions } from "../lua/index.js";
import { failure } from "../mailbox/index.js";
import { supervisorProgram } from "../supervision/index.js";
import type { Kind } from "./entries.js";
import { controlHost, functionsHost } from "./node-hosts.js";

/** Makes the program of an entry, or says why it cannot run there. `kindOf`: of the entry with that id. */
export function programLoader(
  kindOf: (id: string) => Kind | undefined,
  sources: ReadonlyMap<string, LuaSource>,
  runtime: LuaRuntime,
): ProgramLoader {
  return ({ entry, host }) => {
    if (entry === supervisorEntry && host !== controlHost) return supervisorProgram();
    const kind = kindOf(entry);
    const source = sources.get(entry);
    const runsHere = kind === "process.lua" || (kind === "function.lua" && host === functionsHost);
    if (kind === "workflow.lua") {
      const message = `${entry} is a workflow.lua and needs a durable host; ${host} keeps its processes in memory`;
      return failure("INVALID", message, { retryable: false });
    }
    if (!runsHere || source === undefined || host === controlHost) {
      return failure("NOT_FOUND", "factory not found", { retryable: false, details: { id: entry, host } });
    }
    return runtime.program(source, { sliceInstructions });
  };
}
