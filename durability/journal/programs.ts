/** Programs: from an entry, or a source that a process is pinned to, to what runs; and the texts of sources that a journal keeps. */
import type { PayloadRecord } from "../../actors/index.js";
import { type Failure, failure } from "../../mailbox/index.js";
import type { LoadedProgram } from "./slot-host.js";

/** What a journal host asks of the application. */
export interface Programs {
  /** Today's program of an entry. */
  current(entry: string): LoadedProgram | Failure;
  /** The program of a pinned source; undefined when that source has to be learned first. An empty hash means today's. */
  pinned(entry: string, hash: string): LoadedProgram | Failure | undefined;
  /** Take a source that `text` gave in an earlier life of the node; a Failure when it cannot be read. */
  learn(hash: string, text: string): Failure | undefined;
  /** The source of a hash, as a text to be kept. */
  text(hash: string): string | undefined;
  /** Options of an entry: defaults under those of each spawn. */
  options(entry: string): PayloadRecord;
  /** Options of a function as an activity of workflows, or why it is none. */
  activity(target: string): PayloadRecord | Failure;
}

export function sourceMissing(entry: string, hash: string): Failure {
  const message = `the journal does not have the source ${hash} of ${entry}, which this process is pinned to`;
  return failure("UNAVAILABLE", message, { retryable: true });
}
