/** The module `funcs`: calling function entries. Where a function runs is the host's business. Specification 2.3. */
import { actorKey, functionIdProblem, inheritedContext, type PayloadRecord, scopeKey } from "../../actors/index.js";
import type { Failure, Payload } from "../../mailbox/index.js";
import { givenContext } from "../context.js";
import type { Call, Engine, Suspension, UserdataType } from "../fengari.js";
import type { LuaProcess, ModuleDefinition } from "../owner.js";
import { argumentPayloads, recordOf } from "../value.js";
import { answer, failWith } from "./answers.js";
import { createFutureType, Future } from "./funcs/future.js";
import { actorArgument, scopeArgument } from "./security/values.js";

/** What a call adds to the context of this process, and its options. */
interface Executor {
  readonly context: PayloadRecord;
  readonly options: PayloadRecord;
}

const plainExecutor: Executor = { context: {}, options: {} };

/**
 * - `funcs.call(id, ...)`: the function's result, or nil and its error with kind, message, retryable and details.
 * - `funcs.async(id, ...)`: a Future at once (see funcs/future.ts), or nil and INVALID. Whatever the call itself meets is the Future's.
 * - `funcs.new()`: an executor. Each step gives a new one: `with_context(table)` adds values for the callee, `with_options(table)`
 *   replaces the options, `with_actor(actor)` and `with_scope(scope)` replace those; what is no table, actor or scope raises.
 *   `exec:call(id, ...)` and `exec:async(id, ...)` as above.
 */
export const funcsModule: ModuleDefinition = {
  name: "funcs",
  build(shared) {
    const { engine } = shared;
    const futureType = createFutureType(engine);
    const executorType = createExecutorType(engine, futureType);
    return engine.library({
      call: (call) => invoke(call, 1, plainExecutor),
      async: (call) => invokeAsync(call, 1, plainExecutor, futureType),
      new: (call) => call.push(executorType.wrap({ ...plainExecutor })),
    });
  },
};

function createExecutorType(engine: Engine<LuaProcess>, futureType: UserdataType<Future>): UserdataType<Executor> {
  const withContext = (call: Call<LuaProcess>, self: Executor, more: PayloadRecord): void =>
    call.push(type.wrap({ ...self, context: { ...self.context, ...more } }));
  const type: UserdataType<Executor> = engine.userdataType<Executor>("funcs.Executor", {
    methods: {
      with_context: (call, self) => withContext(call, self, givenContext(call, call.checkTable(2))),
      with_actor: (call, self) => withContext(call, self, { [actorKey]: actorArgument(call, 2) }),
      with_scope: (call, self) => withContext(call, self, { [scopeKey]: scopeArgument(call, 2) }),
      with_options: (call, self) => call.push(type.wrap({ ...self, options: givenOptions(call) })),
      call: (call, self) => invoke(call, 2, self),
      async: (call, self) => invokeAsync(call, 2, self, futureType),
    },
  });
  return type;
}

function invoke(call: Call<LuaProcess>, first: number, executor: Executor): Suspension | undefined {
  const { owner } = call;
  const given = callArguments(call, first);
  if ("kind" in given) return failWith(call, given);
  return owner.suspend(call, (resumption) => {
    owner.onSettled(request(owner, given, executor), (outcome) => answer(owner.shared, resumption, outcome));
  });
}

function invokeAsync(
  call: Call<LuaProcess>,
  first: number,
  executor: Executor,
  futureType: UserdataType<Future>,
): undefined {
  const given = callArguments(call, first);
  if ("kind" in given) return failWith(call, given);
  const future = new Future(call.owner, request(call.owner, given, executor));
  call.push(futureType.wrap(future), undefined);
  return undefined;
}

interface Given {
  readonly target: string;
  readonly args: readonly Payload[];
}

function callArguments(call: Call<LuaProcess>, first: number): Given | Failure {
  const target = call.count < first ? "" : call.checkString(first);
  const args = functionIdProblem(target) ?? argumentPayloads(call, first + 1);
  return "kind" in args ? args : { target, args };
}

function request({ self }: LuaProcess, { target, args }: Given, executor: Executor): number {
  const context = { ...inheritedContext(self.context), ...executor.context };
  return self.request({ kind: "invoke", target, args, context, options: executor.options, key: self.nextKey() });
}

function givenOptions(call: Call<LuaProcess>): PayloadRecord {
  const result = recordOf(call.owner.shared, call.checkTable(2), "options");
  if ("error" in result) return call.raise(call.owner.shared.pushableError(result.error));
  return result.record;
}
