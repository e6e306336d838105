/** Whether and when a failed attempt of an activity is followed by another, as Temporal's server decides it. */
import type { Failure } from "../../mailbox/index.js";
import type { RetryOptions } from "./options.js";

/** Why there is no further attempt, in the words of `_retry_state`. */
export type RetryState = "non_retryable_failure" | "maximum_attempts_reached" | "timeout";

export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly error: Failure;
  /** Set when the attempt was cut off. The list of types that are not retried can name it, and its kind counts for nothing. */
  readonly timeout?: "start_to_close" | "schedule_to_close";
  /** Ms until the schedule-to-close time-out; infinite without one. */
  readonly leftMs: number;
}

export type RetryDecision = { readonly delayMs: number } | { readonly state: RetryState };

const defaultInitialMs = 1000;
const defaultBackoff = 2;
const defaultMaximumFactor = 100;

/** An attempt that could only begin after the schedule-to-close time-out is not waited for. */
export function decideRetry(retry: RetryOptions, failed: FailedAttempt): RetryDecision {
  const { attempt, leftMs } = failed;
  if (!isRetryable(retry.nonRetryableErrorTypes ?? [], failed)) return { state: "non_retryable_failure" };
  if (attempt >= (retry.maximumAttempts ?? Number.POSITIVE_INFINITY)) return { state: "maximum_attempts_reached" };
  const initialMs = retry.initialInterval ?? defaultInitialMs;
  const maximumMs = retry.maximumInterval ?? initialMs * defaultMaximumFactor;
  const delayMs = Math.min(initialMs * (retry.backoffCoefficient ?? defaultBackoff) ** (attempt - 1), maximumMs);
  return delayMs > leftMs ? { state: "timeout" } : { delayMs };
}

function isRetryable(finalTypes: readonly string[], { error, timeout }: FailedAttempt): boolean {
  switch (timeout) {
    case "schedule_to_close":
      return false;
    case "start_to_close":
      return !finalTypes.includes("TemporalTimeout:StartToClose");
    case undefined:
      return error.retryable !== false && !finalTypes.includes(error.kind);
  }
}
