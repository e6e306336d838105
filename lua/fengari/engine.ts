/** LuaEngine: one Lua state and everything made in it. */

import type { Engine, EngineOptions } from "./types.js";

export declare const LuaEngine: new <Owner = unknown>(options?: EngineOptions) => Engine<Owner>;
export type LuaEngine<Owner = unknown> = Engine<Owner>;
