/** Lua values as JavaScript sees them and back; the only place that knows how fengari represents a value. */

import {
  type global_State,
  invalidateTMcache,
  LClosure,
  type lua_State,
  luaH_get,
  luaH_getn,
  luaH_setfrom,
  luaH_size,
  luaO_nilobject,
  Table,
  TString,
  TValue,
  type Udata,
  Walk,
} from "#fengari/index.js";
import { charge, chargeBytes } from "./fuel.js";
import { stringOf, textOf } from "./strings.js";
import type {
  LuaCoroutine,
  LuaFunction,
  LuaRef,
  LuaTable,
  LuaTypeName,
  LuaUserdata,
  LuaValue,
  Pushable,
} from "./types.js";

export const TYPE = {
  nil: 0,
  boolean: 1,
  light: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
  /** Variants: a host function, a Lua closure, a float, a string. */
  hostFunction: 22,
  luaClosure: 6,
  longString: 20,
} as const;

const TYPE_NAMES: readonly LuaTypeName[] = [
  "nil",
  "boolean",
  "userdata",
  "number",
  "string",
  "table",
  "function",
  "userdata",
  "thread",
];

export class FunctionHandle implements LuaFunction {
  readonly kind = "function";
  constructor(readonly value: TValue) {}
}

export class CoroutineHandle implements LuaCoroutine {
  readonly kind = "thread";
  constructor(readonly state: lua_State) {}
}

export class UserdataHandle<T extends object = object> implements LuaUserdata<T> {
  readonly kind = "userdata";
  constructor(
    readonly udata: Udata,
    readonly object: T,
    readonly typeName: string,
  ) {}
}

export class TableHandle implements LuaTable {
  readonly kind = "table";
  constructor(
    private readonly L: lua_State,
    readonly table: Table,
  ) {}

  get(key: Pushable): LuaValue {
    return toValue(this.L, this.slot(key));
  }

  getRef(key: Pushable): LuaRef {
    return refOf(this.slot(key));
  }

  set(key: Pushable, value: Pushable): void {
    charge(this.L, 2);
    const slot = fromPushable(this.L, key);
    if (slot.ttisnil() || Number.isNaN(slot.value)) throw new RangeError("a table key must be neither nil nor NaN");
    const frozen = this.table.frozen;
    this.table.frozen = false;
    luaH_setfrom(this.L, this.table, slot, fromPushable(this.L, value));
    this.table.frozen = frozen;
    invalidateTMcache(this.table);
  }

  get length(): number {
    return luaH_getn(this.table);
  }

  get size(): number {
    return luaH_size(this.table);
  }

  *entries(): IterableIterator<[LuaValue, LuaValue]> {
    const walk = new Walk(this.table);
    while (walk.next()) {
      charge(this.L, 2);
      yield [toValue(this.L, walk.key), toValue(this.L, walk.value)];
    }
  }

  get metatable(): LuaTable | undefined {
    return this.table.metatable === null ? undefined : tableHandle(this.L, this.table.metatable);
  }

  setMetatable(metatable: LuaTable | undefined): void {
    this.table.metatable = metatable === undefined ? null : (metatable as TableHandle).table;
  }

  freeze(): void {
    this.table.frozen = true;
  }

  get frozen(): boolean {
    return this.table.frozen;
  }

  private slot(key: Pushable): TValue {
    charge(this.L, 1);
    return luaH_get(this.L, this.table, fromPushable(this.L, key));
  }
}

export function tableHandle(L: lua_State, table: Table): TableHandle {
  if (table.host === undefined) table.host = new TableHandle(L, table);
  return table.host as TableHandle;
}

export function newTable(L: lua_State): TableHandle {
  return tableHandle(L, new Table(L));
}

/** A Lua closure or host function keeps its handle on itself; both are plain JavaScript objects. */
function functionHandle(value: TValue): FunctionHandle {
  const holder = value.value as { handle?: FunctionHandle };
  holder.handle ??= new FunctionHandle(new TValue(value.type, value.value));
  return holder.handle;
}

export function coroutineHandle(state: lua_State): CoroutineHandle {
  state.handle ??= new CoroutineHandle(state);
  return state.handle as CoroutineHandle;
}

export function toValue(L: lua_State, slot: TValue): LuaValue {
  switch (slot.ttnov()) {
    case TYPE.boolean:
      return !slot.l_isfalse();
    case TYPE.number:
      return slot.value as number;
    case TYPE.string: {
      const string = slot.value as TString;
      const bytes = string.getstr();
      chargeBytes(L, bytes.length);
      return textOf(string) ?? bytes.slice();
    }
    case TYPE.table:
      return tableHandle(L, slot.value as Table);
    case TYPE.function:
      return functionHandle(slot);
    case TYPE.userdata:
      return (slot.value as Udata).data as UserdataHandle;
    case TYPE.thread:
      return coroutineHandle(slot.value as lua_State);
    default:
      return undefined;
  }
}

/** A new slot; never shared with the stack, so it may be kept. */
export function fromPushable(L: lua_State, value: Pushable): TValue {
  switch (typeof value) {
    case "undefined":
      return new TValue(TYPE.nil, null);
    case "boolean":
      return new TValue(TYPE.boolean, value);
    case "number": {
      const slot = new TValue(TYPE.nil, null);
      slot.setnumvalue(value);
      return slot;
    }
    case "string":
      chargeBytes(L, value.length);
      return new TValue(TYPE.longString, stringOf(L, value));
    default:
      return fromObject(L, value);
  }
}

function fromObject(L: lua_State, value: Exclude<Pushable, undefined | boolean | number | string>): TValue {
  if (value instanceof TValue) return new TValue(value.type, value.value);
  if (value instanceof TableHandle) return new TValue(TYPE.table, value.table);
  if (value instanceof FunctionHandle) return new TValue(value.value.type, value.value.value);
  if (value instanceof UserdataHandle) return new TValue(TYPE.userdata, value.udata);
  if (value instanceof CoroutineHandle) return new TValue(TYPE.thread, value.state);
  if (value instanceof Uint8Array) {
    chargeBytes(L, value.length);
    return new TValue(TYPE.longString, new TString(L, value.slice()));
  }
  throw new TypeError(`not a Lua value: ${Object.prototype.toString.call(value)}`);
}

export function refOf(slot: TValue): LuaRef {
  return new TValue(slot.type, slot.value) as unknown as LuaRef;
}

export function slotOf(ref: LuaRef): TValue {
  return ref as unknown as TValue;
}

export function typeName(slot: TValue): LuaTypeName {
  return TYPE_NAMES[slot.ttnov()]!;
}

export function newClosure(L: lua_State, proto: unknown, environment: Table): FunctionHandle {
  const closure = new LClosure(L, 1);
  closure.p = proto;
  closure.upvals[0] = new TValue(TYPE.table, environment);
  return functionHandle(new TValue(TYPE.luaClosure, closure));
}

/** Gives the function its address now, so that printing it later costs no identity of a process. */
export function newHostFunction(G: global_State, body: (L: lua_State) => number): FunctionHandle {
  if (!G.ids.has(body)) G.ids.set(body, G.id_counter++);
  return functionHandle(new TValue(TYPE.hostFunction, body));
}

export const NIL: TValue = luaO_nilobject;
