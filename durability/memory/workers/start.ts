/** What a worker thread is started with, and what its module has to export. */
import type { ResourceLimits } from "node:worker_threads";
import type { ProgramLoader } from "../../../actors/index.js";
import type { MailboxLimit } from "../../../mailbox/index.js";

/** What runs on a thread. Code cannot be sent to it, so a module makes this there. */
export interface ThreadPrograms {
  readonly load: ProgramLoader;
  /** As that of the host. */
  readonly mailboxOf?: (entry: string) => MailboxLimit | undefined;
}

/** The module of a host's workers exports this, as `openThread`. `data` is what the host was opened with, copied. */
export type OpenThread = (data: unknown) => ThreadPrograms | Promise<ThreadPrograms>;

export interface WorkersOptions {
  /** Threads at most; no more are started than the machine has cores. */
  readonly count: number;
  /** URL of a module that exports `openThread`. */
  readonly module: string | URL;
  /** For `openThread`: whatever can be copied to a thread. Asked for at the start of each. */
  readonly data?: () => unknown;
  /** A thread that uses more is ended, and what that means to others is a crash. */
  readonly resourceLimits?: ResourceLimits;
}

/** The data of the thread itself. */
export interface ThreadStart {
  readonly thread: number;
  readonly node: string;
  readonly host: string;
  readonly module: string;
  readonly data: unknown;
  readonly maxSlices: number | undefined;
  /** Processes are counted on the main thread, so every start is asked for there. */
  readonly isCounted: boolean;
}

/** From a thread to the main one: batches taken over, and for each thread in a row its number, rows and batch. */
export type ThreadMessage = readonly [taken: number, ...parts: (number | string)[]];

/** From the main thread: batches. */
export type MainMessage = readonly string[];
