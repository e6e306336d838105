/** The option table of a workflow's start: spellings, types, policies. Reads values only; asks nobody. Source: specification 3.4. */
import type { PayloadRecord } from "../../actors/index.js";
import { type Failure, failure, type Payload } from "../../mailbox/index.js";

export type ConflictPolicy = "FAIL" | "USE_EXISTING" | "TERMINATE_EXISTING";
export type ReusePolicy = "ALLOW_DUPLICATE" | "ALLOW_DUPLICATE_FAILED_ONLY" | "REJECT_DUPLICATE" | "TERMINATE_IF_RUNNING";

export interface RetryOptions {
  readonly initialInterval?: number;
  readonly backoffCoefficient?: number;
  readonly maximumInterval?: number;
  readonly maximumAttempts?: number;
  readonly nonRetryableErrorTypes?: readonly string[];
}

export interface VersioningOverride {
  readonly mode: "pinned" | "auto_upgrade";
  readonly version?: { readonly deploymentName: string; readonly buildId: string };
}

/** Checked options; times in ms. Those of children only are not here: they have no meaning for a start from outside. */
export interface StartOptions {
  readonly id?: string;
  readonly taskQueue?: string;
  readonly executionTimeout?: number;
  readonly runTimeout?: number;
  readonly taskTimeout?: number;
  readonly conflictPolicy?: ConflictPolicy;
  readonly reusePolicy?: ReusePolicy;
  readonly errorWhenStarted?: boolean;
  readonly retryPolicy?: RetryOptions;
  readonly cronSchedule?: string;
  readonly memo?: PayloadRecord;
  readonly searchAttributes?: PayloadRecord;
  readonly eagerStart?: boolean;
  readonly startDelay?: number;
  readonly summary?: string;
  readonly details?: string;
  readonly versioningOverride?: VersioningOverride;
  readonly priority?: { readonly priorityKey?: number; readonly fairnessKey?: string; readonly fairnessWeight?: number };
  readonly namespace?: string;
}

/** Thrown inside this file and caught at its door. */
class Wrong extends Error {}

type Reader<T> = (value: Payload, key: string) => T;
type Fields = { readonly [name: string]: readonly [target: string, read: Reader<unknown>] };

const text: Reader<string> = (value, key) => {
  if (typeof value !== "string") throw new Wrong(`${key} must be a string`);
  return value;
};

const filledText: Reader<string> = (value, key) => {
  if (typeof value !== "string" || value === "") throw new Wrong(`${key} must be a non-empty string`);
  return value;
};

const flag: Reader<boolean> = (value, key) => {
  if (typeof value !== "boolean") throw new Wrong(`${key} must be a boolean`);
  return value;
};

const table: Reader<PayloadRecord> = (value, key) => {
  // An empty Lua table is an empty array by the time it is a payload.
  if (Array.isArray(value) && value.length === 0) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Wrong(`${key} must be a table`);
  return value as PayloadRecord;
};

const number =
  (what: string, holds: (value: number) => boolean): Reader<number> =>
  (value, key) => {
    if (typeof value !== "number" || !holds(value)) throw new Wrong(`${key} must be ${what}`);
    return value;
  };

const durationUnits: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration or a number of milliseconds; undefined for anything else. Never negative. */
export function readDuration(value: Payload): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string") return undefined;
  if (value === "0") return 0;
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * durationUnits[unit!]!;
  }
  return sum;
}

const duration: Reader<number> = (value, key) => {
  const ms = readDuration(value);
  if (ms === undefined) throw new Wrong(`${key} must be a duration: text such as "30s", or a number of milliseconds`);
  return Math.ceil(ms);
};

/** Any case, `-` for `_`, with or without Temporal's prefix, or Temporal's number. */
const policy =
  <T extends string>(prefix: string, names: readonly T[]): Reader<T> =>
  (value, key) => {
    if (typeof value !== "string" && typeof value !== "number") throw new Wrong(`${key} must be a string`);
    const folded = String(value).toUpperCase().replaceAll("-", "_").replace(prefix, "");
    const found = typeof value === "number" ? names[value - 1] : names.find((name) => name === folded);
    if (found === undefined) {
      const known = names.map((name) => name.toLowerCase()).join(", ");
      throw new Wrong(`${key} has invalid value "${value}"; it may be ${known}`);
    }
    return found;
  };

const errorTypes: Reader<readonly string[]> = (value, key) => {
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === "string")) {
    throw new Wrong(`${key} must be a string or an array of strings`);
  }
  return list;
};

/** Fields of a nested table in snake case; camelCase is read as well. */
const record =
  <T>(fields: Fields): Reader<T> =>
  (value, key) => {
    const result: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(table(value, key))) {
      const field = fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
      if (field !== undefined && item !== null) result[field[0]] = field[1](item, `${key}.${name}`);
    }
    return result as T;
  };

const retryPolicy = record<RetryOptions>({
  initial_interval: ["initialInterval", duration],
  backoff_coefficient: ["backoffCoefficient", number("a number of at least 1", (value) => value >= 1)],
  maximum_interval: ["maximumInterval", duration],
  maximum_attempts: ["maximumAttempts", number("a whole number of at least 0", (v) => Number.isInteger(v) && v >= 0)],
  non_retryable_error_types: ["nonRetryableErrorTypes", errorTypes],
});

const priority = record<StartOptions["priority"]>({
  priority_key: ["priorityKey", number("a whole number of at least 1", (v) => Number.isInteger(v) && v >= 1)],
  fairness_key: ["fairnessKey", text],
  fairness_weight: ["fairnessWeight", number("a number above 0", (value) => value > 0)],
});

const version = record<NonNullable<VersioningOverride["version"]>>({
  deployment_name: ["deploymentName", filledText],
  build_id: ["buildId", filledText],
});

const versioningOverride: Reader<VersioningOverride> = (value, key) => {
  const { mode, ...rest } = table(typeof value === "string" ? { mode: value } : value, key);
  if (mode === "auto_upgrade") return { mode };
  if (mode !== "pinned") throw new Wrong(`${key} has invalid value "${String(mode)}"; it may be auto_upgrade, pinned`);
  const pinned = version(rest.version ?? {}, `${key}.version`);
  if (pinned.deploymentName === undefined || pinned.buildId === undefined) {
    throw new Wrong(`${key}.version must name deployment_name and build_id`);
  }
  return { mode, version: pinned };
};

const workflowId: Reader<string> = (value, key) => {
  if (text(value, key) === "") throw new Wrong("workflow.id cannot be empty");
  return value as string;
};

/** Names after `temporal.workflow.`; of two names for one option the later one here is the canonical one. */
const startFields: Fields = {
  id: ["id", workflowId],
  task_queue: ["taskQueue", filledText],
  execution_timeout: ["executionTimeout", duration],
  run_timeout: ["runTimeout", duration],
  task_timeout: ["taskTimeout", duration],
  id_conflict_policy: [
    "conflictPolicy",
    policy<ConflictPolicy>("WORKFLOW_ID_CONFLICT_POLICY_", ["FAIL", "USE_EXISTING", "TERMINATE_EXISTING"]),
  ],
  id_reuse_policy: [
    "reusePolicy",
    policy<ReusePolicy>("WORKFLOW_ID_REUSE_POLICY_", [
      "ALLOW_DUPLICATE",
      "ALLOW_DUPLICATE_FAILED_ONLY",
      "REJECT_DUPLICATE",
      "TERMINATE_IF_RUNNING",
    ]),
  ],
  execution_error_when_already_started: ["errorWhenStarted", flag],
  retry_policy: ["retryPolicy", retryPolicy],
  cron_schedule: ["cronSchedule", text],
  memo: ["memo", table],
  typed_search_attributes: ["searchAttributes", table],
  search_attributes: ["searchAttributes", table],
  enable_eager_start: ["eagerStart", flag],
  start_delay: ["startDelay", duration],
  static_summary: ["summary", text],
  summary: ["summary", text],
  static_details: ["details", text],
  details: ["details", text],
  versioning_override: ["versioningOverride", versioningOverride],
  priority: ["priority", priority],
  namespace: ["namespace", filledText],
};

/** `temporal.workflow.x` is canonical; the internal spelling `workflow.x` wins when both are given. */
const prefixes = ["temporal.workflow.", "workflow."];

/**
 * Read the options of a start: those of the call over `defaults` (the entry's own). Unknown keys may belong to another host and are
 * ignored; a wrong type is INVALID and names the option as it was written.
 */
export function readStartOptions(defaults: PayloadRecord, options: PayloadRecord): StartOptions | Failure {
  const result: Record<string, unknown> = {};
  try {
    for (const source of [defaults, options]) {
      for (const prefix of prefixes) {
        for (const [name, [target, read]] of Object.entries(startFields)) {
          const key = prefix + name;
          const value = source[key];
          if (value !== undefined && value !== null) result[target] = read(value, key);
        }
      }
    }
  } catch (error) {
    if (error instanceof Wrong) return failure("INVALID", error.message, { retryable: false });
    throw error;
  }
  return result as StartOptions;
}
