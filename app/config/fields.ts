/** The building blocks of every kind's schema: maps with known keys, durations, ids, the lifecycle block. */

import { z } from "zod";
import { durationMs } from "../../durability/workflow/index.js";
import { isRecord } from "./drafts.js";

/*
 * The convention between the schemas and issues.ts: a custom message is a predicate ("must be ...") that
 * reads on from the quoted name of the field; the message of `unrecognized_keys` is the list of allowed keys.
 */

/** A map that accepts exactly these keys. An empty YAML value (null) counts as a key that is not there. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const allowed = Object.keys(shape).join(", ");
  const strict = z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? allowed : undefined),
  });
  return z.preprocess(withoutNulls, strict);
}

/** The top level of an entry: `name` and `kind` were read before, `meta` is free unless a schema for it is given. */
export function entryFields<Shape extends z.ZodRawShape>(
  shape: Shape,
): ReturnType<typeof entryShape<Shape, typeof freeMeta>>;
export function entryFields<Shape extends z.ZodRawShape, Meta extends z.ZodType>(
  shape: Shape,
  meta: Meta,
): ReturnType<typeof entryShape<Shape, Meta>>;
export function entryFields<Shape extends z.ZodRawShape>(shape: Shape, meta: z.ZodType = freeMeta) {
  return entryShape(shape, meta);
}

function entryShape<Shape extends z.ZodRawShape, Meta extends z.ZodType>(shape: Shape, meta: Meta) {
  return fields({ name: z.unknown(), kind: z.unknown(), meta, ...shape });
}

/** Metadata of which a kind reads some keys; all others are free. */
export function metaFields<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(withoutNulls, z.looseObject(shape)).prefault({});
}

function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

/** Metadata that this kind reads nothing of. */
const freeMeta = z.record(z.string(), z.unknown()).optional();

/** Go duration text or milliseconds, always milliseconds in the result. */
export const duration = z.unknown().transform((value, context) => {
  const ms = durationMs(value);
  if (ms !== undefined) return ms;
  const message = `must be a duration such as "1h30m" or "500ms", or a number of milliseconds, not ${JSON.stringify(value)}`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

export const text = z.string().min(1);
export const flag = z.boolean().default(false);
export const positive = z.int().min(1);
export const countOrZero = z.int().min(0);
/** An entry id; references.ts has made it a full one and checked its kind. */
export const entryId = text;

const restart = fields({
  initial_delay: duration.default(1_000),
  max_delay: duration.default(90_000),
  backoff_factor: z.number().min(1).default(2),
  jitter: z.number().min(0).max(1).default(0.1),
  max_attempts: countOrZero.default(0),
}).transform((given) => ({
  initialDelayMs: given.initial_delay,
  maxDelayMs: given.max_delay,
  backoffFactor: given.backoff_factor,
  /** A fraction of the delay, either way. */
  jitter: given.jitter,
  /** 0 means for ever. */
  maxAttempts: given.max_attempts,
}));

const security = fields({
  actor: fields({ id: text, meta: z.record(z.string(), z.unknown()).default({}) }).optional(),
  groups: z.array(text).default([]),
  policies: z.array(text).default([]),
});

/** lua-api.md 1.3, "lifecycle block". */
export const lifecycle = fields({
  auto_start: flag,
  startup: z.enum(["required", "optional"]).default("required"),
  requires: z.array(entryId).default([]),
  depends_on: z.array(entryId).default([]),
  start_timeout: duration.default(10_000),
  stop_timeout: duration.default(10_000),
  stable_threshold: duration.default(5_000),
  restart: restart.prefault({}),
  security: security.optional(),
})
  .transform((given) => ({
    autoStart: given.auto_start,
    startup: given.startup,
    /** `requires` and `depends_on` merged, each id once. */
    requires: [...new Set([...given.requires, ...given.depends_on])],
    startTimeoutMs: given.start_timeout,
    stopTimeoutMs: given.stop_timeout,
    stableThresholdMs: given.stable_threshold,
    restart: given.restart,
    security: given.security,
  }))
  .prefault({});
