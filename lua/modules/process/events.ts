/** What a process hears about others, as Lua tables. When it hears is decided in actors/. */
import type { ProcessEvent } from "../../../actors/index.js";
import { exitError } from "../../../mailbox/index.js";
import type { LuaTable } from "../../fengari.js";
import type { Shared } from "../../owner.js";

/** `process.event.*` */
export const eventKinds = {
  EXIT: "pid.exit",
  LINK_DOWN: "pid.link.down",
  CANCEL: "pid.cancel",
} as const;

/** `{kind, from, at}` with `result = {value, error}` for EXIT and LINK_DOWN, `reason` and `deadline` for CANCEL; times are unix seconds. */
export function eventTable(shared: Shared, event: ProcessEvent): LuaTable {
  const table = shared.engine.table();
  table.set("from", event.from.text);
  table.set("at", event.at / 1000);
  switch (event.kind) {
    case "exit": {
      table.set("kind", eventKinds.EXIT);
      const result = shared.engine.table();
      if (event.reason.kind === "normal") result.set("value", shared.fromPayload(event.reason.value));
      const error = exitError(event.reason);
      if (error !== undefined) result.set("error", shared.pushableError(error));
      table.set("result", result);
      break;
    }
    case "link_down": {
      table.set("kind", eventKinds.LINK_DOWN);
      const result = shared.engine.table();
      result.set("error", shared.pushableError(event.error));
      table.set("result", result);
      break;
    }
    case "cancel":
      table.set("kind", eventKinds.CANCEL);
      table.set("reason", event.reason);
      if (event.deadline !== undefined) table.set("deadline", event.deadline / 1000);
      break;
  }
  return table;
}
