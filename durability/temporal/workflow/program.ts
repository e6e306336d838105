/** The seam between the workflow runtime and Lua: from a pinned source to a program, in an engine of its own for each workflow. */
import { log } from "@temporalio/workflow";
import type { Program } from "../../../actors/index.js";
import { LuaRuntime, type LuaSource } from "../../../lua/index.js";
import type { Failure } from "../../../mailbox/index.js";
import { luaPackages } from "./packages.js";

/**
 * Instructions from one input until the process waits. The SDK kills an activation after 5 s, and the run would be stuck for ever.
 * Measured: this many take 50 to 300 ms in ordinary code and 2.6 s in the worst (`pcall(error)` or `string.format` in a loop).
 */
const budgetInstructions = 3_000_000;

export function loadProgram(source: LuaSource): Program | Failure {
  const runtime = new LuaRuntime({
    packages: luaPackages,
    onInternalError: (error) => log.error("a fault in a Lua module", { error: String(error) }),
  });
  return runtime.program(source, { budgetInstructions });
}
