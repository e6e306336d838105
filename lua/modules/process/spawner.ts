/** The spawner: an immutable builder of a start with context, options, a name and startup messages. Specification 2.1. */
import {
  actorKey,
  inheritedContext,
  type PayloadRecord,
  type SpawnOptions,
  type StartupMessage,
  scopeKey,
} from "../../../actors/index.js";
import { topicProblem } from "../../../mailbox/index.js";
import { givenContext } from "../../context.js";
import type { Call, Engine, HostFunction, LuaTable, MethodFunction, UserdataType } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { argumentPayloads, recordOf } from "../../value.js";
import { actorArgument, scopeArgument } from "../security/values.js";
import { execFrom, spawnVariants, startProcess } from "./spawn.js";

class Spawner {
  readonly context: PayloadRecord;
  readonly options: PayloadRecord;
  readonly name: string | undefined;
  readonly messages: readonly StartupMessage[];

  constructor(from: {
    context: PayloadRecord;
    options: PayloadRecord;
    name?: string;
    messages?: readonly StartupMessage[];
  }) {
    this.context = from.context;
    this.options = from.options;
    this.name = from.name;
    this.messages = from.messages ?? [];
  }

  with(change: Partial<Pick<Spawner, "context" | "options" | "name" | "messages">>): Spawner {
    const { context, options, name, messages } = this;
    const next = { context, options, messages, ...(name === undefined ? {} : { name }), ...change };
    return new Spawner(next as ConstructorParameters<typeof Spawner>[0]);
  }

  withContext(more: PayloadRecord): Spawner {
    return this.with({ context: { ...this.context, ...more } });
  }

  spawnOptions(relation: Pick<SpawnOptions, "link" | "monitor">): SpawnOptions {
    const { context, options, messages, name } = this;
    return { ...relation, context, options, messages, ...(name === undefined ? {} : { name }) };
  }
}

/**
 * `process.with_context(table)` and `process.with_options(table)` give a spawner that starts from the context of this process.
 * Each `with_*` gives a new one:
 *
 * - `with_context(table)` adds values, later ones win; keys that are not strings are left out (`process.with_context` raises).
 * - `with_options(table)` adds options; a key that is not a string raises.
 * - `with_actor(actor)`, `with_scope(scope)` replace those of this process; anything else, nil too, raises.
 * - `with_name(name)`, `with_message(topic, ...)`: raise for an empty name and for a topic that may not be used.
 * - `spawn`, `spawn_monitored`, `spawn_linked`, `spawn_linked_monitored` as in `process`, but too few arguments raise; `exec` as there.
 */
export function spawnerFunctions(engine: Engine<LuaProcess>): Readonly<Record<string, HostFunction<LuaProcess>>> {
  const type: UserdataType<Spawner> = engine.userdataType<Spawner>("process.Spawner", {
    methods: {
      with_context: (call, self) => push(call, self.withContext(givenContext(call, call.checkTable(2)))),
      with_options: (call, self) => push(call, self.with({ options: { ...self.options, ...givenOptions(call, 2) } })),
      with_actor: (call, self) => push(call, self.withContext({ [actorKey]: actorArgument(call, 2) })),
      with_scope: (call, self) => push(call, self.withContext({ [scopeKey]: scopeArgument(call, 2) })),
      with_name: (call, self) => push(call, self.with({ name: nameArgument(call) })),
      with_message: (call, self) => push(call, self.with({ messages: [...self.messages, startupMessage(call)] })),
      ...starters(),
    },
  });
  const own = (call: Call<LuaProcess>): PayloadRecord => inheritedContext(call.owner.self.context);
  const push = (call: Call<LuaProcess>, spawner: Spawner): void => call.push(type.wrap(spawner));
  return {
    with_context: (call) => {
      const table = call.checkTable(1);
      checkKeys(call, table, "context");
      push(call, new Spawner({ context: own(call), options: {} }).withContext(givenContext(call, table)));
    },
    with_options: (call) => push(call, new Spawner({ context: own(call), options: givenOptions(call, 1) })),
  };
}

function starters(): Record<string, MethodFunction<Spawner, LuaProcess>> {
  const methods: Record<string, MethodFunction<Spawner, LuaProcess>> = {
    exec: (call, self) => execFrom(call, 2, self.spawnOptions({})),
  };
  for (const [name, relation] of Object.entries(spawnVariants)) {
    methods[name] = (call, self) => {
      if (call.count < 3) call.error(`${name} requires at least id and host arguments`);
      return startProcess(call, 2, self.spawnOptions(relation));
    };
  }
  return methods;
}

/** Options of a table; raises for what may not leave a process. */
function givenOptions(call: Call<LuaProcess>, n: number): PayloadRecord {
  const table = call.checkTable(n);
  checkKeys(call, table, "options");
  const result = recordOf(call.owner.shared, table, "options");
  if ("error" in result) return call.raise(call.owner.shared.pushableError(result.error));
  return result.record;
}

function checkKeys(call: Call<LuaProcess>, table: LuaTable, what: string): void {
  for (const [key] of table.entries()) {
    if (key instanceof Uint8Array) call.error(`${what} keys must be valid UTF-8`);
    if (typeof key !== "string") call.error(`${what} keys must be strings, got a ${call.engine.typeOf(key)}`);
  }
}

function nameArgument(call: Call<LuaProcess>): string {
  const name = call.checkName(2) ?? call.error("with_name: the name is not valid UTF-8");
  return name === "" ? call.error("with_name: the name cannot be empty") : name;
}

function startupMessage(call: Call<LuaProcess>): StartupMessage {
  const topic = call.checkName(2) ?? call.error("with_message: the topic is not valid UTF-8");
  const problem = topicProblem(topic);
  if (problem !== undefined) call.error(`with_message: ${problem}`);
  const payloads = argumentPayloads(call, 3);
  if ("kind" in payloads) return call.raise(call.owner.shared.pushableError(payloads));
  return { topic, payloads };
}
