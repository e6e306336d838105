/** Life: what the parts of a process may do to it. */
import type { Delivery, ExitReason, Pid } from "../mailbox/index.js";
import type { Outcome } from "./input.js";
import type { ProcessEvent } from "./program.js";

export interface Life {
  readonly pid: Pid;
  readonly trapLinks: boolean;
  readonly hasEnded: boolean;
  /** Tell the program. */
  event(event: ProcessEvent): void;
  answered(tag: number, delivery: Delivery): void;
  settled(tag: number, outcome: Outcome): void;
  /** As `settled`, of a spawn that led to this process. */
  childStarted(tag: number, pid: Pid): void;
  exit(reason: ExitReason): void;
}
