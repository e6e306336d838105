/** Recording of the processes of a memory host, in the form that replay.ts checks. */
import { Process, type ProcessOptions } from "../../actors/index.js";
import type { Recorder } from "../../durability/memory/index.js";
import { LuaRuntime } from "../../lua/index.js";
import { type RecordedTurn, type Recording, RecordingPort } from "./replay.js";
import type { VirtualNode } from "./virtual.js";

export class Tapes {
  private readonly recorded: { process: Process; turns: RecordedTurn[] }[] = [];

  /** Give this to the host. */
  readonly record: Recorder = (process, behind) => {
    const port = new RecordingPort(behind);
    const turns: RecordedTurn[] = [];
    this.recorded.push({ process, turns });
    return {
      port,
      input: (input) => {
        port.calls = [];
        turns.push({ input, slices: 0, calls: port.calls });
      },
      become: (_program, at) => {
        port.calls = [];
        turns.push({ become: process.upgrading!.entry, at, slices: 0, calls: port.calls });
      },
      slice: () => {
        turns[turns.length - 1]!.slices++;
      },
    };
  };

  /** Everything recorded, in the order in which the processes started. */
  all(): readonly { readonly process: Process; readonly turns: RecordedTurn[] }[] {
    return this.recorded;
  }

  /**
   * Recordings of the Lua processes of a node; they replay on a runtime of their own, which shares nothing with the first one. `make`
   * is for hosts that make a process in another way than a memory host does.
   */
  recordings(
    node: Pick<VirtualNode, "sources" | "load">,
    runtime = new LuaRuntime(),
    make = memoryProcess,
  ): Recording[] {
    return this.recorded.flatMap(({ process, turns }) => {
      const { pid, incarnation, entry } = process;
      const start = turns[0] !== undefined && "input" in turns[0] ? turns[0].input : undefined;
      const first = start?.kind === "start" ? start.spec.entry : entry;
      if (!node.sources.has(entry)) return [];
      const load = (id: string) => node.load({ entry: id }, runtime);
      const fresh = () => {
        const program = load(first);
        if ("kind" in program) throw new Error(program.message);
        return make({ pid, incarnation, program, startedAt: start?.at ?? 0 });
      };
      return [{ name: `${entry} ${pid.text}`, turns, fresh, load }];
    });
  }
}

type Made = Pick<ProcessOptions, "pid" | "incarnation" | "program"> & {
  /** Time of its first input. */
  readonly startedAt: number;
};

function memoryProcess({ startedAt: _any, ...made }: Made): Process {
  return new Process({ ...made, counted: false });
}
