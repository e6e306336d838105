/** What is known at the end of a journal world: what was lived through, and who lives. */
import type { Process } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import { type Chapter, type Chronicle, hosts } from "./journal-chronicle.js";
import type { JournalWorld } from "./journal-world.js";

export type Answer = Extract<Chapter["event"], { kind: "answer" }>["outcome"];

interface StoredState {
  readonly end?: { readonly until: number };
  readonly names?: readonly string[];
}

export class Facts {
  readonly world: JournalWorld;
  /** By the text of the pid. */
  readonly stored = new Map<string, StoredState>();
  /** Processes of the memory host that live now. */
  readonly inMemory: ReadonlyMap<string, Process>;

  constructor(world: JournalWorld) {
    this.world = world;
    for (const [id, { state }] of world.stored()) {
      this.stored.set(`{${hosts.journal}@${hosts.journal}|${id}}`, JSON.parse(state) as StoredState);
    }
    const { slots } = world.node.memory as unknown as { slots: { list(): { pid: Pid; process: Process }[] } };
    this.inMemory = new Map(slots.list().map(({ pid, process }) => [pid.text, process]));
  }

  get rolledBack(): boolean {
    return this.world.disk.rolledBack;
  }

  get wasAway(): boolean {
    return this.world.disk.wasAway;
  }

  isAlive(pid: string): boolean {
    const state = this.stored.get(pid);
    return (state !== undefined && state.end === undefined) || this.inMemory.has(pid);
  }

  *chronicles(): Generator<Chronicle> {
    yield* this.world.chronicles.all.values();
  }

  chapters(pid: string): readonly Chapter[] | undefined {
    return this.world.chronicles.all.get(pid)?.chapters;
  }
}

export function fail(law: string, detail: string): never {
  throw new Error(`law broken: ${law}: ${detail}`);
}
