/** Host functions as Lua sees them: running their body, and suspending and continuing their calls. */

import {
  LUA_MULTRET,
  lua_callk,
  lua_error,
  lua_gettop,
  type lua_State,
  lua_settop,
  lua_yieldk,
} from "#fengari/index.js";
import { HostCall, type PendingCall } from "./call.js";
import type { HostFunction } from "./host-types.js";
import type { Isolate } from "./isolate.js";
import { type FunctionHandle, fromPushable, newHostFunction } from "./values.js";

/** What a continuation needs to go on with a suspended call. */
interface Continuation<Owner> {
  readonly isolate: Isolate<Owner>;
  readonly name: string;
  readonly next: HostFunction<Owner> | undefined;
}

export function hostFunction<Owner>(isolate: Isolate<Owner>, name: string, body: HostFunction<Owner>): FunctionHandle {
  return newHostFunction(isolate.G, (L) => run(L, isolate, name, body));
}

function run<Owner>(L: lua_State, isolate: Isolate<Owner>, name: string, body: HostFunction<Owner>): number {
  const call = new HostCall(L, isolate, name);
  const suspension = body(call);
  if (suspension === undefined) return call.results();
  const pending = suspension as unknown as PendingCall<Owner>;
  const continuation: Continuation<Owner> = { isolate, name, next: pending.next };
  lua_settop(L, 0);
  if (pending.kind === "call") return callNext(L, pending, continuation);
  if (L.nny === 0 && !L.reach) call.error("attempt to yield across a C-call boundary");
  if (L.nny === 0) isolate.pending = { kind: "wait", request: pending.request };
  return lua_yieldk(L, 0, continuation, resumed);
}

function callNext<Owner>(L: lua_State, pending: PendingCall<Owner>, continuation: Continuation<Owner>): number {
  const slots = [fromPushable(L, pending.fn), ...pending.values.map((value) => fromPushable(L, value))];
  continuation.isolate.push(L, slots);
  lua_callk(L, slots.length - 1, LUA_MULTRET, continuation, called);
  return called(L, 0, continuation);
}

function called<Owner>(L: lua_State, _status: number, continuation: Continuation<Owner>): number {
  const { isolate, name, next } = continuation;
  return next === undefined ? lua_gettop(L) : run(L, isolate, name, next);
}

function resumed<Owner>(L: lua_State, status: number, continuation: Continuation<Owner>): number {
  if (continuation.isolate.resumingWithError) {
    continuation.isolate.resumingWithError = false;
    return lua_error(L);
  }
  return called(L, status, continuation);
}
