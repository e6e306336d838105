/** What a journal host is made with, and each of its claims. */
import type { Outcome, Port, Process, Request, System } from "../../actors/index.js";
import type { Scheduler, Tape } from "../memory/index.js";
import type { Journal, JournalEvents, JournalImage } from "./journal.js";
import type { Programs } from "./programs.js";
import type { CatchUp } from "./requests.js";
import type { Slot } from "./slot.js";

export interface JournalHostOptions {
  /** Registry id of the host entry. */
  readonly id: string;
  readonly system: System;
  readonly scheduler: Scheduler;
  /** Node part of the pids. */
  readonly journalName: string;
  /** Open the driver; called once, by `start`. */
  readonly open: (events: JournalEvents) => Promise<Journal>;
  readonly programs: Programs;
  /** True for a node whose processes are no more when it cannot be reached. */
  readonly isEphemeral: (node: string) => boolean;
  /** 0: no limit. */
  readonly maxProcesses: number;
  readonly maxSlices: number;
  /** 0: processes stay in memory. */
  readonly idleTimeoutMs: number;
  /** 0: nobody is asked. */
  readonly continueAt: number;
  readonly snapshotEvery: number;
  readonly catchUp: CatchUp;
  readonly retentionMs: number;
  /** While the journal is away, senders and spawners wait at most so long for an answer. */
  readonly unavailableAfterMs?: number;
  /** Sees what goes into and out of each process; for tests of replay. */
  readonly record?: (process: Process, port: Port) => Tape;
}

export interface ClaimOptions extends Omit<JournalHostOptions, "journalName" | "open" | "unavailableAfterMs"> {
  readonly node: string;
  readonly journal: Journal;
  readonly image: JournalImage;
  readonly invoke: (
    slot: Slot,
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ) => () => void;
}
