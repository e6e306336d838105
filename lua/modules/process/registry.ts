/** `process.registry`: names for processes. Who may see a name from elsewhere is the host's business. */
import { type Failure, type Pid, parsePid } from "../../../mailbox/index.js";
import type { Call, Engine, LuaTable, Suspension } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { absent, answer, failWith, notUtf8, refusal } from "../answers.js";

const scopes = { LOCAL: 0, EVENTUAL: 1, CONSISTENT: 2, STRONG: 3 } as const;

/**
 * - `register(name, pid?, scope?)`: true; ALREADY_EXISTS when another process has the name. Safe to repeat.
 * - `lookup(name)`: the pid, or nil and NOT_FOUND.
 * - `unregister(name, scope?)`: false when this process did not have the name.
 *
 * A process may have many names; they vanish with it.
 */
export function registryTable(engine: Engine<LuaProcess>): LuaTable {
  const table = engine.library({ register, lookup, unregister });
  for (const [name, value] of Object.entries(scopes)) table.set(name, value);
  return table;
}

function register(call: Call<LuaProcess>): Suspension | undefined {
  const { owner } = call;
  const name = call.checkName(1);
  if (name === undefined) return failWith(call, notUtf8("name"));
  const pid = pidArgument(call);
  const problem = "text" in pid ? (nameProblem(name) ?? scopeProblem(call, 3)) : pid;
  if (problem !== undefined) return failWith(call, problem);
  return owner.suspend(call, (resumption) => {
    const tag = owner.self.request({ kind: "register", name, pid: pid as Pid });
    owner.onSettled(tag, (outcome) => answer(owner.shared, resumption, outcome));
  });
}

function pidArgument(call: Call<LuaProcess>): Pid | Failure {
  if (absent(call, 2)) return call.owner.self.pid;
  if (call.type(2) !== "string") return refusal("INVALID", "pid must be a string");
  const text = call.checkString(2);
  return parsePid(text) ?? refusal("INVALID", `invalid pid '${text}'`);
}

function nameProblem(name: string): Failure | undefined {
  if (name === "") return refusal("INVALID", "name cannot be empty");
  return parsePid(name) === undefined ? undefined : refusal("INVALID", `a name cannot look like a pid: '${name}'`);
}

function scopeProblem(call: Call<LuaProcess>, n: number): Failure | undefined {
  if (absent(call, n)) return undefined;
  const scope = call.checkInteger(n);
  return Object.values(scopes).some((known) => known === scope)
    ? undefined
    : refusal("INVALID", `unknown scope ${scope}`);
}

function lookup(call: Call<LuaProcess>): Suspension | undefined {
  const { owner } = call;
  const name = call.checkName(1);
  if (name === undefined) return failWith(call, notUtf8("name"));
  return owner.suspend(call, (resumption) => {
    owner.onSettled(owner.self.request({ kind: "lookup", name }), (outcome) =>
      answer(owner.shared, resumption, outcome),
    );
  });
}

function unregister(call: Call<LuaProcess>): Suspension | undefined {
  const { owner } = call;
  const name = call.checkName(1);
  if (name === undefined) return failWith(call, notUtf8("name"));
  const problem = scopeProblem(call, 2);
  if (problem !== undefined) return failWith(call, problem);
  return owner.suspend(call, (resumption) => {
    owner.onSettled(owner.self.request({ kind: "unregister", name }), (outcome) => {
      if (outcome.ok) resumption.values(outcome.value === true);
      else resumption.values(false, owner.shared.pushableError(outcome.error));
    });
  });
}
