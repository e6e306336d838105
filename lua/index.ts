/** Lua as one program of the kernel. */
export type { ModuleDefinition } from "./owner.js";
export { LuaRuntime, type ProgramOptions, type RuntimeOptions } from "./runtime.js";
export type { LuaEntryKind, LuaSource } from "./source.js";
