/** The public types of the Lua engine facade; no behaviour lives here. Everything is exported again by `lua/fengari.ts`. */

import type { HostFunction, UserdataOptions, UserdataType } from "./host-types.js";

declare const refBrand: unique symbol;
declare const prototypeBrand: unique symbol;

/**
 * Any Lua value, held from JavaScript without converting it (a string is not decoded). Immutable, cheap to make and to push.
 * Belongs to the engine that made it. This is what a channel or a scheduler should store.
 */
export interface LuaRef {
  readonly [refBrand]: true;
}

/**
 * A Lua value as JavaScript sees it. Nil is `undefined` (`null` is never a Lua value). A Lua string is bytes: it reads as a
 * `string` when it is valid UTF-8, else as the bytes themselves; pushing a `string` encodes UTF-8, pushing bytes copies them.
 * Objects keep identity: the same Lua table, function, coroutine or userdata reads as the same JavaScript object.
 */
export type LuaValue =
  | undefined
  | boolean
  | number
  | string
  | Uint8Array
  | LuaTable
  | LuaFunction
  | LuaCoroutine
  | LuaUserdata;

export type Pushable = LuaValue | LuaRef;

export type LuaTypeName = "nil" | "boolean" | "number" | "string" | "table" | "function" | "thread" | "userdata";

/** A table. All access is raw: no metamethod runs, so nothing here can call Lua code or yield. */
export interface LuaTable {
  readonly kind: "table";
  get(key: Pushable): LuaValue;
  getRef(key: Pushable): LuaRef;
  /** Nil (`undefined`) removes the key. Throws RangeError for a nil or NaN key; ignores read-only (it is the host's side door). */
  set(key: Pushable, value: Pushable): void;
  /** A border of the sequence part, as `#t` without `__len`. */
  readonly length: number;
  /** Number of entries of every kind of key. */
  readonly size: number;
  /** Entries in insertion order (replay depends on it). Do not change the table while iterating. */
  entries(): IterableIterator<[LuaValue, LuaValue]>;
  readonly metatable: LuaTable | undefined;
  setMetatable(metatable: LuaTable | undefined): void;
  /** From now on every write by Lua raises "attempt to modify a read-only table"; `setmetatable` on it too. */
  freeze(): void;
  readonly frozen: boolean;
}

/** A Lua or host function. */
export interface LuaFunction {
  readonly kind: "function";
}

/** A coroutine as a Lua value: one made by Lua code (`coroutine.create`), or a `LuaThread` as Lua sees it. */
export interface LuaCoroutine {
  readonly kind: "thread";
}

/** A JavaScript object inside Lua; `type(x) == "userdata"`. Test it with `UserdataType.unwrap`. */
export interface LuaUserdata<T extends object = object> {
  readonly kind: "userdata";
  readonly object: T;
  readonly typeName: string;
}

/** Compiled source; shared by every process of every engine of this JavaScript thread, holds no state. */
export interface Prototype {
  readonly [prototypeBrand]: true;
  readonly kind: "prototype";
  readonly chunkName: string;
}

/** `message` is complete and starts with `name:line:`. */
export interface CompileError {
  readonly kind: "error";
  readonly message: string;
  readonly line: number;
}

export interface EngineOptions {
  /** Longest string Lua may build, in bytes; past it a Lua error "string too large" is raised. Default 16 MiB. */
  readonly maxStringBytes?: number;
  /** Told of every exception of a host function that was not a Lua error (a bug of ours); Lua sees "internal error". */
  readonly onInternalError?: (error: unknown) => void;
}

/**
 * Instructions a thread may run. Library calls that do much work (patterns, sort, rep, concat, ...) are charged too.
 *
 * `slice`: after so many in one `resume` the thread is pre-empted where it can yield; `undefined`: never pre-empted (sandbox).
 * `budget`: after so many since `beginTurn` the thread is killed; `undefined`: never.
 *
 * Memory: one string is capped (`maxStringBytes`), one coroutine's stack too, and making strings costs budget (16 bytes an
 * instruction), so a turn can only allocate in proportion to its budget. What a process keeps from turn to turn is not counted.
 */
export interface Limits {
  readonly sliceInstructions: number | undefined;
  readonly budgetInstructions: number | undefined;
}

export interface EnvironmentOptions<Owner> {
  /** Whom host functions see as `call.owner` while a thread of this environment runs: the process. */
  readonly owner: Owner;
  /** Seeds `math.random` of this environment only. */
  readonly seed: number;
  /** Globals of this process alone; the shared ones are visible without being copied. */
  readonly globals?: Readonly<Record<string, Pushable>>;
}

/**
 * The globals of one process, over the shared read-only libraries. `_G` is this table. An assignment shadows a shared global for
 * this process only; assigning nil to a shadowed global shows the shared one again. `pairs(_G)` lists the process's own globals.
 */
export interface Environment<Owner> {
  readonly owner: Owner;
  readonly globals: LuaTable;
}

/** How one `resume` ended. */
export type Outcome =
  | { readonly kind: "done"; readonly values: readonly LuaRef[] }
  /** A host function asked to wait; `request` is what it gave to `call.wait`. Resume later with the results of that call. */
  | { readonly kind: "wait"; readonly request: unknown }
  /** The slice is used up; resume without values to go on. */
  | { readonly kind: "preempted" }
  /** An uncaught Lua error. `error` is the raised value, `message` its text (by `__tostring` where there is one). */
  | { readonly kind: "error"; readonly error: LuaRef; readonly message: string; readonly traceback: string }
  /** Killed by the budget (`BudgetExceeded`) or by `engine.kill`. No Lua code of this thread ran after it. */
  | { readonly kind: "killed"; readonly reason: unknown };

export type ThreadStatus = "suspended" | "running" | "done" | "error" | "killed" | "closed";

/**
 * A coroutine the host runs: one of a process. Coroutines that Lua code creates inside are invisible here: when one of them waits
 * or is pre-empted, this thread is, and the values of the next `resume` reach the innermost one.
 */
export interface LuaThread<Owner> {
  readonly environment: Environment<Owner>;
  readonly status: ThreadStatus;
  /** Lua code may look at it (`coroutine.status`); resuming it fails, as only the host does that. Undefined once it has ended. */
  readonly coroutine: LuaCoroutine | undefined;
  /**
   * Run until the next outcome. The first call passes `values` as the function's arguments; after a `wait`, they are the results
   * of the waiting call; after `preempted` they must be empty. Never throws for anything Lua does; throws for a thread that is
   * running, ended or of a state that does not fit.
   */
  resume(values?: readonly Pushable[]): Outcome;
  /** As `resume`, but the waiting call raises `error` (Lua can catch it). Only after a `wait`. */
  resumeWithError(error: Pushable): Outcome;
  /** Forget the thread; it never runs again. Safe to repeat; not from inside its own `resume`. */
  close(): void;
  /** Where the thread stands now, as Lua prints it, starting with "stack traceback:". */
  traceback(): string;
}

/** The part of the engine that host functions and conversions need. */
export interface EngineHandle<Owner> {
  table(): LuaTable;
  fn(name: string, body: HostFunction<Owner>): LuaFunction;
  ref(value: Pushable): LuaRef;
  value(ref: LuaRef): LuaValue;
  typeOf(value: Pushable): LuaTypeName;
  /** As `tostring` without calling metamethods of tables; userdata with a host `__tostring` use it. */
  text(value: Pushable): string;
  /** End the running thread now with `{ kind: "killed", reason }`; no pcall, handler or coroutine of it sees anything. */
  kill(reason: unknown): never;
}

/** One isolate: a Lua state with the shared libraries, and any number of environments (processes) in it. */
export interface Engine<Owner> extends EngineHandle<Owner> {
  /** The shared globals, for installing host modules; Lua code of any process can read but never change them. */
  readonly shared: LuaTable;
  /** Compile once, instantiate often. `chunkName` is how errors and tracebacks name it, such as `app/main.lua`. */
  compile(source: string | Uint8Array, chunkName: string): Prototype | CompileError;
  environment(options: EnvironmentOptions<Owner>): Environment<Owner>;
  /** A new closure of the compiled chunk whose globals are the environment's. */
  instantiate(prototype: Prototype, environment: Environment<Owner>): LuaFunction;
  thread(fn: LuaFunction, environment: Environment<Owner>): LuaThread<Owner>;
  /** Make values for an environment while none of its threads runs: what `tostring` shows of them follows from it alone. */
  within<T>(environment: Environment<Owner>, body: () => T): T;
  /** A library table of host functions, read-only. */
  library(functions: Readonly<Record<string, HostFunction<Owner>>>): LuaTable;
  userdataType<T extends object>(name: string, options: UserdataOptions<T, Owner>): UserdataType<T>;
  limits(limits: Limits): void;
  /** Start counting instructions for the budget at zero. */
  beginTurn(): void;
  /** Instructions since `beginTurn`, over all threads. */
  readonly turnInstructions: number;
}
