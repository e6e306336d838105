/** The coroutine library. What the scheduler suspends inside a coroutine suspends every resumer up to the host's thread. */

import {
  LUA_OK,
  LUA_YIELD,
  lua_checkstack,
  lua_concat,
  lua_Debug,
  lua_error,
  lua_getstack,
  lua_gettop,
  lua_insert,
  lua_newthread,
  lua_pop,
  lua_pushboolean,
  lua_pushcclosure,
  lua_pushliteral,
  lua_pushnil,
  lua_pushvalue,
  lua_resume,
  type lua_State,
  lua_settop,
  lua_tothread,
  lua_type,
  lua_upvalueindex,
  lua_xmove,
  lua_yield,
  lua_yieldk,
  luaL_argcheck,
  luaL_checktype,
  luaL_where,
  TValue,
} from "#fengari/index.js";
import type { Isolate } from "./isolate.js";
import { tracebackOf } from "./traceback.js";
import { TYPE } from "./values.js";

type LuaBody = (L: lua_State) => number;

interface Resumption<Owner> {
  readonly isolate: Isolate<Owner>;
  readonly coroutine: lua_State;
  readonly wrapped: boolean;
}

export function coroutineFunctions<Owner>(isolate: Isolate<Owner>): Record<string, LuaBody> {
  const resumeWrapped: LuaBody = (L) => {
    const coroutine = lua_tothread(L, lua_upvalueindex(1))!;
    return start(L, { isolate, coroutine, wrapped: true }, lua_gettop(L));
  };
  return {
    create,
    resume: (L) => start(L, { isolate, coroutine: checkCoroutine(L), wrapped: false }, lua_gettop(L) - 1),
    wrap: (L) => {
      create(L);
      lua_pushcclosure(L, resumeWrapped, 1);
      return 1;
    },
    yield: (L) => {
      if (isBase(L)) return fail(L, "attempt to yield from outside a coroutine");
      return lua_yield(L, lua_gettop(L));
    },
    status: (L) => {
      lua_pushliteral(L, statusOf(L, checkCoroutine(L)));
      return 1;
    },
    isyieldable: (L) => {
      lua_pushboolean(L, !isBase(L) && L.nny === 0);
      return 1;
    },
    running: (L) => {
      // Nil on the main coroutine, as in Lua 5.1; the second value is that of 5.3.
      const isMain = isBase(L) && (L.host as { isMain: boolean }).isMain;
      if (isMain) lua_pushnil(L);
      else isolate.push(L, [new TValue(TYPE.thread, L)]);
      lua_pushboolean(L, isMain);
      return 2;
    },
  };
}

const isBase = (L: lua_State) => L.host !== null;

function checkCoroutine(L: lua_State): lua_State {
  const coroutine = lua_tothread(L, 1);
  luaL_argcheck(L, coroutine !== null, 1, "thread expected");
  return coroutine!;
}

function create(L: lua_State): number {
  luaL_checktype(L, 1, TYPE.function);
  const coroutine = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, coroutine, 1);
  return 1;
}

function statusOf(L: lua_State, coroutine: lua_State): string {
  if (L === coroutine) return "running";
  if (coroutine.waiting) return "normal";
  if (coroutine.status === LUA_YIELD) return "suspended";
  if (coroutine.status !== LUA_OK) return "dead";
  if (lua_getstack(coroutine, 0, new lua_Debug()) > 0) return "normal";
  return lua_gettop(coroutine) === 0 ? "dead" : "suspended";
}

/** Why the coroutine cannot be resumed, if so. */
function refusal(L: lua_State, coroutine: lua_State): string | undefined {
  const status = statusOf(L, coroutine);
  if (status === "dead") return "cannot resume dead coroutine";
  // The host's own threads belong to the scheduler, also while they are suspended.
  return status === "suspended" && !isBase(coroutine) ? undefined : "cannot resume non-suspended coroutine";
}

function start<Owner>(L: lua_State, resumption: Resumption<Owner>, count: number): number {
  const reason = refusal(L, resumption.coroutine);
  if (reason !== undefined) return failed(L, resumption, reason);
  return step(L, resumption, count);
}

/** Move `count` values in and run; then results out, or suspend this resumer as well. */
function step<Owner>(L: lua_State, resumption: Resumption<Owner>, count: number): number {
  const { isolate, coroutine } = resumption;
  if (!lua_checkstack(coroutine, count)) return failed(L, resumption, "too many arguments to resume");
  lua_xmove(L, coroutine, count);
  coroutine.reach = L.reach && L.nny === 0;
  coroutine.resumer = L;
  const status = lua_resume(coroutine, L, count);
  if (status === LUA_YIELD && isolate.pending !== undefined) {
    coroutine.waiting = true;
    lua_settop(L, 0);
    return lua_yieldk(L, 0, resumption, continued);
  }
  if (status !== LUA_OK && status !== LUA_YIELD) return died(L, resumption);
  coroutine.resumer = null;
  return succeeded(L, resumption);
}

function continued<Owner>(L: lua_State, _status: number, resumption: Resumption<Owner>): number {
  resumption.coroutine.waiting = false;
  return step(L, resumption, lua_gettop(L));
}

function succeeded<Owner>(L: lua_State, resumption: Resumption<Owner>): number {
  const { coroutine, wrapped } = resumption;
  const count = lua_gettop(coroutine);
  if (!lua_checkstack(L, count + 1)) {
    lua_pop(coroutine, count);
    return failed(L, resumption, "too many results to resume");
  }
  if (!wrapped) lua_pushboolean(L, true);
  lua_xmove(coroutine, L, count);
  return wrapped ? count : count + 1;
}

function failed<Owner>(L: lua_State, resumption: Resumption<Owner>, message: string): number {
  lua_checkstack(L, 5);
  lua_pushliteral(L, message);
  return failedWithValue(L, resumption);
}

/** The error of a coroutine goes on in its resumer, which keeps what can no longer be seen there: where it was raised. */
function died<Owner>(L: lua_State, resumption: Resumption<Owner>): number {
  const { isolate, coroutine, wrapped } = resumption;
  const error = coroutine.stack[coroutine.top - 1]!.value;
  const origin = wrapped ? (isolate.originOf(error) ?? tracebackOf(isolate.main, coroutine)) : undefined;
  coroutine.resumer = null;
  lua_checkstack(L, 5);
  lua_xmove(coroutine, L, 1);
  return failedWithValue(L, resumption, origin);
}

/** The error value is on top. */
function failedWithValue<Owner>(L: lua_State, { isolate, wrapped }: Resumption<Owner>, origin?: string): number {
  if (!wrapped) {
    lua_pushboolean(L, false);
    lua_insert(L, -2);
    return 2;
  }
  if (lua_type(L, -1) === TYPE.string) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  if (origin !== undefined) isolate.keepOrigin(L.stack[L.top - 1]!.value, origin);
  return lua_error(L);
}

function fail(L: lua_State, message: string): never {
  luaL_where(L, 1);
  lua_pushliteral(L, message);
  lua_concat(L, 2);
  return lua_error(L);
}
