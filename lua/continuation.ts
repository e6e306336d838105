/** Going on anew: the coroutine that asks `workflow.on_continue`'s function for the argument of the next run, and then leaves. */
import type { LuaProcess } from "./owner.js";
import type { Task } from "./task.js";
import { payloadOf } from "./value.js";

/** Undefined when the program has given no function; a second request finds none either, as the first one is under way. */
export function continuation(process: LuaProcess): Task | undefined {
  const { onContinue, shared, tasks } = process;
  if (onContinue === undefined) return undefined;
  process.onContinue = undefined;
  const boot = shared.engine.fn("on_continue", (call) =>
    call.callThen(onContinue, [], (results) => {
      const value = results.count === 0 ? undefined : results.get(1);
      const next = payloadOf(shared, value, "argument of the next run");
      if ("error" in next) return results.raise(shared.pushableError(next.error));
      return process.upgrade(results, undefined, [next.payload]);
    }),
  );
  return tasks.create(boot, process);
}
