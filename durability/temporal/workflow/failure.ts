/** Failure <-> Temporal's failures, for both sides of the sandbox wall. What a failure looks like in Lua is in lua/. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  ServerFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from "@temporalio/common";
import {
  checkPayloadSize,
  type ExitReason,
  type Failure,
  failure,
  failureKinds,
  failureText,
  normalizeKind,
  parseFailure,
} from "../../../mailbox/index.js";
import { activityFailure, timedOut, withDetails } from "../../workflow/index.js";

/**
 * The failure as Temporal shows it: type = kind, message = the whole text, stack = the Lua traceback, first detail = the failure
 * itself, so that the other side gets every field back. `retryable` false stops Temporal's retries; unset does not, unless `isFinal`.
 */
export function failureToApplication(given: Failure, isFinal = given.retryable === false): ApplicationFailure {
  const error = sendable(given);
  const thrown = ApplicationFailure.create({
    type: error.kind,
    message: failureText(error),
    nonRetryable: isFinal,
    details: [JSON.parse(JSON.stringify(error))],
  });
  // Otherwise the server keeps and shows where in our code the failure was made.
  thrown.stack = error.stack ?? "";
  return thrown;
}

/** Characters of a text in a failure; the server refuses failures of 2 MB, and then the activity or the run would hang. */
const maxText = 100_000;

function sendable({ kind, message, retryable, details, stack, context }: Failure): Failure {
  const fits = details === undefined || checkPayloadSize([details], "details") === undefined;
  return {
    kind: cut(kind),
    message: cut(message),
    ...(retryable === undefined ? {} : { retryable }),
    ...(details === undefined ? {} : { details: fits ? details : { omitted: "they are larger than 1 MB" } }),
    ...(stack === undefined ? {} : { stack: cut(stack) }),
    ...(context === undefined ? {} : { context: context.map(cut) }),
  };
}

/** Shortened, and without halves of characters: the SDK's core takes a text that is not UTF-8 for its own end. */
function cut(text: string): string {
  const shown = text.length > maxText ? `${text.slice(0, maxText)}...` : text;
  return shown.replace(/\p{Surrogate}/gu, "\ufffd");
}

/**
 * Read whatever a Temporal call failed with. Wrappers (activity, child workflow) leave their mark in `details` as `_wrapper`,
 * `_retry_state` and the ids; everything else is that of the innermost failure. Never throws. Source: specification 3.10.
 */
export function failureFromTemporal(thrown: unknown): Failure {
  if (thrown instanceof ActivityFailure) {
    const cause = failureFromTemporal(thrown.cause ?? thrown.message);
    return activityFailure(cause, thrown.activityId ?? "", retryState(thrown.retryState));
  }
  if (thrown instanceof ChildWorkflowFailure) {
    return withDetails(failureFromTemporal(thrown.cause ?? thrown.message), {
      _wrapper: "child_workflow",
      _workflow_id: thrown.execution.workflowId ?? "",
      _workflow_type: thrown.workflowType,
      _run_id: thrown.execution.runId ?? "",
      _retry_state: retryState(thrown.retryState),
    });
  }
  if (thrown instanceof ApplicationFailure) return fromApplication(thrown);
  if (thrown instanceof CancelledFailure) return failure("CANCELED", "operation canceled", { retryable: false });
  if (thrown instanceof TerminatedFailure) return failure("CANCELED", "workflow terminated", { retryable: false });
  if (thrown instanceof TimeoutFailure) return timedOut(thrown.timeoutType, thrown.message);
  if (thrown instanceof ServerFailure) return failure("INTERNAL", thrown.message, { retryable: !thrown.nonRetryable });
  if (thrown instanceof TemporalFailure && thrown.cause !== undefined) return failureFromTemporal(thrown.cause);
  return failure("INTERNAL", thrown instanceof Error ? thrown.message : String(thrown));
}

/** Why a child or watched run ended, from the error its result failed with. */
export function reasonFromTemporal(thrown: unknown): ExitReason {
  const cause = thrown instanceof ChildWorkflowFailure ? thrown.cause : thrown;
  if (cause instanceof CancelledFailure) return { kind: "cancelled", reason: "" };
  return { kind: "failed", error: failureFromTemporal(thrown) };
}

function fromApplication(thrown: ApplicationFailure): Failure {
  const own = parseFailure(thrown.details?.[0]);
  if (own !== undefined && own.kind === thrown.type && failureText(own) === thrown.message) return own;
  const kind = foreignKind(thrown.type ?? "");
  return failure(kind, thrown.message, { retryable: !thrown.nonRetryable });
}

const known: ReadonlySet<string> = new Set(failureKinds);

/** Foreign types name classes, often with the word Error behind: `NotFoundError` is NOT_FOUND. */
function foreignKind(type: string): string {
  for (const candidate of [type, type.replace(/Error$/, "")]) {
    const kind = normalizeKind(candidate);
    if (known.has(kind)) return kind;
  }
  return "UNKNOWN";
}

function retryState(state: string | undefined): string {
  return (state ?? "unspecified").toLowerCase();
}
