/** The module `supervisor`: supervision trees from Lua. What a supervisor does is the node's business. Specification 7. */
import {
  type Outcome,
  type PayloadRecord,
  type SupervisorOperation,
  supervisorArgs,
  supervisorEntry,
  supervisorPatienceMs,
  supervisorRequest,
  supervisorTopic,
} from "../../actors/index.js";
import { type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import type { Call, Suspension } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { payloadOf } from "../value.js";
import { answer, fail, failWith, textArgument } from "./answers.js";
import { resolve } from "./process/destinations.js";

/**
 * - `start_link(spec)`: the supervisor's pid once all children have started, or nil and an error; it names the child that could not
 *   start, or the field that is wrong (INVALID). The supervisor is linked to the caller and ends with it, also when the caller
 *   returns. It runs on the caller's host, or on `spec.host`.
 * - `start_child(sup, child)`: the child's pid; ALREADY_EXISTS. For a simple_one_for_one `start_child(sup, args, {name = ?})`.
 * - `terminate_child(sup, id)`: true once it has ended; it stays known unless it is temporary.
 * - `restart_child(sup, id)`: the pid of a child that was stopped; CONFLICT when it is not.
 * - `delete_child(sup, id)`: true; CONFLICT when it is not stopped.
 * - `which_children(sup)`: `{{id, pid, status, process, type, restart}, ...}` in starting order; `status` is running, restarting,
 *   stopped or starting; a child that does not run has no pid, a child of a simple_one_for_one no id.
 * - `count_children(sup)`: `{specs, active, supervisors, workers}`.
 *
 * `sup` is a pid or a registered name; `id` is a child's id, or its pid when the supervisor is a simple_one_for_one. NOT_FOUND for an
 * unknown one. All of them yield.
 */
export const supervisorModule: ModuleDefinition = {
  name: "supervisor",
  build: ({ engine }) => {
    const library = engine.library({
      start_link: startLink,
      start_child: startChild,
      terminate_child: (call) => aboutChild(call, "terminate_child"),
      restart_child: (call) => aboutChild(call, "restart_child"),
      delete_child: (call) => aboutChild(call, "delete_child"),
      which_children: (call) => request(call, "which_children", {}),
      count_children: (call) => request(call, "count_children", {}),
    });
    library.set("PROCESS", supervisorEntry);
    return library;
  },
};

function startLink(call: Call<LuaProcess>): Suspension | undefined {
  if (call.type(1) !== "table") return fail(call, "INVALID", `start_link takes a table, not a ${call.type(1)}`);
  const spec = payloadOf(call.owner.shared, call.get(1), "spec");
  if ("error" in spec) return failWith(call, spec.error);
  const { owner } = call;
  const { host } = spec.payload as { readonly host?: Payload };
  const on = typeof host === "string" && host !== "" ? host : owner.self.pid.host;
  const args = supervisorArgs(spec.payload, { attended: true, bound: true });
  return owner.suspend(call, (resumption) => {
    owner.onSettled(owner.self.spawn(supervisorEntry, on, args, { link: true }), (spawned) => {
      const pid = spawned.ok ? parsePid(String(spawned.value)) : undefined;
      if (pid === undefined) return answer(owner.shared, resumption, spawned);
      ask(owner, pid, "started", {}, (started) =>
        answer(owner.shared, resumption, started.ok ? { ok: true, value: pid.text } : started),
      );
    });
  });
}

function startChild(call: Call<LuaProcess>): Suspension | undefined {
  if (call.type(2) !== "table")
    return fail(call, "INVALID", `start_child takes a child or a list of arguments as a table, not a ${call.type(2)}`);
  const child = payloadOf(call.owner.shared, call.get(2), "child");
  if ("error" in child) return failWith(call, child.error);
  const name = call.optTable(3)?.get("name");
  if (name !== undefined && (typeof name !== "string" || name === ""))
    return fail(call, "INVALID", "name must be text that is not empty");
  return request(call, "start_child", { child: child.payload, name: name ?? null });
}

function aboutChild(call: Call<LuaProcess>, operation: SupervisorOperation): Suspension | undefined {
  const id = textArgument(call, 2, "the child's id");
  return typeof id === "string" ? request(call, operation, { id }) : failWith(call, id);
}

/** Ask the supervisor of the first argument. */
function request(call: Call<LuaProcess>, operation: SupervisorOperation, args: PayloadRecord): Suspension | undefined {
  const supervisor = textArgument(call, 1, "the supervisor's pid or name");
  if (typeof supervisor !== "string") return failWith(call, supervisor);
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    resolve(owner, supervisor, resumption, (to) => {
      ask(owner, to, operation, args, (outcome) => answer(owner.shared, resumption, outcome));
    });
  });
}

function ask(
  owner: LuaProcess,
  to: Pid,
  operation: SupervisorOperation | "started",
  args: PayloadRecord,
  done: (outcome: Outcome) => void,
): void {
  const payload = supervisorRequest(operation, args);
  owner.onSettled(owner.self.call(to, supervisorTopic, [payload], supervisorPatienceMs), done);
}
