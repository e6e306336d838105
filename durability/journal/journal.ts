/**
 * Journal: what a driver stores for the processes of one journal host, and what it promises. What the texts mean is in records.ts;
 * a driver never reads them.
 *
 * A journal holds, per process: its **records** (an append-only list of texts, the inputs of the process) and its **state** (one
 * small text, replaced by each commit: what must be known of a process without replaying it). Beside them it keeps **sources**
 * (Lua sources by hash), an **epoch** (how often it was claimed) and a **head** (the number of the last commit).
 */

/** What is written for one process in one commit. */
export interface ProcessWrite {
  /** Id part of the pid. */
  readonly id: string;
  /** Drop all records written before; `records` are the first of a new journal. */
  readonly reset: boolean;
  /** Appended in this order; may be empty when only the state changed. */
  readonly records: readonly string[];
  /** Undefined: the process is forgotten, its records with it. */
  readonly state: string | undefined;
}

/** All or nothing. */
export interface Commit {
  /** The head after it: one more than that of the commit before. */
  readonly number: number;
  /** At most one per process. */
  readonly writes: readonly ProcessWrite[];
  /** Sources that the records refer to and the journal may not have yet. Safe to repeat. */
  readonly sources: readonly (readonly [hash: string, text: string])[];
  /** Sources that nothing refers to any more. */
  readonly dropSources: readonly string[];
}

/**
 * `committed`: durable, as far as the driver's settings promise. `superseded`: not written, and no later commit of this claim will be:
 * another owner has claimed the journal (`fenced`), its content is not what this owner wrote last (`rolled_back`), or `close` came
 * first (`closed`).
 */
export type CommitResult =
  | { readonly kind: "committed" }
  | { readonly kind: "superseded"; readonly why: Superseded; readonly detail: string };

export type Superseded = "fenced" | "rolled_back" | "closed";

/** What a claim finds. */
export interface JournalImage {
  /** Higher than that of every claim before. */
  readonly epoch: number;
  readonly head: number;
  /** Every process, by id. */
  readonly states: ReadonlyMap<string, string>;
  /** Hashes of the sources. */
  readonly sources: readonly string[];
}

export interface JournalHealth {
  readonly state: "up" | "degraded" | "down";
  /** A named state such as `disconnected`, `loading`, `readonly`, `out_of_memory`, then words for a person. */
  readonly detail: string;
}

export interface JournalEvents {
  /** Called when the state changes, not again for the same one. */
  health(health: JournalHealth): void;
  /**
   * What is in memory may not be what is stored (the server was restarted, restored or replaced): the claim is void, commits answer
   * `superseded`, and the owner has to claim again. Called at most once per claim, also when a commit has said so.
   */
  lost(why: Superseded, detail: string): void;
}

export interface Journal {
  /** `lmdb`, `redis`; for messages. */
  readonly driver: string;
  /**
   * Become the owner: from now on no commit of an earlier claim succeeds. May be called again after `lost`; waits for a server that is
   * starting. Rejects with a JournalError that names the holder, the file or the address when the journal cannot be had.
   */
  claim(): Promise<JournalImage>;
  /**
   * Write one commit; the next may be handed over before this one is answered, and is written after it. Never rejects: while the
   * server is away it waits, tries again (a repeat is noticed and writes nothing twice) and reports `health`.
   */
  commit(commit: Commit): Promise<CommitResult>;
  /** Every record of some processes, oldest first, as of the last commit answered. Rejects with a JournalError. */
  read(ids: readonly string[]): Promise<readonly (readonly string[])[]>;
  /** Undefined when there is none of that hash. */
  readSource(hash: string): Promise<string | undefined>;
  /** Give the journal up: waits for commits under way at most `graceMs`. Safe to repeat. */
  close(graceMs: number): Promise<void>;
}

/** What is stored of one process, as of one commit. */
export interface StoredTexts {
  readonly state: string;
  /** Oldest first. */
  readonly records: readonly string[];
}

/**
 * A look at a journal that another node may own and write to: claims nothing, writes nothing, waits for nobody. Every call sees what is
 * stored by then, and rejects with a JournalError.
 */
export interface JournalReader {
  readonly driver: string;
  /** Where the journal is, for messages: a file, or a url without its password. */
  readonly address: string;
  /** How often it was claimed, and the number of the last commit. */
  owner(): Promise<{ readonly epoch: number; readonly head: number }>;
  /** The state of every process, by id; each as of one commit, and not all as of the same. */
  states(): Promise<ReadonlyMap<string, string>>;
  /** In the order of `ids`; undefined when there is no such process, perhaps no more. */
  read(ids: readonly string[]): Promise<readonly (StoredTexts | undefined)[]>;
  /** Undefined when there is none of that hash. */
  readSource(hash: string): Promise<string | undefined>;
  /** Safe to repeat. */
  close(): Promise<void>;
}

/** The journal cannot be opened or read; `kind` is that of a Failure. */
export class JournalError extends Error {
  readonly kind: "UNAVAILABLE" | "INVALID" | "CONFLICT" | "INTERNAL";

  constructor(kind: JournalError["kind"], message: string) {
    super(message);
    this.name = "JournalError";
    this.kind = kind;
  }
}
