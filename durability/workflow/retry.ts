/** Whether and when a failed attempt of a call is followed by another; for an activity as Temporal's server decides it. */
import type { Failure } from "../../mailbox/index.js";
import { restartDelayMs } from "../../supervision/index.js";
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
  /** For the jitter of the pause, uniform in [0, 1). */
  readonly random?: number;
}

export type RetryDecision = { readonly delayMs: number } | { readonly state: RetryState };

const defaultInitialMs = 1000;
const defaultBackoff = 2;
const defaultMaximumFactor = 100;
const noJitter = 0.5;

/** An attempt that could only begin after the schedule-to-close time-out is not waited for. */
export function decideRetry(retry: RetryOptions, failed: FailedAttempt): RetryDecision {
  const { attempt, leftMs, random = noJitter } = failed;
  if (!isRetryable(retry, failed)) return { state: "non_retryable_failure" };
  if (attempt >= (retry.maximumAttempts ?? Number.POSITIVE_INFINITY)) return { state: "maximum_attempts_reached" };
  const initialDelayMs = retry.initialInterval ?? defaultInitialMs;
  const maxDelayMs = retry.maximumInterval ?? initialDelayMs * defaultMaximumFactor;
  const { backoffCoefficient: backoffFactor = defaultBackoff, jitter = 0 } = retry;
  const delayMs = restartDelayMs(
    { initialDelayMs, maxDelayMs, backoffFactor, jitter, maxAttempts: 0 },
    attempt,
    random,
  );
  return delayMs > leftMs ? { state: "timeout" } : { delayMs };
}

function isRetryable(
  { nonRetryableErrorTypes: never = [], retryableErrorTypes: only }: RetryOptions,
  { error, timeout }: FailedAttempt,
): boolean {
  switch (timeout) {
    case "schedule_to_close":
      return false;
    case "start_to_close":
      return !never.includes("TemporalTimeout:StartToClose");
    case undefined:
      if (never.includes(error.kind)) return false;
      return only === undefined ? error.retryable !== false : only.includes(error.kind);
  }
}
