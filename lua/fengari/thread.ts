/** A coroutine run by the host: resuming it, and turning the way it stopped into an outcome. */

import {
  LUA_OK,
  LUA_YIELD,
  lua_gettop,
  lua_newthread,
  lua_pcall,
  lua_pop,
  lua_pushcclosure,
  lua_resume,
  type lua_State,
  lua_settop,
  luaL_tolstring,
  TValue,
} from "#fengari/index.js";
import { decodeUtf8 } from "../../mailbox/index.js";
import type { EnvironmentRecord, Isolate } from "./isolate.js";
import { tracebackOf } from "./traceback.js";
import type { LuaCoroutine, LuaFunction, LuaRef, LuaThread, Outcome, Pushable, ThreadStatus } from "./types.js";
import { coroutineHandle, fromPushable, refOf, TYPE } from "./values.js";

const PREEMPTED: Outcome = { kind: "preempted" };

export class HostThread<Owner> implements LuaThread<Owner> {
  readonly isMain: boolean;
  private state: ThreadStatus = "suspended";
  private waiting: "start" | "values" | "nothing" = "start";
  private L: lua_State;

  constructor(
    private readonly isolate: Isolate<Owner>,
    readonly environment: EnvironmentRecord<Owner>,
    fn: LuaFunction,
  ) {
    this.isMain = !environment.hasMain;
    environment.hasMain = true;
    this.L = withIdentities(isolate, environment, () => lua_newthread(isolate.main));
    lua_pop(isolate.main, 1);
    this.L.reach = true;
    this.L.host = this;
    isolate.push(this.L, [fromPushable(this.L, fn)]);
  }

  get status(): ThreadStatus {
    return this.state;
  }

  get coroutine(): LuaCoroutine | undefined {
    return this.L === ENDED ? undefined : coroutineHandle(this.L);
  }

  resume(values: readonly Pushable[] = []): Outcome {
    if (this.waiting === "nothing" && values.length > 0) throw new Error("a pre-empted thread takes no values");
    return this.run(values, false);
  }

  resumeWithError(error: Pushable): Outcome {
    if (this.waiting !== "values") throw new Error("only a waiting thread can be resumed with an error");
    return this.run([error], true);
  }

  close(): void {
    if (this.state === "running") throw new Error("a running thread cannot be closed");
    if (this.state === "suspended") this.end("closed");
  }

  traceback(): string {
    return this.L === ENDED ? "stack traceback:" : tracebackOf(this.isolate.main, this.L);
  }

  private run(values: readonly Pushable[], asError: boolean): Outcome {
    const { isolate, environment } = this;
    if (isolate.running !== undefined) throw new Error("a thread of this engine is already running");
    if (this.state !== "suspended") throw new Error(`the thread cannot be resumed: it is ${this.state}`);
    this.state = "running";
    isolate.running = this;
    isolate.environment = environment;
    isolate.pending = undefined;
    isolate.resumingWithError = asError;
    isolate.G.rng = environment.random;
    isolate.beginSlice();
    try {
      return withIdentities(isolate, environment, () => this.step(values));
    } finally {
      isolate.running = undefined;
      isolate.environment = undefined;
      isolate.G.killed = false;
    }
  }

  private step(values: readonly Pushable[]): Outcome {
    const { isolate, L } = this;
    try {
      isolate.push(
        L,
        values.map((value) => fromPushable(L, value)),
      );
      const status = lua_resume(L, null, values.length);
      // A host function that caught a kill does not save the thread.
      if (isolate.G.killed) return this.killed();
      if (status === LUA_YIELD) return this.suspended();
      if (status === LUA_OK) return this.done();
      return this.failed();
    } catch (error) {
      if (isolate.G.killed) return this.killed();
      isolate.onInternalError(error);
      const message = "internal error";
      this.end("error");
      return { kind: "error", error: refOf(fromPushable(L, message)), message, traceback: "stack traceback:" };
    }
  }

  private suspended(): Outcome {
    const pending = this.isolate.pending!;
    this.state = "suspended";
    this.waiting = pending.kind === "wait" ? "values" : "nothing";
    return pending.kind === "wait" ? { kind: "wait", request: pending.request } : PREEMPTED;
  }

  private done(): Outcome {
    const values: LuaRef[] = [];
    const count = lua_gettop(this.L);
    for (let i = this.L.top - count; i < this.L.top; i++) values.push(refOf(this.L.stack[i]!));
    // What is left on the stack of a thread that ended well would be called when Lua resumes it.
    lua_settop(this.L, 0);
    this.end("done");
    return { kind: "done", values };
  }

  private failed(): Outcome {
    const { isolate, L } = this;
    const slot = L.stack[L.top - 1]!;
    const error = refOf(slot);
    const traceback = isolate.originOf(slot.value) ?? tracebackOf(isolate.main, L);
    const message = textOf(isolate, new TValue(slot.type, slot.value));
    if (isolate.G.killed) return this.killed();
    this.end("error");
    return { kind: "error", error, message, traceback };
  }

  private killed(): Outcome {
    const reason = this.isolate.killReason;
    this.isolate.G.killed = false;
    this.isolate.killReason = undefined;
    this.end("killed");
    return { kind: "killed", reason };
  }

  /** The stack of an ended thread would keep its values alive. */
  private end(status: ThreadStatus): void {
    this.state = status;
    this.L.host = null;
    this.L = ENDED;
  }
}

/** Stands in for the state of an ended thread. */
const ENDED = { stack: [], top: 0 } as unknown as lua_State;

/** Count the identities that `body` hands out as the environment's own. */
export function withIdentities<Owner, T>(
  isolate: Isolate<Owner>,
  environment: EnvironmentRecord<Owner>,
  body: () => T,
): T {
  const { G } = isolate;
  const outside = G.id_counter;
  G.id_counter = environment.nextIdentity;
  try {
    return body();
  } finally {
    environment.nextIdentity = G.id_counter;
    G.id_counter = outside;
  }
}

/** As tostring, which may run Lua code (`__tostring`); that cannot fail outwards, and counts against the budget. */
export function textOf<Owner>(isolate: Isolate<Owner>, slot: TValue): string {
  const { main } = isolate;
  const top = main.top;
  try {
    lua_pushcclosure(main, tostring, 0);
    isolate.push(main, [slot]);
    lua_pcall(main, 1, 1, 0);
    const result = main.stack[main.top - 1]!;
    return result.ttisstring() ? decodeUtf8(result.svalue(), true) : `(error object is a ${NAMES[slot.ttnov()]} value)`;
  } finally {
    lua_pop(main, main.top - top);
  }
}

function tostring(L: lua_State): number {
  luaL_tolstring(L, 1);
  return 1;
}

const NAMES: Readonly<Record<number, string>> = { [TYPE.table]: "table", [TYPE.userdata]: "userdata" };
