/** AsyncSelf: what an async function may ask of its process. How it is run is in async-program.ts. */
import type { Message, Payload, Pid, ReplyOutcome } from "../mailbox/index.js";
import type { Asking } from "./asking.js";
import type { Outcome } from "./input.js";
import type { ProcessEvent } from "./program.js";

/**
 * A process as its async function sees it. After the end of the process everything it waits for, or asks for, rejects with
 * `ProcessEnded`, so that `finally` blocks run; the function need not catch that.
 */
export interface AsyncSelf extends Asking {
  readonly pid: Pid;
  readonly parent: Pid;
  /** Ends of linked processes come as events and do not end this one. */
  trapLinks: boolean;
  /**
   * The next message of the inbox, or EXIT, LINK_DOWN and CANCEL, which come before messages. A function that waits here has nothing
   * else to do; one `receive` at a time.
   */
  receive(): Promise<Message | ProcessEvent>;
  /** As `receive`; undefined when nothing has come within that time. */
  receiveWithin(timeoutMs: number): Promise<Message | ProcessEvent | undefined>;
  /** Send without looking at the answer. Throws INVALID for what may not travel. */
  tell(to: Pid, topic: string, ...payloads: readonly Payload[]): void;
  /** Answer a message that came by `call`; without effect for any other. */
  reply(message: Message, outcome: ReplyOutcome): void;
  link(to: Pid): Promise<Outcome>;
  unlink(to: Pid): void;
  monitor(to: Pid): Promise<Outcome>;
  demonitor(to: Pid): void;
  sleep(delayMs: number): Promise<void>;
}

/** What it returns is the result of the process; what it throws ends it with kind INTERNAL. */
export type AsyncFunction = (self: AsyncSelf, ...args: readonly Payload[]) => Promise<Payload | undefined>;

/** The process has ended: its function has nobody to run for. */
export class ProcessEnded extends Error {
  constructor(pid: Pid) {
    super(`process ${pid.text} has ended`);
    this.name = "ProcessEnded";
  }
}
