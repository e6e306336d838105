/** LuaEngine: one Lua state and everything made in it. */

import {
  type LClosure,
  LUA_OK,
  lua_atnativeerror,
  lua_Debug,
  lua_getinfo,
  lua_getstack,
  lua_pop,
  type lua_State,
  lua_touserdata,
  luaL_loadbufferx,
  luaL_newstate,
  type Table,
  type TValue,
} from "#fengari/index.js";
import { decodeUtf8, encodeUtf8 } from "../../mailbox/index.js";
import { hostFunction } from "./host-function.js";
import type { HostFunction, UserdataOptions, UserdataType } from "./host-types.js";
import { type EnvironmentRecord, Isolate } from "./isolate.js";
import { openLibraries } from "./libraries.js";
import { Random } from "./random.js";
import { HostThread, textOf, withIdentities } from "./thread.js";
import type {
  CompileError,
  Engine,
  EngineOptions,
  Environment,
  EnvironmentOptions,
  Limits,
  LuaFunction,
  LuaRef,
  LuaTable,
  LuaThread,
  LuaTypeName,
  LuaValue,
  Prototype,
  Pushable,
} from "./types.js";
import { HostUserdataType } from "./userdata.js";
import { fromPushable, newClosure, newTable, refOf, slotOf, type TableHandle, toValue, typeName } from "./values.js";

/** Identities of the engine's own objects stay below. */
const FIRST_IDENTITY = 0x10000;

interface CompiledPrototype extends Prototype {
  readonly code: unknown;
}

export class LuaEngine<Owner = unknown> implements Engine<Owner> {
  readonly shared: LuaTable;
  private readonly isolate: Isolate<Owner>;
  private readonly sharedTable: Table;

  constructor(options: EngineOptions = {}) {
    const main = luaL_newstate();
    this.isolate = new Isolate<Owner>(main);
    this.isolate.engine = this;
    this.isolate.G.rng = new Random(0);
    if (options.maxStringBytes !== undefined) this.isolate.G.maxstring = options.maxStringBytes;
    if (options.onInternalError !== undefined) this.isolate.onInternalError = options.onInternalError;
    lua_atnativeerror(main, (L) => nativeError(L, this.isolate));
    const shared = openLibraries(this.isolate);
    this.shared = shared;
    this.sharedTable = shared.table;
  }

  compile(source: string | Uint8Array, chunkName: string): Prototype | CompileError {
    const { main } = this.isolate;
    const bytes = withoutHeader(typeof source === "string" ? encodeUtf8(source) : source);
    const status = luaL_loadbufferx(main, bytes, bytes.length, encodeUtf8(`@${chunkName}`), "t");
    const slot = main.stack[main.top - 1]!;
    const result = status === LUA_OK ? compiled(slot, chunkName) : compileError(slot, chunkName);
    lua_pop(main, 1);
    return result;
  }

  environment(options: EnvironmentOptions<Owner>): Environment<Owner> {
    const { G } = this.isolate;
    const outside = G.id_counter;
    G.id_counter = FIRST_IDENTITY;
    const globals = newTable(this.isolate.main);
    G.id_counter = outside;
    globals.table.base = this.sharedTable;
    globals.set("_G", globals);
    for (const key in options.globals) globals.set(key, options.globals[key]);
    const record: EnvironmentRecord<Owner> = {
      owner: options.owner,
      globals,
      random: new Random(options.seed),
      nextIdentity: FIRST_IDENTITY + 1,
      hasMain: false,
    };
    return record;
  }

  instantiate(prototype: Prototype, environment: Environment<Owner>): LuaFunction {
    const record = environment as EnvironmentRecord<Owner>;
    const { code } = prototype as CompiledPrototype;
    return withIdentities(this.isolate, record, () => newClosure(this.isolate.main, code, record.globals.table));
  }

  thread(fn: LuaFunction, environment: Environment<Owner>): LuaThread<Owner> {
    return new HostThread(this.isolate, environment as EnvironmentRecord<Owner>, fn);
  }

  within<T>(environment: Environment<Owner>, body: () => T): T {
    if (this.isolate.environment === environment) return body();
    return withIdentities(this.isolate, environment as EnvironmentRecord<Owner>, body);
  }

  table(): TableHandle {
    return newTable(this.isolate.main);
  }

  fn(name: string, body: HostFunction<Owner>): LuaFunction {
    return hostFunction(this.isolate, name, body);
  }

  library(functions: Readonly<Record<string, HostFunction<Owner>>>): LuaTable {
    const table = this.table();
    for (const [name, body] of Object.entries(functions)) table.set(name, this.fn(name, body));
    table.freeze();
    return table;
  }

  userdataType<T extends object>(name: string, options: UserdataOptions<T, Owner>): UserdataType<T> {
    return new HostUserdataType(this.isolate, name, options);
  }

  ref(value: Pushable): LuaRef {
    return refOf(fromPushable(this.isolate.main, value));
  }

  value(ref: LuaRef): LuaValue {
    return toValue(this.isolate.main, slotOf(ref));
  }

  typeOf(value: Pushable): LuaTypeName {
    return typeName(fromPushable(this.isolate.main, value));
  }

  text(value: Pushable): string {
    return textOf(this.isolate, fromPushable(this.isolate.main, value));
  }

  limits(limits: Limits): void {
    this.isolate.limits(limits);
  }

  beginTurn(): void {
    this.isolate.beginTurn();
  }

  get turnInstructions(): number {
    return this.isolate.turnInstructions;
  }

  kill(reason: unknown): never {
    return this.isolate.kill(reason);
  }
}

/** A byte order mark goes; a first line that starts with # becomes empty, so that lines keep their numbers. */
function withoutHeader(source: Uint8Array): Uint8Array {
  const bytes = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf ? source.subarray(3) : source;
  if (bytes[0] !== 0x23) return bytes;
  const end = bytes.indexOf(0x0a);
  return end < 0 ? new Uint8Array(0) : bytes.subarray(end);
}

function compiled(slot: TValue, chunkName: string): Prototype {
  const prototype = { kind: "prototype", chunkName, code: (slot.value as LClosure).p } as const;
  return prototype as unknown as CompiledPrototype;
}

function compileError(slot: TValue, chunkName: string): CompileError {
  const text = slot.ttisstring() ? decodeUtf8(slot.svalue(), true) : "the source cannot be compiled";
  const message = text.startsWith(`${chunkName}:`) ? text : `${chunkName}:1: ${text}`;
  const line = /^\d+/.exec(message.slice(chunkName.length + 1));
  return { kind: "error", message, line: line === null ? 1 : Number(line[0]) };
}

/** A JavaScript exception that is not a Lua error becomes one without JavaScript in it; ours are reported. */
function nativeError<Owner>(L: lua_State, isolate: Isolate<Owner>): number {
  const error = lua_touserdata(L, 1);
  const overflow = error instanceof RangeError && /call stack/i.test(error.message);
  if (!overflow) isolate.onInternalError(error);
  const message = overflow ? "stack overflow" : "internal error";
  isolate.push(L, [fromPushable(L, position(L) + message)]);
  return 1;
}

/** Of the innermost Lua function. */
function position(L: lua_State): string {
  const record = new lua_Debug();
  for (let level = 0; lua_getstack(L, level, record) > 0; level++) {
    lua_getinfo(L, "Sl", record);
    if (record.currentline > 0) return `${decodeUtf8(record.short_src, true)}:${record.currentline}: `;
  }
  return "";
}
