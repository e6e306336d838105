/** Options of a function call that is an activity, with the entry's defaults under those of the call. Source: specification 3.6. */
import type { PayloadRecord } from "../../actors/index.js";
import { type Failure, failure } from "../../mailbox/index.js";
import {
  activitySpellings,
  defined,
  OptionProblem,
  Options,
  overlay,
  type Priority,
  type RetryOptions,
} from "./options.js";

export interface ActivityOptions {
  /** The caller's own word for the call; hosts number the others. */
  readonly id?: string;
  /** Of one attempt. */
  readonly startToCloseMs: number;
  /** Of all attempts and the pauses between them. */
  readonly scheduleToCloseMs?: number;
  readonly scheduleToStartMs?: number;
  readonly heartbeatMs?: number;
  readonly retry?: RetryOptions;
  readonly waitForCancellation: boolean;
  readonly taskQueue?: string;
  readonly eager?: boolean;
  readonly summary?: string;
  readonly priority?: Priority;
}

const defaultStartToCloseMs = 600_000;
const maxIdLength = 250;

/** Unknown keys belong to others and are ignored; what is wrong is INVALID and names the option. */
export function readActivityOptions(
  target: string,
  defaults: PayloadRecord,
  options: PayloadRecord,
): ActivityOptions | Failure {
  try {
    return read(new Options(overlay(defaults, options), activitySpellings));
  } catch (error) {
    if (error instanceof OptionProblem) return invalidActivity(target, error.message);
    throw error;
  }
}

/** The answer to a call whose options cannot be honoured. */
export function invalidActivity(target: string, problem: string): Failure {
  return failure("INVALID", `invalid temporal activity options for ${target}: ${problem}`, { retryable: false });
}

function read(own: Options): ActivityOptions {
  const eagerOff = own.flag("disable_eager_execution");
  const given = defined({
    id: activityId(own),
    scheduleToCloseMs: own.limit("schedule_to_close_timeout"),
    scheduleToStartMs: own.limit("schedule_to_start_timeout"),
    heartbeatMs: own.limit("heartbeat_timeout"),
    taskQueue: own.queue("task_queue"),
    eager: eagerOff === undefined ? undefined : !eagerOff,
    retry: own.retryPolicy("retry_policy"),
    summary: own.text("summary"),
    priority: own.priority("priority"),
  });
  return {
    ...given,
    startToCloseMs: own.limit("start_to_close_timeout") ?? defaultStartToCloseMs,
    waitForCancellation: own.flag("wait_for_cancellation") ?? false,
  };
}

function activityId(own: Options): string | undefined {
  const id = own.word("id");
  if (id !== undefined && id.length > maxIdLength)
    throw new OptionProblem(`activity.id is longer than ${maxIdLength} characters`);
  // Those without an id are numbered by Temporal's SDK, and a history ends before it needs a sixth digit.
  if (id !== undefined && /^\d{1,5}$/.test(id))
    throw new OptionProblem("activity.id must not be a number of less than six digits; put a word in front of it");
  return id;
}
