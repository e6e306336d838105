/** `coroutine.spawn`, beside the engine's own coroutine functions. The order of running is in ../task.ts. */
import type { LuaTable } from "../fengari.js";
import type { ModuleDefinition } from "../owner.js";

/**
 * `coroutine.spawn(fn)`: a new coroutine that the scheduler runs, after those that are ready already; the caller goes on first.
 * It gets no arguments and ends silently; an uncaught error in it ends the process. The result is the coroutine, whose status may be
 * asked for; it cannot be resumed. Specification 2.2.
 */
export const coroutineModule: ModuleDefinition = {
  name: "coroutine",
  global: true,
  build({ engine }) {
    const library = engine.shared.get("coroutine") as LuaTable;
    library.set(
      "spawn",
      engine.fn("spawn", (call) => {
        const task = call.owner.tasks.create(call.checkFunction(1), call.owner);
        call.owner.tasks.begin(task, []);
        call.push(task.thread.coroutine);
      }),
    );
    return library;
  },
};
