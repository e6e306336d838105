/** The seam between the workflow runtime and Lua: from a pinned source to a program. */
import type { Program } from "../../../actors/index.js";
import { type Failure, failure } from "../../../mailbox/index.js";
import type { LuaSource } from "../../../lua/index.js";

export function loadProgram(source: LuaSource, _seed: string): Program | Failure {
  return failure("INTERNAL", `${source.id} cannot run: this build has no Lua runtime`, { retryable: false });
}
