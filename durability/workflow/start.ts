/** Starting a workflow on any host: ids, policies, time-outs, and who wins when an id is taken. Source: specification 3.3 and 3.4. */
import type { PayloadRecord, SpawnSpec } from "../../actors/index.js";
import { type ExitReason, type Failure, failure, type Payload, type Pid } from "../../mailbox/index.js";
import { defined, isServerName, OptionProblem, Options, overlay, workflowSpellings } from "./options.js";

const conflicts = { FAIL: 1, USE_EXISTING: 2, TERMINATE_EXISTING: 3 } as const;
const childReuses = { ALLOW_DUPLICATE: 1, ALLOW_DUPLICATE_FAILED_ONLY: 2, REJECT_DUPLICATE: 3 } as const;
const reuses = { ...childReuses, TERMINATE_IF_RUNNING: 4 } as const;
const closes = { TERMINATE: 1, ABANDON: 2, REQUEST_CANCEL: 3 } as const;

/** What to do when a run with the id is open. */
export type ConflictPolicy = keyof typeof conflicts;
/** What to do when the last run with the id has ended. */
export type ReusePolicy = keyof typeof reuses;
export type ChildReusePolicy = keyof typeof childReuses;
/** What becomes of a child when its parent ends. */
export type ParentClosePolicy = keyof typeof closes;

/** What a start from ordinary code says of its run. */
export interface StartPolicies {
  readonly id?: string;
  readonly conflictPolicy?: ConflictPolicy;
  readonly reusePolicy?: ReusePolicy;
  readonly errorWhenStarted?: boolean;
  /** Of the whole chain of runs. */
  readonly executionTimeoutMs?: number;
  readonly runTimeoutMs?: number;
  readonly startDelayMs?: number;
}

/** Those that a child has: it starts at once, and nothing but its conflict policy says what becomes of an open run. */
export interface ChildPolicies {
  readonly id?: string;
  readonly conflictPolicy?: ConflictPolicy;
  readonly reusePolicy?: ChildReusePolicy;
  readonly executionTimeoutMs?: number;
  readonly runTimeoutMs?: number;
  readonly parentClosePolicy?: ParentClosePolicy;
}

/** The options of a workflow's start: those of the call over `defaults`, the entry's own. */
export function workflowOptions(defaults: PayloadRecord, options: PayloadRecord): Options {
  return new Options(overlay(defaults, options), workflowSpellings);
}

/** Throws OptionProblem. */
export function readStartPolicies(own: Options): StartPolicies {
  return defined({
    ...runPolicies(own),
    reusePolicy: own.choice("id_reuse_policy", "WORKFLOW_ID_REUSE_POLICY_", reuses),
    errorWhenStarted: own.flag("execution_error_when_already_started"),
    startDelayMs: own.limit("start_delay"),
  });
}

/** Throws OptionProblem. */
export function readChildPolicies(own: Options): ChildPolicies {
  return defined({
    ...runPolicies(own),
    reusePolicy: own.choice("id_reuse_policy", "WORKFLOW_ID_REUSE_POLICY_", childReuses),
    parentClosePolicy: own.choice("parent_close_policy", "PARENT_CLOSE_POLICY_", closes),
  });
}

function runPolicies(own: Options) {
  const id = own.text("id");
  if (id === "") throw new OptionProblem("workflow.id cannot be empty");
  return {
    id,
    conflictPolicy: own.choice("id_conflict_policy", "WORKFLOW_ID_CONFLICT_POLICY_", conflicts),
    executionTimeoutMs: own.limit("execution_timeout"),
    runTimeoutMs: own.limit("run_timeout"),
  };
}

/** Who wins when a run is open; a generated id is nobody's. */
export function conflictPolicyFor(policies: StartPolicies, idIsGiven: boolean): ConflictPolicy {
  if (policies.conflictPolicy !== undefined) return policies.conflictPolicy;
  if (policies.reusePolicy === "TERMINATE_IF_RUNNING") return "TERMINATE_EXISTING";
  if (policies.errorWhenStarted !== undefined) return policies.errorWhenStarted ? "FAIL" : "USE_EXISTING";
  return idIsGiven ? "USE_EXISTING" : "FAIL";
}

/** The latest run under an id. */
export type ExistingRun =
  | { readonly open: true; readonly pid: Pid; readonly runId: string }
  | { readonly open: false; readonly pid: Pid; readonly runId: string; readonly reason: ExitReason };

/** `use`: hand the startup messages to the open run. `replace`: terminate it, then start. */
export type StartDecision = "start" | "use" | "replace";

/** What a server does with a start under an id, or its refusal. */
export function decideStart(
  policies: { readonly conflictPolicy: ConflictPolicy; readonly reusePolicy?: ReusePolicy },
  existing: ExistingRun | undefined,
): StartDecision | Failure {
  const { conflictPolicy, reusePolicy = "ALLOW_DUPLICATE" } = policies;
  if (conflictPolicy === "TERMINATE_EXISTING" && reusePolicy === "REJECT_DUPLICATE") {
    const message = "workflow.id_conflict_policy terminate_existing cannot go with id_reuse_policy reject_duplicate";
    return failure("INVALID", message, { retryable: false });
  }
  if (existing === undefined) return "start";
  const taken = alreadyStarted(existing.pid.id, existing.runId, existing.pid.text);
  if (!existing.open) return mayReuse(reusePolicy, existing.reason) ? "start" : taken;
  switch (conflictPolicy) {
    case "FAIL":
      return taken;
    case "USE_EXISTING":
      return "use";
    case "TERMINATE_EXISTING":
      return "replace";
  }
}

function mayReuse(reusePolicy: ReusePolicy, reason: ExitReason): boolean {
  switch (reusePolicy) {
    case "ALLOW_DUPLICATE":
    case "TERMINATE_IF_RUNNING":
      return true;
    case "ALLOW_DUPLICATE_FAILED_ONLY":
      return reason.kind !== "normal";
    case "REJECT_DUPLICATE":
      return false;
  }
}

/** The refusal of a start whose id is taken. `runId` is "" when nobody says; `pid` is the text. */
export function alreadyStarted(workflowId: string, runId: string, pid: string): Failure {
  return failure("ALREADY_EXISTS", `workflow ${workflowId} has already been started`, {
    retryable: false,
    details: { workflow_id: workflowId, run_id: runId, pid },
  });
}

/** A checked start on a journal host. */
export interface JournalStart {
  /** Undefined: the host makes one. */
  readonly id?: string;
  readonly conflictPolicy: ConflictPolicy;
  readonly reusePolicy: ReusePolicy;
  readonly executionTimeoutMs?: number;
  readonly runTimeoutMs?: number;
  readonly startDelayMs?: number;
  /** ABANDON when the parent is no workflow: then its end means nothing to the child. */
  readonly parentClosePolicy: ParentClosePolicy;
  /** For `workflow.info`; a journal has no list to show it in. */
  readonly memo?: PayloadRecord;
}

/** What would be something else on a journal host. */
const temporalOnly = [
  "cron_schedule",
  "retry_policy",
  "search_attributes",
  "typed_search_attributes",
  "versioning_override",
  "namespace",
];

/**
 * Read a spawn as Temporal's host (`start`) or a workflow there (`child`: the parent is a workflow) would. What a journal host cannot
 * honour is INVALID, also as a default of the entry; queue, priority, summary and the like change no meaning and are only checked.
 */
export function planJournalStart(
  defaults: PayloadRecord,
  spec: Pick<SpawnSpec, "options" | "name">,
  as: "start" | "child",
): JournalStart | Failure {
  try {
    return plan(workflowOptions(defaults, spec.options), spec, as);
  } catch (error) {
    if (error instanceof OptionProblem) return failure("INVALID", error.message, { retryable: false });
    throw error;
  }
}

function plan(
  own: Options,
  { name, options }: Pick<SpawnSpec, "options" | "name">,
  as: "start" | "child",
): JournalStart {
  for (const option of temporalOnly) {
    const found = own.given(option);
    if (found === undefined || isNothing(found.value)) continue;
    const origin = Object.hasOwn(options, found.key) ? "" : ", given in the entry's meta.options,";
    throw new OptionProblem(`${found.key}${origin} needs a temporal.worker: a journal host cannot honour it`);
  }
  checkIgnored(own);
  const policies: StartPolicies & Pick<ChildPolicies, "parentClosePolicy"> =
    as === "child" ? readChildPolicies(own) : readStartPolicies(own);
  const { reusePolicy = "ALLOW_DUPLICATE", parentClosePolicy = as === "child" ? "TERMINATE" : "ABANDON" } = policies;
  const id = policies.id ?? name;
  if (id !== undefined && !isServerName(id)) {
    throw new OptionProblem("workflow.id is longer than 1000 bytes, or not a text");
  }
  const { executionTimeoutMs, runTimeoutMs, startDelayMs } = policies;
  return {
    ...defined({ id, executionTimeoutMs, runTimeoutMs, startDelayMs, memo: own.record("memo") }),
    conflictPolicy: conflictPolicyFor(policies, id !== undefined),
    reusePolicy,
    parentClosePolicy,
  };
}

function isNothing(value: Payload): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

/** A wrong type is wrong on every host. */
function checkIgnored(own: Options): void {
  own.queue("task_queue");
  own.duration("task_timeout");
  own.flag("enable_eager_start");
  own.priority("priority");
  for (const name of ["summary", "static_summary", "details", "static_details"]) own.text(name);
}
