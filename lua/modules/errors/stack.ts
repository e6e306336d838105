/** From the traceback text of an error to the frames that `errors.call_stack` shows. */
import type { Failure } from "../../../mailbox/index.js";
import type { EngineHandle, LuaTable } from "../../fengari.js";
import type { LuaProcess } from "../../owner.js";

interface Frame {
  readonly source: string;
  /** -1 for a host function. */
  readonly line: number;
  readonly name: string;
}

const frameLine = /^\t(.*?):(?:(\d+):)? in (.*)$/;

/** Lines of a Lua traceback; what is not a frame ("stack traceback:", tail calls) is left out. */
export function parseFrames(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const text of stack.split("\n")) {
    const match = frameLine.exec(text);
    if (match === null) continue;
    frames.push({
      source: match[1]!,
      line: match[2] === undefined ? -1 : Number(match[2]),
      name: frameName(match[3]!),
    });
  }
  return frames;
}

/** `function 'orders.charge'` gives `orders.charge`; a function without a name shows where it was defined. */
function frameName(what: string): string {
  return /'(.*)'/.exec(what)?.[1] ?? /<(.*)>/.exec(what)?.[1] ?? what;
}

/** `{ thread, frames }` as a Lua table; undefined when the error was not made by Lua code. */
export function callStack(engine: EngineHandle<LuaProcess>, error: Failure): LuaTable | undefined {
  if (error.stack === undefined) return undefined;
  const frames = engine.table();
  parseFrames(error.stack).forEach((frame, i) => {
    const row = engine.table();
    row.set("source", frame.source);
    row.set("line", frame.line);
    row.set("name", frame.name);
    frames.set(i + 1, row);
  });
  const result = engine.table();
  result.set("thread", "main");
  result.set("frames", frames);
  return result;
}
