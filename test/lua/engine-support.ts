/** Running Lua text in a fresh engine; shared by the engine tests only. */

import {
  type HostFunction,
  type Limits,
  LuaEngine,
  type LuaThread,
  type LuaValue,
  type Outcome,
} from "../../lua/fengari.js";

export interface World {
  readonly engine: LuaEngine<string>;
  /** A thread of a new environment owned by `owner`. */
  thread(source: string, owner?: string): LuaThread<string>;
  readonly internalErrors: unknown[];
}

export interface WorldOptions {
  readonly functions?: Readonly<Record<string, HostFunction<string>>>;
  readonly limits?: Partial<Limits>;
  readonly maxStringBytes?: number;
}

export function openWorld(options: WorldOptions = {}): World {
  const internalErrors: unknown[] = [];
  const engine = new LuaEngine<string>({
    onInternalError: (error) => internalErrors.push(error),
    ...(options.maxStringBytes === undefined ? {} : { maxStringBytes: options.maxStringBytes }),
  });
  engine.limits({ sliceInstructions: undefined, budgetInstructions: undefined, ...options.limits });
  for (const [name, body] of Object.entries(options.functions ?? {})) engine.shared.set(name, engine.fn(name, body));
  return {
    engine,
    internalErrors,
    thread(source, owner = "test") {
      const compiled = engine.compile(source, "test.lua");
      if (compiled.kind === "error") throw new Error(compiled.message);
      const environment = engine.environment({ owner, seed: 1 });
      return engine.thread(engine.instantiate(compiled, environment), environment);
    },
  };
}

export function valuesOf(world: World, outcome: Outcome): LuaValue[] {
  if (outcome.kind !== "done")
    throw new Error(`not done: ${outcome.kind} ${"message" in outcome ? outcome.message : ""}`);
  return outcome.values.map((ref) => world.engine.value(ref));
}

/** Results of a chunk that neither waits nor fails. */
export function evaluate(source: string, options: WorldOptions = {}): LuaValue[] {
  const world = openWorld(options);
  return valuesOf(world, world.thread(source).resume());
}

/** Text of the error a chunk ends with. */
export function failure(source: string, options: WorldOptions = {}): string {
  const outcome = openWorld(options).thread(source).resume();
  if (outcome.kind !== "error") throw new Error(`expected an error, got ${outcome.kind}`);
  return outcome.message;
}
