/** One call of a host function: its arguments, results, errors and suspensions. */

import {
  LUA_MULTRET,
  lua_call,
  lua_concat,
  lua_Debug,
  lua_error,
  lua_getinfo,
  lua_getstack,
  lua_pop,
  type lua_State,
  luaL_tolstring,
  luaL_where,
  luaT_objtypename,
  type TString,
  type TValue,
  tointeger,
  tonumber,
} from "#fengari/index.js";
import { decodeUtf8 } from "../../mailbox/index.js";
import { charge, chargeBytes } from "./fuel.js";
import type { Call, HostFunction, Suspension, UserdataType } from "./host-types.js";
import type { Isolate } from "./isolate.js";
import { stringBytes, textOf } from "./strings.js";
import { tracebackOf } from "./traceback.js";
import type {
  EngineHandle,
  Environment,
  LuaFunction,
  LuaRef,
  LuaTable,
  LuaThread,
  LuaTypeName,
  LuaValue,
  Pushable,
} from "./types.js";
import { fromPushable, NIL, refOf, TYPE, toValue, typeName } from "./values.js";

/** What a suspension holds: whom to wait for or what to call, and how to go on. */
export interface PendingCall<Owner> {
  readonly kind: "wait" | "call";
  readonly request: unknown;
  readonly fn: LuaFunction | undefined;
  readonly values: readonly Pushable[];
  readonly next: HostFunction<Owner> | undefined;
}

export class HostCall<Owner> implements Call<Owner> {
  readonly count: number;
  private readonly base: number;
  private readonly end: number;

  constructor(
    private readonly L: lua_State,
    private readonly isolate: Isolate<Owner>,
    private readonly name: string,
  ) {
    this.base = L.ci.funcOff;
    this.end = L.top;
    this.count = L.top - this.base - 1;
  }

  results(): number {
    return this.L.top - this.end;
  }

  get engine(): EngineHandle<Owner> {
    return this.isolate.engine;
  }
  get environment(): Environment<Owner> {
    if (this.isolate.environment === undefined) throw new Error(`'${this.name}' was called outside of any environment`);
    return this.isolate.environment;
  }
  get owner(): Owner {
    return this.environment.owner;
  }
  get thread(): LuaThread<Owner> {
    if (this.isolate.running === undefined) throw new Error(`'${this.name}' was called outside of any thread`);
    return this.isolate.running;
  }

  type(n: number): LuaTypeName | "none" {
    return n > this.count ? "none" : typeName(this.slot(n));
  }
  get(n: number): LuaValue {
    return toValue(this.isolate.main, this.slot(n));
  }
  ref(n: number): LuaRef {
    return refOf(this.slot(n));
  }
  refs(first = 1): LuaRef[] {
    const refs: LuaRef[] = [];
    for (let n = first; n <= this.count; n++) refs.push(this.ref(n));
    return refs;
  }

  checkString(n: number): string {
    return this.checkName(n) ?? decodeUtf8(this.stringBytes(n), true);
  }
  checkName(n: number): string | undefined {
    const slot = this.slot(n);
    if (!slot.ttisstring()) return decodeUtf8(this.stringBytes(n));
    const string = slot.value as TString;
    chargeBytes(this.L, string.getstr().length);
    return textOf(string);
  }
  checkBytes(n: number): Uint8Array {
    return this.stringBytes(n).slice();
  }
  checkNumber(n: number): number {
    const number = tonumber(this.slot(n));
    return number === false ? this.typeError(n, "number") : number;
  }
  checkInteger(n: number): number {
    const integer = tointeger(this.slot(n));
    if (integer !== false) return integer;
    if (tonumber(this.slot(n)) === false) this.typeError(n, "number");
    return this.argumentError(n, "number has no integer representation");
  }
  checkTable(n: number): LuaTable {
    if (this.slot(n).ttnov() !== TYPE.table) this.typeError(n, "table");
    return this.get(n) as LuaTable;
  }
  checkFunction(n: number): LuaFunction {
    if (this.slot(n).ttnov() !== TYPE.function) this.typeError(n, "function");
    return this.get(n) as LuaFunction;
  }
  checkBoolean(n: number): boolean {
    if (this.slot(n).ttnov() !== TYPE.boolean) this.typeError(n, "boolean");
    return this.truthy(n);
  }
  checkAny(n: number): LuaRef {
    if (n > this.count) this.argumentError(n, "value expected");
    return this.ref(n);
  }
  checkUserdata<T extends object>(n: number, type: UserdataType<T>): T {
    const object = this.slot(n).ttnov() === TYPE.userdata ? type.unwrap(this.get(n)) : undefined;
    return object ?? this.typeError(n, type.name);
  }
  truthy(n: number): boolean {
    return !this.slot(n).l_isfalse();
  }
  optString(n: number, fallback: string): string {
    return this.slot(n).ttisnil() ? fallback : this.checkString(n);
  }
  optNumber(n: number, fallback: number): number {
    return this.slot(n).ttisnil() ? fallback : this.checkNumber(n);
  }
  optInteger(n: number, fallback: number): number {
    return this.slot(n).ttisnil() ? fallback : this.checkInteger(n);
  }
  optBoolean(n: number, fallback: boolean): boolean {
    return this.slot(n).ttisnil() ? fallback : this.checkBoolean(n);
  }
  optTable(n: number): LuaTable | undefined {
    return this.slot(n).ttisnil() ? undefined : this.checkTable(n);
  }
  tostring(n: number): string {
    return decodeUtf8(this.tobytes(n), true);
  }

  charge(instructions: number): void {
    charge(this.L, Math.ceil(instructions));
  }
  push(...values: Pushable[]): void {
    for (const value of values) {
      const slot = fromPushable(this.L, value);
      if (stringBytes(slot) > this.isolate.G.maxstring) this.error("string too large");
      this.isolate.pushOne(this.L, slot);
    }
  }
  raise(error: Pushable): never {
    this.isolate.push(this.L, [fromPushable(this.L, error)]);
    return lua_error(this.L);
  }
  error(message: string, level = 1): never {
    this.isolate.push(this.L, []);
    if (level > 0) luaL_where(this.L, level);
    this.isolate.push(this.L, [fromPushable(this.L, message)]);
    if (level > 0) lua_concat(this.L, 2);
    return lua_error(this.L);
  }
  argumentError(n: number, message: string): never {
    const record = new lua_Debug();
    lua_getstack(this.L, 0, record);
    lua_getinfo(this.L, "n", record);
    const name = record.name === null ? this.name : decodeUtf8(record.name, true);
    const method = record.namewhat !== null && decodeUtf8(record.namewhat, true) === "method";
    if (method && n === 1) this.error(`calling '${name}' on bad self (${message})`);
    return this.error(`bad argument #${method ? n - 1 : n} to '${name}' (${message})`);
  }
  traceback(): string {
    return tracebackOf(this.isolate.main, this.L, 1);
  }
  position(): { chunk: string; line: number } | undefined {
    const record = new lua_Debug();
    if (lua_getstack(this.L, 1, record) === 0) return undefined;
    lua_getinfo(this.L, "Sl", record);
    if (record.currentline <= 0) return undefined;
    return { chunk: decodeUtf8(record.short_src, true), line: record.currentline };
  }

  checkWait(): void {
    if (this.L.nny > 0 || !this.L.reach) this.error("attempt to yield across a C-call boundary");
  }

  wait(request: unknown, next?: HostFunction<Owner>): Suspension {
    // Before the caller has an effect that the suspension would have to undo.
    this.checkWait();
    return suspension({ kind: "wait", request, fn: undefined, values: [], next });
  }
  callThen(fn: LuaFunction, values: readonly Pushable[], next?: HostFunction<Owner>): Suspension {
    return suspension({ kind: "call", request: undefined, fn, values, next });
  }
  callNow(fn: LuaFunction, values: readonly Pushable[]): LuaValue[] {
    const top = this.L.top;
    this.isolate.push(this.L, [fromPushable(this.L, fn), ...values.map((value) => fromPushable(this.L, value))]);
    lua_call(this.L, values.length, LUA_MULTRET);
    const results: LuaValue[] = [];
    for (let i = top; i < this.L.top; i++) results.push(toValue(this.isolate.main, this.L.stack[i]!));
    lua_pop(this.L, this.L.top - top);
    return results;
  }

  private slot(n: number): TValue {
    return n > this.count ? NIL : this.L.stack[this.base + n]!;
  }
  private stringBytes(n: number): Uint8Array {
    const slot = this.slot(n);
    if (!slot.ttisstring() && slot.ttnov() !== TYPE.number) this.typeError(n, "string");
    return this.tobytes(n);
  }
  private tobytes(n: number): Uint8Array {
    if (n > this.count) this.argumentError(n, "value expected");
    this.isolate.push(this.L, []);
    const slot = this.slot(n);
    const bytes = slot.ttisstring() ? slot.svalue() : luaL_tolstring(this.L, n);
    if (!slot.ttisstring()) lua_pop(this.L, 1);
    chargeBytes(this.L, bytes.length);
    return bytes;
  }
  private typeError(n: number, expected: string): never {
    const got = n > this.count ? "no value" : decodeUtf8(luaT_objtypename(this.L, this.slot(n)), true);
    return this.argumentError(n, `${expected} expected, got ${got}`);
  }
}

const suspension = <Owner>(pending: PendingCall<Owner>): Suspension => pending as unknown as Suspension;
