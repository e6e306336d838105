/** Lua as one program of the kernel. */
export type { LuaEntryKind, LuaSource } from "./source.js";
