/** The module `workflow`: what a process may ask about the workflow it is. Specification 2.7. */
import { idProblem } from "../../actors/index.js";
import type { Call, Suspension } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { argumentPayloads } from "../value.js";
import { fail, failWith } from "./answers.js";
import { execWith } from "./process/spawn.js";

/**
 * - `workflow.info()`: a table in a workflow; nil, nil anywhere else.
 * - `workflow.exec(id, ...)`: run a child workflow on the host of this one and wait for its result; INVALID outside a workflow.
 * - `workflow.on_continue(fn)`: called at an idle point once too much history is kept; returns the argument of the next run.
 */
export const workflowModule: ModuleDefinition = {
  name: "workflow",
  build({ engine }) {
    return engine.library({
      info: (call) => {
        const info = call.owner.self.info();
        call.push(info === undefined ? undefined : call.owner.shared.fromPayload(info), undefined);
      },
      exec,
      on_continue: (call) => {
        call.owner.onContinue = call.checkFunction(1);
        call.push(true);
      },
    });
  },
};

const format = "invalid workflow ID format (namespace:name required)";

function exec(call: Call<LuaProcess>): Suspension | undefined {
  const { self } = call.owner;
  if (self.info() === undefined)
    return fail(call, "INVALID", "workflow.exec outside workflow context not yet supported");
  const entry = call.count === 0 ? "" : call.checkString(1);
  const problem = idProblem(entry, { empty: "workflow ID required", namespace: format, name: format });
  const args = problem ?? argumentPayloads(call, 2);
  if ("kind" in args) return failWith(call, args);
  return execWith(call, entry, self.pid.host, args, {});
}
