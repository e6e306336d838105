/** What tests on the main thread use of programs.mjs. */
import type { behaviourProgram } from "../../../actors/index.js";
import type { ThreadPrograms } from "../../../durability/memory/index.js";
import type { LuaRuntime } from "../../../lua/index.js";

export function openPrograms(
  code: { readonly behaviourProgram: typeof behaviourProgram; readonly LuaRuntime: typeof LuaRuntime },
  data: unknown,
): ThreadPrograms;
