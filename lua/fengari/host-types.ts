/** The public types of host functions and userdata; no behaviour lives here. Exported again by `lua/fengari.ts`. */

import type {
  EngineHandle,
  Environment,
  LuaFunction,
  LuaRef,
  LuaTable,
  LuaThread,
  LuaTypeName,
  LuaUserdata,
  LuaValue,
  Pushable,
} from "./types.js";

declare const suspensionBrand: unique symbol;

/** What a host function returns instead of results when it is not finished. */
export interface Suspension {
  readonly [suspensionBrand]: true;
}

/** A host function: its results are what it pushed, in order, unless it returns a suspension. */
// biome-ignore lint/suspicious/noConfusingVoidType: most host functions return nothing, and may be written as an expression
export type HostFunction<Owner> = (call: Call<Owner>) => Suspension | void;

/** One call of a host function; argument numbers start at 1 (in a method, 1 is the object). Not valid after the call. */
export interface Call<Owner> {
  readonly engine: EngineHandle<Owner>;
  readonly environment: Environment<Owner>;
  readonly owner: Owner;
  /** The host's thread that is running (not the inner coroutine). */
  readonly thread: LuaThread<Owner>;
  /** Number of arguments, explicit nils included. After `wait` or `callThen`: of the values given. */
  readonly count: number;
  /** "none" past the last argument. */
  type(n: number): LuaTypeName | "none";
  get(n: number): LuaValue;
  ref(n: number): LuaRef;
  /** All arguments from `first` on. */
  refs(first?: number): LuaRef[];

  // Checks raise "bad argument #n to 'name' (string expected, got nil)". Strings accept numbers and numbers accept numerals, as in Lua.
  /** Each byte that is no valid UTF-8 reads as U+FFFD; for names, which must not become one another by that, see `checkName`. */
  checkString(n: number): string;
  /** As `checkString`, but undefined for what is not valid UTF-8. */
  checkName(n: number): string | undefined;
  checkBytes(n: number): Uint8Array;
  checkNumber(n: number): number;
  /** Integral, at most 2^53 in size. */
  checkInteger(n: number): number;
  checkTable(n: number): LuaTable;
  checkFunction(n: number): LuaFunction;
  checkBoolean(n: number): boolean;
  /** Anything but "none". */
  checkAny(n: number): LuaRef;
  checkUserdata<T extends object>(n: number, type: UserdataType<T>): T;
  /** Lua truth: everything but nil and false. */
  truthy(n: number): boolean;
  /** Nil and none give the fallback; other types are checked. */
  optString(n: number, fallback: string): string;
  optNumber(n: number, fallback: number): number;
  optInteger(n: number, fallback: number): number;
  optBoolean(n: number, fallback: boolean): boolean;
  optTable(n: number): LuaTable | undefined;
  /** Text of the argument as `tostring` gives it, `__tostring` included. */
  tostring(n: number): string;

  /** Book work of the host as so many instructions, before it is done: past the budget the thread is killed here, by an exception. */
  charge(instructions: number): void;
  /** Add results. */
  push(...values: Pushable[]): void;
  /** Raise a value as it is. */
  raise(error: Pushable): never;
  /** Raise a text with the position of the Lua code that called (`source:line:`); level 0 adds none. */
  error(message: string, level?: number): never;
  argumentError(n: number, message: string): never;
  /** The frames of the Lua code that called, through all coroutines. */
  traceback(): string;
  /** Where the Lua code stands that called: `{ chunk, line }`. Undefined when it was not Lua code. Much cheaper than a traceback. */
  position(): { readonly chunk: string; readonly line: number } | undefined;

  /**
   * Suspend the host's thread: `resume` answers `{ kind: "wait", request }`. The values of the next resume become the results of
   * this call, or the arguments of `then`. Raises a Lua error where Lua cannot yield (inside a sort or gsub callback).
   */
  wait(request: unknown, then?: HostFunction<Owner>): Suspension;
  /** Raise what `wait` would raise here. */
  checkWait(): void;
  /** Call a Lua function that may itself wait; its results become the results of this call, or the arguments of `then`. */
  callThen(fn: LuaFunction, values: readonly Pushable[], then?: HostFunction<Owner>): Suspension;
  /** Call a Lua function now; it cannot yield. Lua errors pass through. */
  callNow(fn: LuaFunction, values: readonly Pushable[]): LuaValue[];
}

export interface UserdataOptions<T extends object, Owner> {
  readonly methods?: Readonly<Record<string, MethodFunction<T, Owner>>>;
  /** Names such as `__tostring`, `__eq`, `__lt`, `__le`, `__concat`, `__add`, `__len`, `__call`; `self` is argument 1 and unchecked. */
  readonly metamethods?: Readonly<Record<string, HostFunction<Owner>>>;
  /** Read access to keys that are not methods (`object.field`); push nothing for nil. */
  readonly index?: (self: T, key: string, call: Call<Owner>) => void;
  /**
   * Where it is noted which userdata an object has: in the object itself, as its property `handle`; or nowhere, as none is ever wrapped
   * a second time. Left out: beside it, in a weak map, which makes every collection slower.
   */
  readonly known?: "in the object" | "nowhere";
}

// biome-ignore lint/suspicious/noConfusingVoidType: most host functions return nothing, and may be written as an expression
export type MethodFunction<T extends object, Owner> = (call: Call<Owner>, self: T) => Suspension | void;

/** A kind of userdata with a read-only, locked metatable (`getmetatable(x)` gives false). */
export interface UserdataType<T extends object> {
  readonly name: string;
  /** The same object gives the same userdata for as long as either is reachable, but for types that note it nowhere. */
  wrap(object: T): LuaUserdata<T>;
  unwrap(value: Pushable): T | undefined;
}
