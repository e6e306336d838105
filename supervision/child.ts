/** ChildSpec: how a supervisor starts, stops and restarts one child; its defaults and what is wrong with one. */
import { idProblem, isReservedKey, type PayloadRecord, supervisorEntry } from "../actors/index.js";
import type { Payload } from "../mailbox/index.js";
import { type BackOff, backOffKeys, defaultBackOff } from "./backoff.js";
import { asMap, Fields, type PayloadMap, type SpecProblem } from "./fields.js";

/** What the end of a child leads to. Source: specification 7. */
export type Restart = "permanent" | "transient" | "temporary";

/** JSON-shaped, as it is part of a supervisor's state. */
export interface ChildSpec {
  readonly id: string;
  /** Registry id of the process or workflow. */
  readonly process: string;
  /** Registry id of the host. */
  readonly host: string;
  readonly args: readonly Payload[];
  /** Registered name; on a durable host it is what the child is found again by. */
  readonly name?: string;
  readonly restart: Restart;
  /** Ms from the cancel to the kill. */
  readonly shutdown: number | "kill" | "infinity";
  readonly type: "worker" | "supervisor";
  /** Without it a restart comes at once. */
  readonly backOff?: BackOff;
  /** Over that of the supervisor. */
  readonly context?: PayloadRecord;
  readonly options: PayloadRecord;
}

/** What is wrong with a process that is no id. */
export const notAnId = 'must be an id such as "app:worker"';

const defaultShutdownMs = 5000;

const nestedKeys = ["strategy", "intensity", "period", "children"] as const;

const childKeys = [
  "id",
  "process",
  "host",
  "args",
  "name",
  "restart",
  "shutdown",
  "type",
  "backoff",
  "context",
  "options",
  ...nestedKeys,
];

/** What a nested supervisor is checked by; passed in, as the two call each other. */
export type NestedCheck = (spec: PayloadMap, path: SpecProblem["path"], problems: SpecProblem[]) => void;

/**
 * Read one child. A child with `children` of its own and no `process` is a supervisor with those fields. `ownHost` is where a child
 * without `host` runs. The result is of use only when no problem was noted.
 */
export function readChild(
  value: Payload,
  path: SpecProblem["path"],
  ownHost: string,
  problems: SpecProblem[],
  checkNested: NestedCheck,
): ChildSpec {
  const map = asMap(value);
  if (map === undefined) problems.push({ path, message: "must be a table with the fields of a child" });
  const fields = new Fields(map ?? {}, path, problems);
  if (map !== undefined) fields.only(childKeys);
  const nested = fields.has("children") ? readNested(fields, checkNested) : undefined;
  if (nested === undefined) refuseNestedKeys(fields);
  const process = nested === undefined ? readProcess(fields) : supervisorEntry;
  const type = fields.oneOf("type", ["worker", "supervisor"], process === supervisorEntry ? "supervisor" : "worker");
  const backOff = readBackOff(fields);
  const name = fields.text("name");
  const context = readContext(fields);
  return {
    id: fields.requiredText("id", "the child's name within its supervisor"),
    process,
    host: fields.text("host") ?? ownHost,
    args: nested === undefined ? fields.list("args") : [nested],
    ...(name === undefined ? {} : { name }),
    restart: fields.oneOf("restart", ["permanent", "transient", "temporary"], "permanent"),
    shutdown: fields.timeOr("shutdown", type === "supervisor" ? "infinity" : defaultShutdownMs, ["kill", "infinity"]),
    type,
    ...(backOff === undefined ? {} : { backOff }),
    ...(context === undefined ? {} : { context }),
    options: fields.map("options") ?? {},
  };
}

function readContext(fields: Fields): PayloadRecord | undefined {
  const context = fields.map("context");
  const reserved = Object.keys(context ?? {}).find(isReservedKey);
  if (reserved !== undefined) fields.refuse("context", `must not have the key ${reserved}: those with @ are reserved`);
  return context;
}

function readProcess(fields: Fields): string {
  const process = fields.requiredText("process", 'the id of the entry to run, such as "app:worker"');
  const texts = { empty: notAnId, namespace: notAnId, name: notAnId };
  if (process !== "" && idProblem(process, texts) !== undefined) fields.refuse("process", notAnId);
  return process;
}

function readNested(fields: Fields, check: NestedCheck): PayloadMap {
  for (const key of ["process", "args"]) {
    if (fields.has(key)) fields.refuse(key, "cannot be given with children, which make the child a supervisor");
  }
  const given = nestedKeys.flatMap((key) => (fields.has(key) ? [[key, fields.get(key)!] as const] : []));
  const spec = Object.fromEntries(given);
  check(spec, fields.path, fields.problems);
  return spec;
}

function refuseNestedKeys(fields: Fields): void {
  for (const key of nestedKeys) if (fields.has(key)) fields.refuse(key, "is for a child that has children of its own");
}

function readBackOff(fields: Fields): BackOff | undefined {
  const map = fields.map("backoff");
  if (map === undefined) return undefined;
  const inner = new Fields(map, [...fields.path, "backoff"], fields.problems);
  inner.only(backOffKeys);
  return {
    initialDelayMs: inner.duration("initial_delay", defaultBackOff.initialDelayMs),
    maxDelayMs: inner.duration("max_delay", defaultBackOff.maxDelayMs),
    backoffFactor: inner.number("backoff_factor", defaultBackOff.backoffFactor, 1, 1e6, "a number of at least 1"),
    jitter: inner.number("jitter", defaultBackOff.jitter, 0, 1, "a fraction between 0 and 1"),
  };
}
