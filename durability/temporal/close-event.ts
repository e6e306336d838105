/** What the last event of a run says: that the chain goes on in another run, or why it ended. */
import { DefaultFailureConverter, defaultPayloadConverter } from "@temporalio/common";
import type { temporal } from "@temporalio/proto";
import { type ExitReason, failure } from "../../mailbox/index.js";
import { decodeValue } from "./values.js";
import { failureFromTemporal } from "./workflow/failure.js";

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export type RunEnd =
  | { readonly kind: "goes-on"; readonly runId: string }
  | { readonly kind: "ended"; readonly reason: ExitReason };

const failures = new DefaultFailureConverter();

/** Continue-as-new, a retry and the next cron firing all name the run that follows. Source: specification 3.8, 3.10. */
export function runEnd(event: HistoryEvent): RunEnd {
  const completed = event.workflowExecutionCompletedEventAttributes;
  const failed = event.workflowExecutionFailedEventAttributes;
  const timedOut = event.workflowExecutionTimedOutEventAttributes;
  const continued = event.workflowExecutionContinuedAsNewEventAttributes;
  const next = (completed ?? failed ?? timedOut ?? continued)?.newExecutionRunId;
  if (next) return { kind: "goes-on", runId: next };
  if (completed) return ended(completedReason(completed.result?.payloads?.[0]));
  if (failed) {
    const error = failures.failureToError(failed.failure ?? {}, defaultPayloadConverter);
    return ended({ kind: "failed", error: failureFromTemporal(error) });
  }
  if (timedOut) {
    const details = { timeout_type: "start_to_close" };
    return ended({ kind: "failed", error: failure("TIMEOUT", "workflow timed out", { retryable: false, details }) });
  }
  if (event.workflowExecutionTerminatedEventAttributes) {
    return ended({ kind: "failed", error: failure("CANCELED", "workflow terminated", { retryable: false }) });
  }
  return ended({ kind: "cancelled", reason: "" });
}

function ended(reason: ExitReason): RunEnd {
  return { kind: "ended", reason };
}

function completedReason(result: Parameters<typeof decodeValue>[0] | undefined): ExitReason {
  if (result === undefined) return { kind: "normal", value: null };
  try {
    return { kind: "normal", value: decodeValue(result) };
  } catch (error) {
    const message = `the workflow's result cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "failed", error: failure("INTERNAL", message) };
  }
}
