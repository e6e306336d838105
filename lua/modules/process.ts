/** The global `process`: who this process is, and everything it may do with others. The parts are in `process/`. */
import { idProblem } from "../../actors/index.js";
import type { Call, HostFunction, Suspension } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { argumentPayloads } from "../value.js";
import { refusal } from "./answers.js";
import { destinationFunctions } from "./process/destinations.js";
import { eventKinds } from "./process/events.js";
import { mailFunctions } from "./process/mail.js";
import { registryTable } from "./process/registry.js";
import { exec, spawnFunctions } from "./process/spawn.js";
import { spawnerFunctions } from "./process/spawner.js";

export { createMessageType } from "./process/message.js";

/**
 * - `pid()`, `id()`: own pid, registry id of the running entry.
 * - `get_options()`, `set_options{trap_links = bool}`.
 * - `upgrade(id?, ...)`: same pid, links, monitors, names, context and unread messages; new code and new state. Never returns.
 * - `process.event.{EXIT, LINK_DOWN, CANCEL}`, `process.registry`.
 * - the rest: see the files in `process/`.
 *
 * Specification 2.1 and 7.
 */
export const processModule: ModuleDefinition = {
  name: "process",
  global: true,
  build({ engine }) {
    const library = engine.library({
      ...selfFunctions,
      ...destinationFunctions,
      ...spawnFunctions,
      ...spawnerFunctions(engine),
      ...mailFunctions,
      exec,
      upgrade,
    });
    const event = engine.library({});
    for (const [name, kind] of Object.entries(eventKinds)) event.set(name, kind);
    library.set("event", event);
    library.set("registry", registryTable(engine));
    return library;
  },
};

const selfFunctions: Readonly<Record<string, HostFunction<LuaProcess>>> = {
  pid: (call) => call.push(call.owner.self.pid.text),
  id: (call) => call.push(call.owner.self.entry),
  get_options: (call) => {
    const table = call.engine.table();
    table.set("trap_links", call.owner.self.trapLinks);
    call.push(table);
  },
  set_options: setOptions,
};

/** `upgrade(id or nil, ...)`: go on as that entry, or as this one anew, with main's arguments. Does not return. */
function upgrade(call: Call<LuaProcess>): Suspension | undefined {
  const entry = call.count === 0 || call.type(1) === "nil" ? undefined : call.checkString(1);
  const format = "invalid process ID format (namespace:name required)";
  const problem =
    entry === undefined
      ? undefined
      : idProblem(entry, { empty: "process ID required", namespace: format, name: format });
  const args = problem ?? argumentPayloads(call, 2);
  if ("kind" in args) return call.raise(call.owner.shared.pushableError(args));
  return call.owner.upgrade(call, entry, args);
}

/** The valid keys of a table are applied also when it has others; the answer is false, not nil. */
function setOptions(call: Call<LuaProcess>): void {
  const { self, shared } = call.owner;
  const problems: string[] = [];
  if (call.type(1) !== "table") problems.push("options parameter must be a table");
  else {
    for (const [key, value] of call.checkTable(1).entries()) {
      if (key !== "trap_links") problems.push(`option ${call.engine.text(key)} is not supported`);
      else if (typeof value !== "boolean") problems.push("trap_links must be a boolean");
      else self.trapLinks = value;
    }
  }
  if (problems.length === 0) call.push(true);
  else call.push(false, shared.pushableError(refusal("INVALID", problems.join("; "))));
}
