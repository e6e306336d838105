/** The shared globals: an allow-list of Lua's libraries and a few functions of Lua 5.1. Everything here is read-only for Lua. */

import {
  lua_pop,
  type lua_State,
  luaL_requiref,
  luaopen_base,
  luaopen_math,
  luaopen_string,
  luaopen_table,
  type Table,
} from "#fengari/index.js";
import { encodeUtf8 } from "../../mailbox/index.js";
import { addCasts } from "./casts.js";
import { coroutineFunctions } from "./coroutines.js";
import { hostFunction } from "./host-function.js";
import type { HostFunction } from "./host-types.js";
import type { Isolate } from "./isolate.js";
import type { LuaValue } from "./types.js";
import { FunctionHandle, newHostFunction, newTable, TableHandle, TYPE } from "./values.js";

/** What Lua 5.1 programs expect of math and 5.3 dropped. */
const MATH: Readonly<Record<string, (x: number, y: number) => number>> = {
  pow: (x, y) => x ** y,
  atan2: (y, x) => Math.atan2(y, x),
};
const MATH_OF_ONE: Readonly<Record<string, (x: number) => number>> = {
  log10: Math.log10,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
};

/** Install the libraries in the state and return the table of shared globals. */
export function openLibraries<Owner>(isolate: Isolate<Owner>): TableHandle {
  const L = isolate.main;
  const shared = open(L, "_G", luaopen_base);
  for (const [name, library] of [
    ["string", open(L, "string", luaopen_string)],
    ["table", open(L, "table", luaopen_table)],
    ["math", openMath(isolate)],
    ["coroutine", openCoroutine(isolate)],
  ] as const) {
    addressFunctions(isolate, library);
    library.freeze();
    shared.set(name, library);
  }
  addCasts(isolate, shared);
  shared.set("_G", undefined);
  shared.set("unpack", (shared.get("table") as TableHandle).get("unpack"));
  addressFunctions(isolate, shared);
  lockStrings(isolate);
  return shared;
}

function open(L: lua_State, name: string, opener: (L: lua_State) => number): TableHandle {
  luaL_requiref(L, encodeUtf8(name), opener, 0);
  const table = new TableHandle(L, L.stack[L.top - 1]!.value as Table);
  table.table.host = table;
  lua_pop(L, 1);
  return table;
}

function openMath<Owner>(isolate: Isolate<Owner>): TableHandle {
  const math = open(isolate.main, "math", luaopen_math);
  const add = (name: string, body: HostFunction<Owner>) => math.set(name, hostFunction(isolate, name, body));
  for (const [name, f] of Object.entries(MATH_OF_ONE)) add(name, (call) => call.push(f(call.checkNumber(1))));
  for (const [name, f] of Object.entries(MATH)) {
    add(name, (call) => call.push(f(call.checkNumber(1), call.checkNumber(2))));
  }
  return math;
}

function openCoroutine<Owner>(isolate: Isolate<Owner>): TableHandle {
  const table = newTable(isolate.main);
  for (const [name, body] of Object.entries(coroutineFunctions(isolate))) {
    table.set(name, newHostFunction(isolate.G, body));
  }
  return table;
}

/** Addresses are given here once, so that printing a library function costs no identity of a process. */
function addressFunctions<Owner>(isolate: Isolate<Owner>, library: TableHandle): void {
  for (const [, value] of library.entries() as IterableIterator<[LuaValue, LuaValue]>) {
    if (value instanceof FunctionHandle && value.value.type === TYPE.hostFunction) {
      newHostFunction(isolate.G, value.value.value as (L: lua_State) => number);
    }
  }
}

/** Strings share one metatable: Lua may neither read nor change it. */
function lockStrings<Owner>(isolate: Isolate<Owner>): void {
  const metatable = isolate.G.mt[TYPE.string]!;
  const handle = new TableHandle(isolate.main, metatable);
  metatable.host = handle;
  handle.set("__metatable", false);
  handle.freeze();
}
