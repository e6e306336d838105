/** Port: what one running process needs from its host. A host kind is mostly an implementation of this. */
import type { Envelope, ExitReason, Payload } from "../mailbox/index.js";
import type { Request } from "./input.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: { readonly [key: string]: Payload };
  /** `id:line` of the program. */
  readonly location?: string;
  /** True for `print`: goes to standard output instead of the log. */
  readonly print?: boolean;
}

export interface Port {
  /**
   * Hand over one envelope; its receiver is fed later, never inside this call. Keeps order per `to`.
   *
   * True: it is accepted, at once and for good, and that is the answer. Else a `tag` above 0 is answered once by an `answered` input,
   * as the answer depends on other processes. A host that replays gives the same here as it did the first time.
   */
  transmit(envelope: Envelope, tag: number): boolean;
  /** Start a request. Its outcome comes back once as a `settled` input (`spawned` for a spawn) with this tag. */
  request(tag: number, request: Request): void;
  /** Forget a request: its outcome must no longer be reported. */
  drop(tag: number): void;
  log(record: LogRecord): void;
  /** What `workflow.info()` shows; undefined outside workflows. Not an input: replay must give the same. */
  info(): Payload | undefined;
  /** The process has ended; called once, after its last obituary. */
  halt(reason: ExitReason): void;
}
