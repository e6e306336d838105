/** Programs: from an entry, or a source that a process is pinned to, to what runs; and the texts of sources that a journal keeps. */
import { type Behaviour, behaviourProgram, type PayloadRecord } from "../../actors/index.js";
import { type Failure, failure, type MailboxLimit, type Payload } from "../../mailbox/index.js";
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
  /** The limit of the mailboxes of an entry's processes; without it there is none. */
  mailbox?(entry: string): MailboxLimit | undefined;
  /** Options of a function as an activity of workflows, or why it is none. */
  activity(target: string): PayloadRecord | Failure;
}

/** Programs in TypeScript only, by entry. Their code is that of the running node; their state is kept with the process. */
export function behaviourPrograms(behaviours: Readonly<Record<string, Behaviour<Payload>>>): Programs {
  const missing = (message: string): Failure => failure("NOT_FOUND", message, { retryable: false });
  const current = (entry: string): LoadedProgram | Failure => {
    const behaviour = Object.hasOwn(behaviours, entry) ? behaviours[entry] : undefined;
    if (behaviour === undefined) return missing("factory not found");
    return { program: behaviourProgram(behaviour), hash: "", isWorkflow: false };
  };
  return {
    current,
    pinned: current,
    learn: (hash) => failure("INVALID", `the source ${hash} is Lua, and this host runs TypeScript only`),
    text: () => undefined,
    options: () => ({}),
    activity: (target) => missing(`${target} is no activity`),
  };
}

export function sourceMissing(entry: string, hash: string): Failure {
  const message = `the journal does not have the source ${hash} of ${entry}, which this process is pinned to`;
  return failure("UNAVAILABLE", message, { retryable: true });
}
