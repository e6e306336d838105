/** The module `funcs`: calling function entries. Where a function runs is the host's business. Specification 2.3. */
import { functionIdProblem, type PayloadRecord } from "../../actors/index.js";
import type { Call, Suspension, UserdataType } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { argumentPayloads, recordOf } from "../value.js";
import { answer, failWith } from "./answers.js";

/** What a call adds to the context of this process, and its options. */
interface Executor {
  readonly context: PayloadRecord;
  readonly options: PayloadRecord;
}

/**
 * - `funcs.call(id, ...)`: the function's result, or nil and its error with kind, message, retryable and details.
 * - `funcs.new()`: an executor; `with_context(table)` adds values for the callee, `with_options(table)` replaces the options; both
 *   give a new executor. `exec:call(id, ...)` as above.
 */
export const funcsModule: ModuleDefinition = {
  name: "funcs",
  build(shared) {
    const { engine } = shared;
    const type: UserdataType<Executor> = engine.userdataType<Executor>("funcs.Executor", {
      methods: {
        with_context: (call, self) => {
          const context = { ...self.context, ...record(call, "context") };
          call.push(type.wrap({ ...self, context }));
        },
        with_options: (call, self) => call.push(type.wrap({ ...self, options: record(call, "options") })),
        call: (call, self) => invoke(call, 2, self),
      },
    });
    return engine.library({
      call: (call) => invoke(call, 1, { context: {}, options: {} }),
      new: (call) => call.push(type.wrap({ context: {}, options: {} })),
    });
  },
};

function invoke(call: Call<LuaProcess>, first: number, executor: Executor): Suspension | undefined {
  const { owner } = call;
  const target = call.count < first ? "" : call.checkString(first);
  const args = functionIdProblem(target) ?? argumentPayloads(call, first + 1);
  if ("kind" in args) return failWith(call, args);
  const { options } = executor;
  const context = { ...owner.self.context, ...executor.context };
  return owner.suspend(call, (resumption) => {
    const { self } = owner;
    const tag = self.request({ kind: "invoke", target, args, context, options, key: self.nextKey() });
    owner.onSettled(tag, (outcome) => answer(owner.shared, resumption, outcome));
  });
}

function record(call: Call<LuaProcess>, what: string): PayloadRecord {
  const result = recordOf(call.owner.shared, call.checkTable(2), what);
  if ("error" in result) return call.raise(call.owner.shared.pushableError(result.error));
  return result.record;
}
