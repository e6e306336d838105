import { expect, it } from "vitest";
import * as lua from "#fengari/lua.js";
import { luaL_newstate } from "#fengari/lauxlib.js";
import { luaopen_string } from "#fengari/lstrlib.js";
it("loads", () => { const L = (luaL_newstate as any)(); luaopen_string(L); expect((lua as any).lua_gettop(L)).toBe(1); });
