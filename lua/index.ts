/** Lua as one program of the kernel. */
export type { ModuleDefinition } from "./owner.js";
export type { Packages } from "./packages.js";
export { LuaRuntime, type ProgramOptions, type RuntimeOptions, sliceInstructions } from "./runtime.js";
export type { LuaEntryKind, LuaSource } from "./source.js";
