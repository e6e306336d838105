/** Calls of a workflow that fail, and how each must look to it on every host that runs activities. Real time on a server: at most 2 s. */
import type { PayloadRecord } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";

export interface ActivityCase {
  readonly name: string;
  /** `app:slow` answers after `slowMs`; `app:fails` fails with kind args[0], message `broken` and retryable args[1]. */
  readonly target: "app:slow" | "app:fails";
  readonly args: readonly Payload[];
  readonly options: PayloadRecord;
  /** What the workflow is told; `_wrapper` and `_activity_id` come on top. */
  readonly error: { readonly kind: string; readonly message: string; readonly retryable: boolean };
  readonly details: PayloadRecord;
}

export const slowMs = 1500;

const maxOnce = { maximum_attempts: 1 };
const retry = (policy: PayloadRecord) => ({ "activity.retry_policy": { initial_interval: 100, ...policy } });
const startToClose = { "activity.start_to_close_timeout": 300 };
const broken = (kind: string, retryable: boolean) => ({ kind, message: "broken", retryable });
const late = (type: string) => ({ kind: "TIMEOUT", message: `activity ${type} timeout`, retryable: false });
const startLate = { error: late("StartToClose"), target: "app:slow", args: [] } as const;
const callLate = { error: late("ScheduleToClose"), target: "app:slow", args: [] } as const;
const fails = (kind: string, retryable: boolean) =>
  ({ target: "app:fails", args: [kind, retryable], error: broken(kind, retryable) }) as const;

export const activityCases: readonly ActivityCase[] = [
  {
    name: "an error that is not to be retried",
    ...fails("CONFLICT", false),
    options: {},
    details: { _retry_state: "non_retryable_failure" },
  },
  {
    name: "an error that is not to be retried, on the last attempt",
    ...fails("CONFLICT", false),
    options: retry(maxOnce),
    details: { _retry_state: "non_retryable_failure" },
  },
  {
    name: "an error of a type that the policy does not retry",
    ...fails("CONFLICT", true),
    options: retry({ non_retryable_error_types: ["conflict"] }),
    details: { _retry_state: "non_retryable_failure" },
  },
  {
    name: "an error on every attempt",
    ...fails("UNAVAILABLE", true),
    options: retry({ maximum_attempts: 2 }),
    details: { _retry_state: "maximum_attempts_reached" },
  },
  {
    name: "an error when no attempt fits into the time that is left",
    ...fails("UNAVAILABLE", true),
    options: {
      "activity.schedule_to_close_timeout": 500,
      ...retry({ initial_interval: 2000, maximum_attempts: 3 }),
    },
    details: { _retry_state: "timeout" },
  },
  {
    name: "the only attempt takes too long",
    ...startLate,
    options: { ...startToClose, ...retry(maxOnce) },
    details: { timeout_type: "start_to_close", _retry_state: "maximum_attempts_reached" },
  },
  {
    name: "every attempt takes too long",
    ...startLate,
    options: { ...startToClose, ...retry({ maximum_attempts: 2, non_retryable_error_types: "TIMEOUT" }) },
    details: { timeout_type: "start_to_close", _retry_state: "maximum_attempts_reached" },
  },
  {
    name: "an attempt takes too long, and the policy does not retry that",
    ...startLate,
    options: { ...startToClose, ...retry({ non_retryable_error_types: "TemporalTimeout:StartToClose" }) },
    details: { timeout_type: "start_to_close", _retry_state: "non_retryable_failure" },
  },
  {
    name: "the call takes too long within an attempt",
    ...callLate,
    options: { "activity.schedule_to_close_timeout": 500 },
    details: { timeout_type: "schedule_to_close", _retry_state: "non_retryable_failure" },
  },
  {
    name: "the call and its attempt take too long at the same time",
    ...callLate,
    options: { "activity.schedule_to_close_timeout": 500, "activity.start_to_close_timeout": 500 },
    details: { timeout_type: "schedule_to_close", _retry_state: "non_retryable_failure" },
  },
  {
    name: "an attempt takes too long, and no other fits into the time that is left",
    ...callLate,
    options: {
      "temporal.activity.schedule_to_close_timeout": 800,
      ...startToClose,
      ...retry({ initial_interval: 3000 }),
    },
    details: { timeout_type: "schedule_to_close", _retry_state: "timeout" },
  },
];
