/** Sources: the Lua sources that a journal keeps, so that every process goes on with the code it began with. */
import { guarded } from "../../actors/index.js";
import type { Failure } from "../../mailbox/index.js";
import type { Batches } from "./batch.js";
import type { Programs } from "./programs.js";
import type { LoadedProgram } from "./slot-host.js";

export class Sources {
  private readonly programs: Programs;
  private readonly batches: Batches;
  private readonly kept: Set<string>;

  constructor(programs: Programs, batches: Batches, kept: readonly string[]) {
    this.programs = programs;
    this.batches = batches;
    this.kept = new Set(kept);
  }

  /** Today's program of an entry; its source is kept in the same commit as the process that is pinned to it. */
  current(entry: string): LoadedProgram | Failure {
    const loaded = this.programs.current(entry);
    if (!("program" in loaded)) return loaded;
    const { hash } = loaded;
    const text = hash === "" || this.kept.has(hash) ? undefined : this.programs.text(hash);
    if (text !== undefined) {
      this.batches.source(hash, text);
      this.kept.add(hash);
    }
    return { ...loaded, program: guarded(loaded.program) };
  }

  /** Nobody is pinned to any other. */
  keepOnly(used: ReadonlySet<string>): void {
    for (const hash of this.kept) {
      if (used.has(hash)) continue;
      this.kept.delete(hash);
      this.batches.dropSource(hash);
    }
  }
}
