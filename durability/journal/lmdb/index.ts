/** The LMDB journal driver; lmdb itself is loaded when a journal is opened. */
import type { Journal, JournalEvents } from "../journal.js";
import { LmdbJournal } from "./driver.js";
import type { LmdbStats } from "./stats.js";

export { type Compaction, compactLmdbJournal } from "./compact.js";
export { openLmdbReader } from "./reader.js";
export type { LmdbStats } from "./stats.js";

export interface LmdbJournalOptions {
  /** The data file; beside it LMDB keeps `<path>-lock`. Folder and file are created where missing. */
  readonly path: string;
  /** False: commits are answered when written and before they are flushed; they survive the process, not the machine. Default true. */
  readonly sync?: boolean;
  /** Bytes of address space to begin with; it grows by itself. */
  readonly mapSize?: number;
  readonly events: JournalEvents;
}

export interface LmdbFileJournal extends Journal {
  /** Size of the file and what is in it. Rejects with a JournalError before the claim. */
  stats(): Promise<LmdbStats>;
}

/** Touches no file; `claim` does, and takes the lock. */
export async function openLmdbJournal(options: LmdbJournalOptions): Promise<LmdbFileJournal> {
  const { path, sync = true, mapSize, events } = options;
  return new LmdbJournal(await import("lmdb"), { path, sync, mapSize }, events);
}
