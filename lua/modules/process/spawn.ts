/** Starting processes: the spawn family and exec. The builder that adds context, options, a name and messages is in spawner.ts. */
import { idProblem, type SpawnOptions } from "../../../actors/index.js";
import type { Failure } from "../../../mailbox/index.js";
import type { Call, HostFunction, Suspension } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";
import { argumentPayloads } from "../../value.js";
import { answer, fail, failWith, refusal } from "../answers.js";

export const spawnVariants = {
  spawn: {},
  spawn_monitored: { monitor: true },
  spawn_linked: { link: true },
  spawn_linked_monitored: { link: true, monitor: true },
} as const satisfies Readonly<Record<string, Pick<SpawnOptions, "link" | "monitor">>>;

/** `spawn(id, host, ...)` and its variants: the pid once the process exists and is related as asked, or nil and an error. */
export const spawnFunctions: Readonly<Record<string, HostFunction<LuaProcess>>> = Object.fromEntries(
  Object.entries(spawnVariants).map(([name, relation]): [string, HostFunction<LuaProcess>] => [
    name,
    (call) => {
      if (call.count < 2) return fail(call, "INVALID", `${name} requires at least id and host arguments`);
      return startProcess(call, 1, relation);
    },
  ]),
);

/** Spawn with the id, the host and main's arguments from argument `first` on. */
export function startProcess(call: Call<LuaProcess>, first: number, options: SpawnOptions): Suspension | undefined {
  const entry = call.checkString(first);
  const host = call.checkString(first + 1);
  const args = argumentPayloads(call, first + 2);
  if ("kind" in args) return failWith(call, args);
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    const tag = owner.self.spawn(entry, host, args, options);
    owner.onSettled(tag, (outcome) => answer(owner.shared, resumption, outcome));
  });
}

/** `exec(id, host, ...)`: start, wait for the end, and give its result or its error. */
export function exec(call: Call<LuaProcess>): Suspension | undefined {
  return execFrom(call, 1, {});
}

export function execFrom(call: Call<LuaProcess>, first: number, options: SpawnOptions): Suspension | undefined {
  const problem = execProblem(call, first);
  const args = problem ?? argumentPayloads(call, first + 2);
  if ("kind" in args) return failWith(call, args);
  return execWith(call, call.checkString(first), call.checkString(first + 1), args, options);
}

/** Wait for the result of a process that is started now. */
export function execWith(
  call: Call<LuaProcess>,
  entry: string,
  host: string,
  args: Parameters<LuaProcess["self"]["exec"]>[2],
  options: SpawnOptions,
): Suspension {
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    const tag = owner.self.exec(entry, host, args, options);
    owner.onSettled(tag, (outcome) => answer(owner.shared, resumption, outcome));
  });
}

function execProblem(call: Call<LuaProcess>, first: number): Failure | undefined {
  if (call.count < first + 1) return refusal("INVALID", "exec requires id and host arguments");
  const format = "invalid process ID format (namespace:name required)";
  const problem = idProblem(call.checkString(first), { empty: "process ID required", namespace: format, name: format });
  if (problem !== undefined) return problem;
  return call.checkString(first + 1) === "" ? refusal("INVALID", "host ID required") : undefined;
}
