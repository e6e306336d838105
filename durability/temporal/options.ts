/** Options of a workflow started from ordinary code. How a value of each type is read is in workflow/options.ts. Specification: 3.4. */
import type { PayloadRecord } from "../../actors/index.js";
import { type Failure, failure, type Payload } from "../../mailbox/index.js";
import { type ConflictPolicy, defined, OptionProblem, Options, type RetryOptions } from "./workflow/options.js";

const reuses = {
  ALLOW_DUPLICATE: 1,
  ALLOW_DUPLICATE_FAILED_ONLY: 2,
  REJECT_DUPLICATE: 3,
  TERMINATE_IF_RUNNING: 4,
} as const;
const modes = { PINNED: 1, AUTO_UPGRADE: 2 } as const;

export type ReusePolicy = keyof typeof reuses;

/** Without a version: upgraded with the worker. */
export interface VersioningOverride {
  readonly version?: { readonly deploymentName: string; readonly buildId: string };
}

/** Checked options, times in ms. Those that only a child has are not here: from outside they have no meaning. */
export interface StartOptions {
  readonly id?: string;
  readonly taskQueue?: string;
  readonly executionTimeout?: number;
  readonly runTimeout?: number;
  readonly taskTimeout?: number;
  readonly conflictPolicy?: ConflictPolicy;
  readonly reusePolicy?: ReusePolicy;
  readonly errorWhenStarted?: boolean;
  readonly retry?: RetryOptions;
  readonly cronSchedule?: string;
  readonly memo?: PayloadRecord;
  readonly searchAttributes?: PayloadRecord;
  readonly startDelay?: number;
  readonly summary?: string;
  readonly details?: string;
  readonly versioningOverride?: VersioningOverride;
  readonly priority?: { priorityKey?: number; fairnessKey?: string; fairnessWeight?: number };
  readonly namespace?: string;
}

/** The internal spelling wins over the canonical one when both are given. */
const spellings = ["workflow.", "temporal.workflow."];

/**
 * Read the options of a start: those of the call over `defaults`, the entry's own. Unknown keys may belong to another host and are
 * ignored; a wrong type or value is INVALID and names the option as it was written.
 */
export function readStartOptions(defaults: PayloadRecord, options: PayloadRecord): StartOptions | Failure {
  try {
    return read(overlay(defaults, options));
  } catch (error) {
    if (error instanceof OptionProblem) return failure("INVALID", error.message, { retryable: false });
    throw error;
  }
}

function read(table: PayloadRecord): StartOptions {
  const own = new Options(table, spellings);
  const id = own.text("id");
  if (id === "") throw new OptionProblem("workflow.id cannot be empty");
  // Eager start needs the client's connection to be the worker's; it is a wish about speed, so it is checked and left at that.
  own.flag("enable_eager_start");
  return defined({
    id,
    taskQueue: own.queue("task_queue"),
    executionTimeout: own.duration("execution_timeout"),
    runTimeout: own.duration("run_timeout"),
    taskTimeout: own.duration("task_timeout"),
    conflictPolicy: own.conflictPolicy(),
    reusePolicy: own.choice("id_reuse_policy", "WORKFLOW_ID_REUSE_POLICY_", reuses),
    errorWhenStarted: own.flag("execution_error_when_already_started"),
    retry: own.retryPolicy("retry_policy"),
    cronSchedule: own.text("cron_schedule") || undefined,
    memo: own.record("memo"),
    searchAttributes: own.record("search_attributes") ?? own.record("typed_search_attributes"),
    startDelay: own.duration("start_delay"),
    summary: own.text("summary") ?? own.text("static_summary"),
    details: own.text("details") ?? own.text("static_details"),
    versioningOverride: versioningOverride(table),
    priority: own.priority("priority"),
    namespace: own.word("namespace"),
  });
}

/** `"auto_upgrade"`, or a table with a mode and, when pinned, a version. */
function versioningOverride(table: PayloadRecord): VersioningOverride | undefined {
  const name = "versioning_override";
  const key = spellings.map((spelling) => spelling + name).find((spelled) => (table[spelled] ?? null) !== null);
  if (key === undefined) return undefined;
  const value = table[key]!;
  const own = typeof value === "string" ? { mode: value } : new Options(table, [key]).record("")!;
  const mode = new Options(prefixed(key, own), [`${key}.`]).choice("mode", "VERSIONING_BEHAVIOR_", modes);
  if (mode === undefined) throw new OptionProblem(`${key}.mode must be "pinned" or "auto_upgrade"`);
  if (mode === "AUTO_UPGRADE") return {};
  const version = new Options(new Options(own, [""]).record("version") ?? {}, [""]);
  const deploymentName = version.word("deployment_name");
  const buildId = version.word("build_id");
  if (deploymentName === undefined || buildId === undefined) {
    throw new OptionProblem(`${key}.version must have deployment_name and build_id`);
  }
  return { version: { deploymentName, buildId } };
}

function prefixed(prefix: string, table: { readonly [key: string]: Payload }): PayloadRecord {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** A default in one spelling gives way to the call's in any. */
function overlay(defaults: PayloadRecord, options: PayloadRecord): PayloadRecord {
  const nameOf = (key: string) => key.replace(/^temporal\.(?=workflow\.)/, "");
  const given = new Set(Object.keys(options).map(nameOf));
  const left = Object.entries(defaults).filter(([key]) => !given.has(nameOf(key)));
  return { ...Object.fromEntries(left), ...options };
}
