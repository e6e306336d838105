/** Function calls of workflows on a journal host: ids that may be open once, and the failure that the workflow sees at last. */
import type { Clock, InvokeRequest, Outcome } from "../../actors/index.js";
import { checkPayloadSize } from "../../mailbox/index.js";
import {
  type ActivityOptions,
  Attempts,
  type AttemptTimeout,
  activityFailure,
  invalidActivity,
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
  /** Number of the first attempt made here, 1 when left out; more after a crash (see `AttemptsOptions.firstAttempt`). */
  readonly attempt?: number;
}

/** As Temporal's server writes them. */
const timeoutTexts: { readonly [timeout in AttemptTimeout]: string } = {
  start_to_close: "activity StartToClose timeout",
  schedule_to_close: "activity ScheduleToClose timeout",
};

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
    const { request, scheduledAt, attempt = 1 } = call;
    const { id, retry = {}, startToCloseMs, scheduleToCloseMs = Number.POSITIVE_INFINITY } = call.options;
    const { clock, run } = this.options;
    const name = `${id} ${call.caller}`;
    if (id !== undefined && this.openIds.has(name)) {
      done({ ok: false, error: invalidActivity(request.target, `an activity with the id ${id} is open`) });
      return () => {};
    }
    if (id !== undefined) this.openIds.add(name);
    const attempts = new Attempts(
      {
        clock,
        run: (answered) => run(request, (outcome) => answered(storable(outcome))),
        retry,
        startToCloseMs,
        expiresAt: scheduledAt + scheduleToCloseMs,
        firstAttempt: attempt,
        timedOut: (timeout) => timedOut(timeout, timeoutTexts[timeout]),
      },
      (end) => {
        this.openIds.delete(name);
        done(end.ok ? end.outcome : { ok: false, error: activityFailure(end.error, id ?? request.key, end.state) });
      },
    );
    attempts.start();
    return () => {
      this.openIds.delete(name);
      attempts.stop();
    };
  }
}

/** What a server would not keep is a failure here too. */
function storable(outcome: Outcome): Outcome {
  const tooBig = outcome.ok ? checkPayloadSize([outcome.value], "result") : undefined;
  return tooBig === undefined ? outcome : { ok: false, error: tooBig };
}
