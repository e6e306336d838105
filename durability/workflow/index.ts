/** What makes a workflow mean the same on every durable host: its options, policies and retries. Pure; who acts on them is a host. */

export { durationMs, longestMs } from "../../mailbox/index.js";
export { type ActivityOptions, invalidActivity, readActivityOptions } from "./activity.js";
export { Attempts, type AttemptsEnd, type AttemptsOptions, type AttemptTimeout } from "./attempts.js";
export { type CallOptions, callOptionProblem, readCallOptions } from "./call.js";
export { activityFailure, timedOut, withDetails } from "./failure.js";
export { defined, isServerName, OptionProblem, Options, overlay, type Priority, type RetryOptions } from "./options.js";
export { decideRetry, type RetryState } from "./retry.js";
export {
  alreadyStarted,
  type ChildPolicies,
  type ConflictPolicy,
  conflictPolicyFor,
  decideStart,
  type ExistingRun,
  type JournalStart,
  type ParentClosePolicy,
  planJournalStart,
  type ReusePolicy,
  readChildPolicies,
  readStartPolicies,
  type StartDecision,
  type StartPolicies,
  workflowOptions,
} from "./start.js";
