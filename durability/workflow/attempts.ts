/** One call made in attempts: the pauses between them, their time-outs, and how it ends. What a failure then looks like is its caller's. */
import type { Clock, Outcome } from "../../actors/index.js";
import type { Failure } from "../../mailbox/index.js";
import type { RetryOptions } from "./options.js";
import { decideRetry, type FailedAttempt, type RetryDecision, type RetryState } from "./retry.js";

/** `start_to_close` is the time of one attempt, `schedule_to_close` that of the whole call. */
export type AttemptTimeout = "start_to_close" | "schedule_to_close";

export type AttemptsEnd =
  | { readonly ok: true; readonly outcome: Extract<Outcome, { ok: true }> }
  | { readonly ok: false; readonly error: Failure; readonly state: RetryState };

export interface AttemptsOptions {
  readonly clock: Clock;
  /** Run one attempt; returns what ends the interest in it. May answer before it returns. */
  readonly run: (done: (outcome: Outcome) => void) => () => void;
  readonly retry: RetryOptions;
  /** Of one attempt; infinite: no limit. */
  readonly startToCloseMs: number;
  /** When the whole call is over, by the clock; infinite: no limit. */
  readonly expiresAt: number;
  /**
   * Number of the first attempt made here, from 1. More after a crash: the one before was lost with the node and counts as one that
   * took too long, so a call of one attempt is not made twice.
   */
  readonly firstAttempt: number;
  /** What a call fails with that took too long. */
  readonly timedOut: (timeout: AttemptTimeout) => Failure;
  /** For the jitter of pauses, uniform in [0, 1); without it there is none. */
  readonly random?: () => number;
}

export class Attempts {
  private readonly options: AttemptsOptions;
  private readonly done: (end: AttemptsEnd) => void;
  /** Number of the attempt that runs or is waited for. */
  private attempt: number;
  /** Of the attempt whose answer counts; none in a pause and at the end. */
  private open: number | undefined;
  private timer: { cancel(): void } | undefined;
  private dropAttempt: (() => void) | undefined;

  /** `done` is called once, perhaps before `start` returns; not at all after `stop`. */
  constructor(options: AttemptsOptions, done: (end: AttemptsEnd) => void) {
    this.options = options;
    this.done = done;
    this.attempt = options.firstAttempt;
  }

  start(): void {
    if (this.attempt === 1) {
      this.run();
      return;
    }
    // The time that the lost attempt was given has most likely passed, so the pause after it is left out.
    const error = this.options.timedOut("start_to_close");
    const leftMs = Number.POSITIVE_INFINITY;
    const decision = this.decide({ attempt: this.attempt - 1, error, timeout: "start_to_close", leftMs });
    if ("state" in decision) this.done({ ok: false, error, state: decision.state });
    else this.run();
  }

  /** End the attempt or the pause. */
  stop(): void {
    this.open = undefined;
    this.timer?.cancel();
    this.timer = undefined;
    const drop = this.dropAttempt;
    this.dropAttempt = undefined;
    drop?.();
  }

  private run(): void {
    const leftMs = this.leftMs();
    if (leftMs <= 0) {
      this.expired("schedule_to_close");
      return;
    }
    const { clock, run, startToCloseMs } = this.options;
    const timeout: AttemptTimeout = leftMs <= startToCloseMs ? "schedule_to_close" : "start_to_close";
    const limitMs = Math.min(leftMs, startToCloseMs);
    if (Number.isFinite(limitMs)) this.timer = clock.timer(limitMs, () => this.expired(timeout));
    const { attempt } = this;
    this.open = attempt;
    const drop = run((outcome) => this.answered(attempt, outcome));
    if (this.open === attempt) this.dropAttempt = drop;
  }

  private answered(attempt: number, outcome: Outcome): void {
    if (attempt !== this.open) return;
    this.dropAttempt = undefined;
    if (!outcome.ok) this.failed(outcome.error);
    else {
      this.stop();
      this.done({ ok: true, outcome });
    }
  }

  private expired(timeout: AttemptTimeout): void {
    this.failed(this.options.timedOut(timeout), timeout);
  }

  private failed(error: Failure, timeout?: AttemptTimeout): void {
    this.stop();
    const failed = { attempt: this.attempt, error, leftMs: this.leftMs() };
    const decision = this.decide(timeout === undefined ? failed : { ...failed, timeout });
    if ("delayMs" in decision) {
      this.attempt += 1;
      this.timer = this.options.clock.timer(decision.delayMs, () => this.run());
      return;
    }
    // No time is left for what was cut off: then it is the whole call that took too long.
    const late = decision.state === "timeout" && timeout !== undefined;
    const last = late ? this.options.timedOut("schedule_to_close") : error;
    this.done({ ok: false, error: last, state: decision.state });
  }

  private decide(failed: FailedAttempt): RetryDecision {
    const { retry, random } = this.options;
    return decideRetry(retry, random === undefined ? failed : { ...failed, random: random() });
  }

  private leftMs(): number {
    return this.options.expiresAt - this.options.clock.now();
  }
}
