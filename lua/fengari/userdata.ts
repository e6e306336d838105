/** Userdata types: JavaScript objects as Lua values with methods and a metatable that Lua can neither see nor change. */

import { type lua_State, type Table, TValue, Udata } from "#fengari/index.js";
import { hostFunction } from "./host-function.js";
import type { Call, HostFunction, MethodFunction, UserdataOptions, UserdataType } from "./host-types.js";
import type { Isolate } from "./isolate.js";
import type { LuaFunction, Pushable } from "./types.js";
import { newTable, slotOf, type TableHandle, toValue, UserdataHandle } from "./values.js";

interface Known<T extends object> {
  get(object: T): UserdataHandle<T> | undefined;
  set(object: T, handle: UserdataHandle<T>): void;
}

const nowhere = { get: () => undefined, set: () => {} } as const;

const inObject = {
  get: (object: { handle?: unknown }) => object.handle as UserdataHandle<never> | undefined,
  set: (object: { handle?: unknown }, handle: unknown) => {
    object.handle = handle;
  },
} as const;

export class HostUserdataType<T extends object, Owner> implements UserdataType<T> {
  private readonly metatable: TableHandle;
  private readonly known: Known<T>;

  constructor(
    private readonly isolate: Isolate<Owner>,
    readonly name: string,
    options: UserdataOptions<T, Owner>,
  ) {
    this.known = options.known === "nowhere" ? nowhere : options.known === "in the object" ? inObject : new WeakMap();
    this.metatable = newTable(isolate.main);
    this.metatable.set("__name", name);
    this.metatable.set("__metatable", false);
    const methods = new Map<string, LuaFunction>();
    for (const [key, body] of Object.entries(options.methods ?? {})) methods.set(key, this.method(key, body));
    this.metatable.set("__index", this.index(methods, options.index));
    for (const [key, body] of Object.entries(options.metamethods ?? {})) {
      this.metatable.set(key, hostFunction(isolate, key, body));
    }
    this.metatable.freeze();
  }

  wrap(object: T): UserdataHandle<T> {
    const existing = this.known.get(object);
    if (existing !== undefined) return existing;
    const handle = newUserdata(this.isolate.main, object, this.name, this.metatable.table);
    this.known.set(object, handle);
    return handle;
  }

  unwrap(value: Pushable): T | undefined {
    const held = value instanceof TValue ? toValue(this.isolate.main, slotOf(value as never)) : value;
    if (!(held instanceof UserdataHandle)) return undefined;
    return held.udata.metatable === this.metatable.table ? (held.object as T) : undefined;
  }

  private method(key: string, body: MethodFunction<T, Owner>): LuaFunction {
    return hostFunction(this.isolate, key, (call) => body(call, call.checkUserdata(1, this)));
  }

  /** A plain table of methods is the faster one; a function only where fields are asked for. */
  private index(methods: Map<string, LuaFunction>, read: UserdataOptions<T, Owner>["index"]): Pushable {
    if (read === undefined) {
      const table = newTable(this.isolate.main);
      for (const [key, method] of methods) table.set(key, method);
      table.freeze();
      return table;
    }
    const body: HostFunction<Owner> = (call: Call<Owner>) => {
      const self = call.checkUserdata(1, this);
      if (call.type(2) !== "string") return;
      const key = call.checkString(2);
      const method = methods.get(key);
      if (method !== undefined) call.push(method);
      else read(self, key, call);
    };
    return hostFunction(this.isolate, "__index", body);
  }
}

function newUserdata<T extends object>(L: lua_State, object: T, name: string, metatable: Table): UserdataHandle<T> {
  const udata = new Udata(L, 0);
  udata.metatable = metatable;
  const handle = new UserdataHandle(udata, object, name);
  udata.data = handle;
  return handle;
}
