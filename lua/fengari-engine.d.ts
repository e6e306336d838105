// Minimal typings of the patched engine in dist/fengari: only what lua/fengari/ uses.

declare module "#fengari/index.js" {
  export class TValue {
    constructor(type?: number, value?: unknown);
    type: number;
    value: unknown;
    ttnov(): number;
    ttisnil(): boolean;
    ttisstring(): boolean;
    setnumvalue(n: number): void;
    l_isfalse(): boolean;
    svalue(): Uint8Array;
  }
  export class LClosure {
    constructor(L: lua_State, n: number);
    p: unknown;
    upvals: TValue[];
  }
  export class Udata {
    constructor(L: lua_State, size: number);
    metatable: Table | null;
    data: unknown;
  }
  export const luaO_nilobject: TValue;
  export class TString {
    constructor(L: unknown, bytes: Uint8Array);
    getstr(): Uint8Array;
    text: string | undefined;
  }
  export class Table {
    constructor(L: lua_State);
    metatable: Table | null;
    frozen: boolean;
    base: Table | undefined;
    host: unknown;
  }
  export function luaH_get(L: lua_State, table: Table, key: TValue): TValue;
  export function luaH_setfrom(L: lua_State, table: Table, key: TValue, value: TValue): void;
  export class Walk {
    constructor(table: Table);
    readonly key: TValue;
    readonly value: TValue;
    next(): boolean;
  }
  export function luaH_size(table: Table): number;
  export function luaH_getn(table: Table): number;
  export function invalidateTMcache(table: Table): void;
  export interface global_State {
    id_counter: number;
    ids: WeakMap<object, number>;
    fuel: number;
    onfuel: ((L: lua_State, instruction: boolean) => boolean) | null;
    maxstring: number;
    killed: boolean;
    rng: { next(): number; seed(n: number): void } | null;
    mt: (Table | undefined)[];
    /** Short strings by their text. */
    strings: Map<string, TString>;
  }
  export interface CallInfo {
    funcOff: number;
    top: number;
    callstatus: number;
    previous: CallInfo | null;
  }
  export class lua_State {
    readonly l_G: global_State;
    stack: TValue[];
    top: number;
    ci: CallInfo;
    nny: number;
    status: number;
    reach: boolean;
    waiting: boolean;
    resumer: lua_State | null;
    host: unknown;
    handle?: unknown;
  }
  export function tonumber(value: TValue): number | false;
  export function tointeger(value: TValue): number | false;
  export function luaT_objtypename(L: lua_State, value: TValue): Uint8Array;
  type Continuation<C> = (L: lua_State, status: number, context: C) => number;
  export const LUA_OK: number;
  export const LUA_YIELD: number;
  export const LUA_MULTRET: number;
  export class lua_Debug {
    name: Uint8Array | null;
    namewhat: Uint8Array | null;
    short_src: Uint8Array;
    currentline: number;
  }
  export function lua_absindex(L: lua_State, index: number): number;
  export function lua_atnativeerror(L: lua_State, handler: (L: lua_State) => number): void;
  export function lua_call(L: lua_State, arguments_: number, results: number): void;
  export function lua_callk<C>(L: lua_State, n: number, results: number, context: C, k: Continuation<C>): void;
  export function lua_checkstack(L: lua_State, n: number): boolean;
  export function lua_concat(L: lua_State, n: number): void;
  export function lua_error(L: lua_State): never;
  export function lua_getinfo(L: lua_State, what: string, record: lua_Debug): number;
  export function lua_getstack(L: lua_State, level: number, record: lua_Debug): number;
  export function lua_gettop(L: lua_State): number;
  export function lua_insert(L: lua_State, index: number): void;
  export function lua_newthread(L: lua_State): lua_State;
  export function lua_pcall(L: lua_State, arguments_: number, results: number, handler: number): number;
  export function lua_pop(L: lua_State, n: number): void;
  export function lua_pushboolean(L: lua_State, value: boolean): void;
  export function lua_pushcclosure(L: lua_State, fn: (L: lua_State) => number, n: number): void;
  export function lua_pushliteral(L: lua_State, text: string): void;
  export function lua_pushnil(L: lua_State): void;
  export function lua_pushvalue(L: lua_State, index: number): void;
  export function lua_resume(L: lua_State, from: lua_State | null, arguments_: number): number;
  export function lua_settop(L: lua_State, index: number): void;
  export function lua_tothread(L: lua_State, index: number): lua_State | null;
  export function lua_touserdata(L: lua_State, index: number): unknown;
  export function lua_type(L: lua_State, index: number): number;
  export function lua_upvalueindex(n: number): number;
  export function lua_xmove(from: lua_State, to: lua_State, n: number): void;
  export function lua_yield(L: lua_State, results: number): number;
  export function lua_yieldk<C>(L: lua_State, results: number, context: C, k: Continuation<C>): number;
  export function luaL_argcheck(L: lua_State, condition: unknown, argument: number, message: string): void;
  export function luaL_checktype(L: lua_State, argument: number, type: number): void;
  export function luaL_loadbufferx(L: lua_State, bytes: Uint8Array, n: number, name: Uint8Array, mode: string): number;
  export function luaL_newstate(): lua_State;
  export function luaL_requiref(L: lua_State, name: Uint8Array, open: (L: lua_State) => number, global: number): void;
  export function luaL_tolstring(L: lua_State, index: number): Uint8Array;
  export function luaL_traceback(L: lua_State, of: lua_State, message: null, level: number): void;
  export function luaL_where(L: lua_State, level: number): void;
  export function luaopen_base(L: lua_State): number;
  export function luaopen_string(L: lua_State): number;
  export function luaopen_table(L: lua_State): number;
  export function luaopen_math(L: lua_State): number;
}
