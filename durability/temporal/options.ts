/** Options of a workflow started from ordinary code, beside the policies that every durable host knows. Specification: 3.4. */
import type { PayloadRecord } from "../../actors/index.js";
import { type Failure, failure, type Payload } from "../../mailbox/index.js";
import {
  defined,
  OptionProblem,
  Options,
  type Priority,
  type RetryOptions,
  readStartPolicies,
  type StartPolicies,
  workflowOptions,
} from "../workflow/index.js";

const modes = { PINNED: 1, AUTO_UPGRADE: 2 } as const;

/** Without a version: upgraded with the worker. */
export interface VersioningOverride {
  readonly version?: { readonly deploymentName: string; readonly buildId: string };
}

/** Checked options, times in ms. Those that only a child has are not here: from outside they have no meaning. */
export interface StartOptions extends StartPolicies {
  readonly taskQueue?: string;
  readonly taskTimeoutMs?: number;
  readonly retry?: RetryOptions;
  readonly cronSchedule?: string;
  readonly memo?: PayloadRecord;
  readonly searchAttributes?: PayloadRecord;
  readonly summary?: string;
  readonly details?: string;
  readonly versioningOverride?: VersioningOverride;
  readonly priority?: Priority;
  readonly namespace?: string;
}

/**
 * Read the options of a start: those of the call over `defaults`, the entry's own. Unknown keys may belong to another host and are
 * ignored; a wrong type or value is INVALID and names the option as it was written.
 */
export function readStartOptions(defaults: PayloadRecord, options: PayloadRecord): StartOptions | Failure {
  try {
    return read(workflowOptions(defaults, options));
  } catch (error) {
    if (error instanceof OptionProblem) return failure("INVALID", error.message, { retryable: false });
    throw error;
  }
}

function read(own: Options): StartOptions {
  // Eager start needs the client's connection to be the worker's; it is a wish about speed, so it is checked and left at that.
  own.flag("enable_eager_start");
  return defined({
    ...readStartPolicies(own),
    taskQueue: own.queue("task_queue"),
    taskTimeoutMs: own.limit("task_timeout"),
    retry: own.retryPolicy("retry_policy"),
    cronSchedule: own.text("cron_schedule") || undefined,
    memo: own.record("memo"),
    searchAttributes: own.record("search_attributes") ?? own.record("typed_search_attributes"),
    summary: own.text("summary") ?? own.text("static_summary"),
    details: own.text("details") ?? own.text("static_details"),
    versioningOverride: versioningOverride(own),
    priority: own.priority("priority"),
    namespace: own.word("namespace"),
  });
}

/** `"auto_upgrade"`, or a table with a mode and, when pinned, a version. */
function versioningOverride(options: Options): VersioningOverride | undefined {
  const name = "versioning_override";
  const found = options.given(name);
  if (found === undefined) return undefined;
  const { key, value } = found;
  const own = typeof value === "string" ? { mode: value } : options.record(name)!;
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
