/** Program: what runs inside a process, and Self: what it may ask of its process. No program is defined here. */
import type {
  Delivery,
  ExitReason,
  Failure,
  Mailbox,
  Message,
  MessageQueue,
  Payload,
  Pid,
  ReplyOutcome,
} from "../mailbox/index.js";
import type { Outcome, PayloadRecord, Request, SpawnSpec } from "./input.js";
import type { LogRecord } from "./port.js";

/** `at` and `deadline` are milliseconds since 1970. */
export type ProcessEvent =
  | { readonly kind: "exit"; readonly from: Pid; readonly at: number; readonly reason: ExitReason }
  | { readonly kind: "link_down"; readonly from: Pid; readonly at: number; readonly error: Failure }
  | {
      readonly kind: "cancel";
      readonly from: Pid;
      readonly at: number;
      readonly reason?: string;
      readonly deadline?: number;
    };

/**
 * The inside of a process. All calls come from `Process.feed` and `Process.run`, one at a time. A program must be a deterministic
 * function of them: whatever else it wants to know, it asks `Self` for.
 *
 * The notifying calls (`message` to `settled`) only take note; work is done in `run`.
 */
export interface Program {
  /** It never throws: whatever its code throws ends its process. */
  readonly catches?: true;
  /** Get ready to run; a Failure means that the process cannot start. May not wait. */
  init(self: Self): Failure | undefined;
  start(args: readonly Payload[]): void;
  /** A subscribed queue of the mailbox got a message; the program takes it out of there when it wants it. */
  message(queue: MessageQueue): void;
  event(event: ProcessEvent): void;
  /** What became of an envelope that was sent with this tag. */
  answered(tag: number, delivery: Delivery): void;
  settled(tag: number, outcome: Outcome): void;
  /** In place of `settled` for a spawn that led to this process, for a program that has no need of the pid's text. */
  childStarted?(tag: number, pid: Pid): void;
  /** A `hold` request of this tag brought something. A program that makes none needs no such method. */
  brought?(tag: number, payload: Payload): void;
  /** Work until waiting or until a slice is used up; true when there is more to do right away. */
  run(): boolean;
  /** The process has ended; let go of everything. `self` must not be used any more. */
  halted(reason: ExitReason): void;
  /** A readable trace of what each thread of the program waits for. */
  stack(): string;
  /** Get ready to go on as a new program (`Self.upgrade`), as what is kept of this one has grown. False: it cannot. */
  continue?(): boolean;
  /** Events that were told and not yet looked at: after an upgrade the next program hears of them. */
  unread?(): readonly ProcessEvent[];
  /** State from which `restore` goes on, when there is such a thing; undefined: not at this moment. Only asked while waiting. */
  snapshot?(): Payload | undefined;
  /** In place of `init` and `start`. */
  restore?(self: Self, state: Payload): Failure | undefined;
}

export type SpawnOptions = Partial<Pick<SpawnSpec, "name" | "context" | "options" | "messages">> & {
  readonly link?: boolean;
  readonly monitor?: boolean;
};

/**
 * The process as its program sees it. A returned tag is answered later, exactly once, by `answered` (transmissions) or `settled`
 * (requests, spawns, calls); tag 0 means that nothing had to be done and nothing will come.
 */
export interface Self {
  readonly pid: Pid;
  /** Registry id of the running entry. */
  readonly entry: string;
  readonly parent: Pid;
  readonly context: PayloadRecord;
  /** Options of the spawn, as they came. */
  readonly options: PayloadRecord;
  readonly mailbox: Mailbox;
  /** Time of the current input, ms since 1970. */
  readonly now: number;
  trapLinks: boolean;
  send(to: Pid, topic: string, payloads: readonly Payload[]): number;
  link(to: Pid): number;
  unlink(to: Pid): void;
  /** A Failure (ALREADY_EXISTS) when this process monitors `to` already. */
  monitor(to: Pid): number | Failure;
  demonitor(to: Pid): void;
  /** Ask to stop; with `withinMs` the target is killed when it still lives after that time. */
  cancel(to: Pid, reason: string | undefined, withinMs: number | undefined): number;
  kill(to: Pid): number;
  /** Settles with the child's pid text. */
  spawn(entry: string, host: string, args: readonly Payload[], options: SpawnOptions): number;
  /** Spawn, watch privately, settle with the child's result or error. */
  exec(entry: string, host: string, args: readonly Payload[], options: SpawnOptions): number;
  /** Request and reply; settles with the answer, the callee's error, or TIMEOUT. */
  call(to: Pid, topic: string, payloads: readonly Payload[], timeoutMs: number): number;
  /** Answer a message that carries a call; tag 0 and no effect for a second answer. */
  reply(message: Message, outcome: ReplyOutcome): number;
  /** True while a `call` message has not been answered. */
  owes(message: Message): boolean;
  request(request: Exclude<Request, { kind: "spawn" }>): number;
  /** Idempotency key of the next request, the same on every replay. */
  nextKey(): string;
  drop(tag: number): void;
  log(record: LogRecord): void;
  info(): Payload | undefined;
  /** True after `exit`, also one that came from within this very call. */
  readonly hasEnded: boolean;
  /** End the process. Returns; the program is not called again. */
  exit(reason: ExitReason): void;
  /**
   * Go on as another program, or the same one anew: same pid, links, monitors, names, context and unread messages. Returns; this
   * program is not called again. Open requests are dropped, subscriptions end, links are no longer trapped.
   */
  upgrade(entry: string | undefined, args: readonly Payload[]): void;
}
