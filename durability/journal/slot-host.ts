/** What a process on a journal host needs of its host, and what it is born with. */
import type { Outcome, Port, Process, ProcessSnapshot, Program, Request, System } from "../../actors/index.js";
import type { ExitReason, Failure, MailboxLimit, Payload, Pid } from "../../mailbox/index.js";
import type { Tape } from "../memory/index.js";
import type { ProcessWrite } from "./journal.js";
import type { Outgoing, OutgoingHost } from "./outgoing.js";
import type { WorkflowFacts } from "./records.js";
import type { RequestsHost } from "./requests.js";
import type { Slot } from "./slot.js";

/** What the host knows of the program of an entry. */
export interface LoadedProgram {
  readonly program: Program;
  /** Of the source; "" for programs that are not Lua. */
  readonly hash: string;
  /** Its runs are workflows: children are monitored, ids and policies are those of a workflow. */
  readonly isWorkflow: boolean;
}

export interface SlotHost extends OutgoingHost, RequestsHost {
  readonly system: System;
  readonly maxSlices: number;
  /** False once the claim is void: nobody may run on. */
  readonly isOpen: boolean;
  readonly record: ((process: Process, port: Port) => Tape) | undefined;
  /** Envelopes that are sent from then on are numbered above this. */
  firstNumber(at: number): number;
  /** Inputs after which a process is asked to go on anew; 0: never. */
  readonly continueAt: number;
  /** Inputs after which the state of a program that has one is stored in place of them. */
  readonly snapshotEvery: number;
  /** The current program of an entry, for an upgrade. */
  current(entry: string): LoadedProgram | Failure;
  /** `again`: it was asked for before a restart of the node, and may have been begun. */
  invoke(
    slot: Slot,
    request: Extract<Request, { kind: "invoke" }>,
    scheduledAt: number,
    again: boolean,
    done: (outcome: Outcome) => void,
  ): () => void;
  /** The limit of the mailboxes of an entry's processes. */
  mailboxOf(entry: string): MailboxLimit | undefined;
  info(slot: Slot): Payload | undefined;
  /** The parent close policy of a process of this journal. */
  closePolicy(child: Pid): WorkflowFacts["parentClosePolicy"];
  /** The parent of that process has been told of it, and will not ask again. */
  birthHeard(child: Pid): void;
  ended(slot: Slot, reason: ExitReason): void;
  /** What is written of a process that has ended. */
  writeEnded(slot: Slot): ProcessWrite | undefined;
  /** Nothing waits and nothing is to be done. */
  rested(slot: Slot): void;
  /** The process is about to take its first live step after a revival. */
  revived(slot: Slot): void;
}

export interface SlotBirth {
  readonly pid: Pid;
  readonly incarnation: string;
  readonly loaded: LoadedProgram;
  /** Of a workflow. */
  readonly workflow?: WorkflowFacts;
  readonly from?: ProcessSnapshot;
  /** What an earlier process under the same id has left to say. */
  readonly outgoing?: Outgoing;
}
