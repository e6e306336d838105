/** What the parts of one engine share: the state, which thread runs, its fuel, and how it ends. Knows no Lua library. */

import {
  type global_State,
  lua_checkstack,
  lua_error,
  lua_pushliteral,
  type lua_State,
  type TValue,
} from "#fengari/index.js";
import { BudgetExceeded } from "./fuel.js";
import type { Random } from "./random.js";
import type { EngineHandle, Environment, Limits, LuaThread } from "./types.js";
import type { TableHandle } from "./values.js";

/** Largest grant; a small integer keeps the counter fast. */
const UNLIMITED = 2 ** 30;
/** Instructions between two tries to pre-empt a thread that is past its slice but cannot yield. */
const RETRY_INSTRUCTIONS = 200;

export type Pending = { readonly kind: "wait"; readonly request: unknown } | { readonly kind: "preempted" };

const PREEMPTED: Pending = { kind: "preempted" };

/** Thrown through everything to end a thread; its reason is in the isolate. */
export const KILL = new Error("the running Lua thread was killed");

export interface EnvironmentRecord<Owner> extends Environment<Owner> {
  readonly globals: TableHandle;
  readonly random: Random;
  /** Identities (what tostring of a table shows) are counted per environment, so that processes do not show in each other. */
  nextIdentity: number;
  /** Its first thread is its main coroutine. */
  hasMain: boolean;
}

export class Isolate<Owner> {
  readonly G: global_State;
  engine!: EngineHandle<Owner>;
  running: LuaThread<Owner> | undefined;
  environment: EnvironmentRecord<Owner> | undefined;
  /** Why the base thread just yielded. */
  pending: Pending | undefined;
  /** The next continuation of a wait raises its value. */
  resumingWithError = false;
  killReason: unknown;
  onInternalError: (error: unknown) => void = () => {};

  /** For errors that went through `coroutine.wrap`: the traceback of where they were raised. */
  private readonly origins = new WeakMap<object, string>();
  private slice: number | undefined;
  private budget: number | undefined;
  private granted = 0;
  private usedInTurn = 0;
  private usedInSlice = 0;

  constructor(readonly main: lua_State) {
    this.G = main.l_G;
    this.G.strings = new Map();
    this.G.onfuel = (L, instruction) => this.outOfFuel(L, instruction);
    this.grant();
  }

  limits(limits: Limits): void {
    this.settle(0);
    this.slice = limits.sliceInstructions;
    this.budget = limits.budgetInstructions;
    this.grant();
  }

  beginTurn(): void {
    this.settle(0);
    this.usedInTurn = 0;
    this.grant();
  }

  beginSlice(): void {
    this.settle(0);
    this.usedInSlice = 0;
    this.grant();
  }

  get turnInstructions(): number {
    return this.usedInTurn + (this.granted - this.G.fuel);
  }

  kill(reason: unknown): never {
    if (this.running === undefined) throw new Error("no Lua thread is running, so there is none to kill");
    if (!this.G.killed) this.killReason = reason;
    this.G.killed = true;
    this.granted = this.G.fuel = 0;
    throw KILL;
  }

  /** Make room for the values and push them on any thread of this isolate. */
  push(L: lua_State, slots: readonly TValue[]): void {
    this.room(L, slots.length);
    for (const slot of slots) L.stack[L.top++] = slot;
  }

  pushOne(L: lua_State, slot: TValue): void {
    this.room(L, 1);
    L.stack[L.top++] = slot;
  }

  private room(L: lua_State, count: number): void {
    if (lua_checkstack(L, count + 2)) return;
    lua_pushliteral(L, "stack overflow (too many values)");
    lua_error(L);
  }

  /** The same error value is the same object, also after a pcall has caught it. */
  keepOrigin(error: unknown, traceback: string): void {
    if (typeof error === "object" && error !== null) this.origins.set(error, traceback);
  }

  originOf(error: unknown): string | undefined {
    return typeof error === "object" && error !== null ? this.origins.get(error) : undefined;
  }

  private outOfFuel(L: lua_State, instruction: boolean): boolean {
    if (this.G.killed) throw KILL;
    // The instruction that found the counter empty has not run yet; it is charged when it does.
    this.settle(instruction ? 1 : 0);
    if (this.budget !== undefined && this.usedInTurn >= this.budget) this.spent(this.budget);
    const over = this.slice !== undefined && this.usedInSlice >= this.slice;
    if (over && instruction && L.reach && L.nny === 0) {
      this.pending = PREEMPTED;
      return true;
    }
    // Work of the host has used the slice up: the next instruction must find that, or a loop of such calls would go on for ever.
    if (over && !instruction) return false;
    this.grant();
    if (instruction) this.G.fuel--;
    return false;
  }

  private spent(budget: number): void {
    if (this.running !== undefined) this.kill(new BudgetExceeded(budget));
  }

  /** Book what was used of the last grant, but `held` instructions. */
  private settle(held: number): void {
    const used = this.granted - this.G.fuel - held;
    this.usedInTurn += used;
    this.usedInSlice += used;
    this.granted = this.G.fuel = 0;
  }

  private grant(): void {
    let fuel = UNLIMITED;
    if (this.slice !== undefined) fuel = Math.min(fuel, Math.max(this.slice - this.usedInSlice, RETRY_INSTRUCTIONS));
    if (this.budget !== undefined) fuel = Math.min(fuel, Math.max(this.budget - this.usedInTurn, 0));
    this.granted = this.G.fuel = fuel;
  }
}
