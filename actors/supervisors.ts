/** How anybody speaks with a supervisor: its entry, its topic and what it can be asked for. What a supervisor does is in supervision/. */
import { longestMs, type Payload } from "../mailbox/index.js";
import type { PayloadRecord } from "./input.js";

/** Registry id of the program of every supervisor. Arguments: the specification, and how the starter stands to it (`startedBy`). */
export const supervisorEntry = "perdure:supervisor";

/** Topic of the calls to a supervisor; programs cannot send to it themselves. */
export const supervisorTopic = "@supervisor";

/** A supervisor answers when it has done what it was asked for, and that may take as long as its children take. */
export const supervisorPatienceMs = longestMs;

export const supervisorOperations = [
  "start_child",
  "terminate_child",
  "restart_child",
  "delete_child",
  "which_children",
  "count_children",
] as const;
export type SupervisorOperation = (typeof supervisorOperations)[number];

/** The payload of a call. `started` is answered when all children have started, or with the reason why they could not. */
export function supervisorRequest(operation: SupervisorOperation | "started", args: PayloadRecord = {}): Payload {
  return { ...args, operation };
}

/** How the one who starts a supervisor stands to it. */
export interface SupervisorStarter {
  /** It will ask for `started`: a supervisor that has failed waits for that, so that it is heard. */
  readonly attended: boolean;
  /** The supervisor stops its children and ends when the starter does. */
  readonly bound: boolean;
}

/** Arguments of the entry. */
export function supervisorArgs(spec: Payload, { attended, bound }: SupervisorStarter): readonly Payload[] {
  return [spec, { attended, bound }];
}
