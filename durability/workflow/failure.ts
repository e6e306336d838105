/** How workflow code sees that an activity failed, on every host. What Temporal's own failures mean is in temporal/workflow/failure.ts. */
import { type Failure, failure, isRecord, type Payload } from "../../mailbox/index.js";

/** `timeoutType` as in `start_to_close`, in any case. */
export function timedOut(timeoutType: string | undefined, message: string): Failure {
  const type = (timeoutType ?? "unknown").toLowerCase();
  return failure("TIMEOUT", message === "" ? `${type} timeout` : message, {
    retryable: false,
    details: { timeout_type: type },
  });
}

/** The innermost failure with the marks of the activity around it. Source: specification 3.10. */
export function activityFailure(cause: Failure, activityId: string, retryState: string): Failure {
  return withDetails(cause, { _wrapper: "activity", _activity_id: activityId, _retry_state: retryState });
}

/** Details that are no table move to `value`. */
export function withDetails(error: Failure, more: { readonly [key: string]: Payload }): Failure {
  const { details } = error;
  const own = details === undefined || details === null ? {} : isRecord(details) ? details : { value: details };
  return { ...error, details: { ...own, ...more } };
}
