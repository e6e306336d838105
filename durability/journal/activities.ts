/** Function calls of workflows on a journal host: attempts, pauses, time-outs, and the failure that the workflow sees at last. */
import type { Clock, InvokeRequest, Outcome } from "../../actors/index.js";
import { checkPayloadSize, type Failure } from "../../mailbox/index.js";
import {
  type ActivityOptions,
  activityFailure,
  decideRetry,
  invalidActivity,
  type RetryState,
  timedOut,
} from "../workflow/index.js";

export interface ActivitiesOptions {
  readonly clock: Clock;
  /** Run one attempt; returns what ends the interest in it. May answer before it returns. */
  readonly run: (request: InvokeRequest, done: (outcome: Outcome) => void) => () => void;
}

export interface ActivityCall {
  /** The workflow: of the ids that it gives to its calls none may be open twice. */
  readonly caller: string;
  readonly request: InvokeRequest;
  readonly options: ActivityOptions;
  /** When the workflow asked for it, by the clock; after a crash that lies in the past. */
  readonly scheduledAt: number;
  /**
   * Number of the first attempt made here, 1 when left out. More after a crash: the one before was lost with the node and counts as one
   * that took too long, so a call of one attempt is not made twice.
   */
  readonly attempt?: number;
}

/**
 * Two options mean nothing here. The time-outs of the queue and of heartbeats tell a dead worker, and the worker of a journal host
 * is the host itself: after its death every open call is started again.
 */
export class Activities {
  private readonly options: ActivitiesOptions;
  private readonly openIds = new Set<string>();

  constructor(options: ActivitiesOptions) {
    this.options = options;
  }

  /** Run a call to its last outcome, told once, perhaps before this returns. The returned function cancels it: then nothing is told. */
  start(call: ActivityCall, done: (outcome: Outcome) => void): () => void {
    const { id } = call.options;
    const name = `${id} ${call.caller}`;
    if (id !== undefined && this.openIds.has(name)) {
      const error = invalidActivity(call.request.target, `an activity with the id ${id} is open`);
      done({ ok: false, error });
      return () => {};
    }
    if (id !== undefined) this.openIds.add(name);
    const activity = new Activity(this.options, call, (outcome) => {
      this.openIds.delete(name);
      done(outcome);
    });
    activity.start();
    return () => {
      this.openIds.delete(name);
      activity.stop();
    };
  }
}

type Timeout = "start_to_close" | "schedule_to_close";

/** As Temporal's server writes them. */
const timeoutTexts: { readonly [timeout in Timeout]: string } = {
  start_to_close: "activity StartToClose timeout",
  schedule_to_close: "activity ScheduleToClose timeout",
};

class Activity {
  private readonly host: ActivitiesOptions;
  private readonly call: ActivityCall;
  private readonly done: (outcome: Outcome) => void;
  private readonly expiresAt: number;
  /** Number of the attempt that runs or is waited for. */
  private attempt: number;
  /** Of the attempt whose answer counts; none in a pause and at the end. */
  private open: number | undefined;
  private timer: { cancel(): void } | undefined;
  private dropAttempt: (() => void) | undefined;

  constructor(host: ActivitiesOptions, call: ActivityCall, done: (outcome: Outcome) => void) {
    this.host = host;
    this.call = call;
    this.done = done;
    this.expiresAt = call.scheduledAt + (call.options.scheduleToCloseMs ?? Number.POSITIVE_INFINITY);
    this.attempt = call.attempt ?? 1;
  }

  start(): void {
    if (this.attempt === 1) {
      this.run();
      return;
    }
    // The time that the lost attempt was given has most likely passed, so the pause after it is left out.
    const lost = timedOut("start_to_close", timeoutTexts.start_to_close);
    const leftMs = Number.POSITIVE_INFINITY;
    const decision = this.decide({ attempt: this.attempt - 1, error: lost, timeout: "start_to_close", leftMs });
    if ("state" in decision) this.fail(lost, decision.state);
    else this.run();
  }

  private run(): void {
    const leftMs = this.leftMs();
    if (leftMs <= 0) {
      this.expired("schedule_to_close");
      return;
    }
    const { startToCloseMs } = this.call.options;
    const timeout: Timeout = leftMs <= startToCloseMs ? "schedule_to_close" : "start_to_close";
    this.timer = this.host.clock.timer(Math.min(leftMs, startToCloseMs), () => this.expired(timeout));
    const { attempt } = this;
    this.open = attempt;
    const drop = this.host.run(this.call.request, (outcome) => this.answered(attempt, outcome));
    if (this.open === attempt) this.dropAttempt = drop;
  }

  private answered(attempt: number, outcome: Outcome): void {
    if (attempt !== this.open) return;
    this.dropAttempt = undefined;
    const tooBig = outcome.ok ? checkPayloadSize([outcome.value], "result") : undefined;
    if (tooBig !== undefined) this.failed(tooBig);
    else if (!outcome.ok) this.failed(outcome.error);
    else {
      this.stop();
      this.done(outcome);
    }
  }

  private expired(timeout: Timeout): void {
    this.failed(timedOut(timeout, timeoutTexts[timeout]), timeout);
  }

  private failed(error: Failure, timeout?: Timeout): void {
    this.stop();
    const failed = { attempt: this.attempt, error, leftMs: this.leftMs() };
    const decision = this.decide(timeout === undefined ? failed : { ...failed, timeout });
    if ("delayMs" in decision) {
      this.attempt += 1;
      this.timer = this.host.clock.timer(decision.delayMs, () => this.run());
      return;
    }
    // No time is left for what was cut off: then it is the whole call that took too long.
    const late = decision.state === "timeout" && timeout !== undefined;
    this.fail(late ? timedOut("schedule_to_close", timeoutTexts.schedule_to_close) : error, decision.state);
  }

  private decide(failed: Parameters<typeof decideRetry>[1]): ReturnType<typeof decideRetry> {
    return decideRetry(this.call.options.retry ?? {}, failed);
  }

  private fail(error: Failure, state: RetryState): void {
    const { options, request } = this.call;
    this.done({ ok: false, error: activityFailure(error, options.id ?? request.key, state) });
  }

  private leftMs(): number {
    return this.expiresAt - this.host.clock.now();
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
}
