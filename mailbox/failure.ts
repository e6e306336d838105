/** Failure: the one error shape that Lua, the wire and Temporal share. How a failure looks in Lua is in lua/. */
import type { Payload } from "./payload.js";

/** Kinds that the API documents; a program may use any other word. The empty kind is written UNKNOWN. */
export const failureKinds = [
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "INVALID",
  "PERMISSION_DENIED",
  "UNAVAILABLE",
  "INTERNAL",
  "CANCELED",
  "CONFLICT",
  "TIMEOUT",
  "RATE_LIMITED",
  "RESOURCE_EXHAUSTED",
  "LIMIT_EXCEEDED",
  "INVALID_STATE",
  "TERMINATED",
  "EXITED",
  "UNKNOWN",
] as const;

/** An error as data. `retryable` undefined means that the thrower did not say, which differs from false. */
export interface Failure {
  readonly kind: string;
  readonly message: string;
  readonly retryable?: boolean;
  /** JSON-shaped object. */
  readonly details?: Payload;
  /** Where it came from: Lua source lines, never JavaScript frames. */
  readonly stack?: string;
  /** Texts put in front by `errors.wrap`, outermost first. They show in the error's text, not in `message`. */
  readonly context?: readonly string[];
}

const byFolded: ReadonlyMap<string, string> = new Map(failureKinds.map((kind) => [fold(kind), kind]));

function fold(kind: string): string {
  return kind.replace(/[_-]/g, "").toUpperCase();
}

/** The canonical spelling of a kind: `NotFound` and `not_found` become `NOT_FOUND`; unknown words stay as they are. */
export function normalizeKind(kind: string): string {
  if (kind === "") return "UNKNOWN";
  return byFolded.get(fold(kind)) ?? kind;
}

export function failure(
  kind: string,
  message: string,
  more: { retryable?: boolean; details?: Payload; stack?: string } = {},
): Failure {
  return { kind, message, ...more };
}

/** The three answers that a caller may get instead of success, in the words of the API. */
export const processNotFound: Failure = Object.freeze(failure("NOT_FOUND", "process not found", { retryable: false }));
export const processTerminated: Failure = Object.freeze(failure("INTERNAL", "process terminated"));
/** The end of every process of a node that is out of reach for good. */
export function nodeDown(node: string): Failure {
  return failure("UNAVAILABLE", `node ${node} is down`, { retryable: true });
}

export function isNodeDown({ kind, message }: Failure, node: string): boolean {
  return kind === "UNAVAILABLE" && message === nodeDown(node).message;
}

export const linkedProcessFailed = "linked process failed";

/** The text of a failure as a person reads it: context first, then the message. */
export function failureText(error: Failure): string {
  return [...(error.context ?? []), error.message].join(": ");
}

/** Read a failure that crossed a border as JSON; undefined when the value is not one. */
export function parseFailure(value: unknown): Failure | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const raw = value as Record<string, unknown>;
  if (typeof raw.kind !== "string" || typeof raw.message !== "string") return undefined;
  return {
    kind: normalizeKind(raw.kind),
    message: raw.message,
    ...(typeof raw.retryable === "boolean" ? { retryable: raw.retryable } : {}),
    ...(raw.details !== undefined && raw.details !== null ? { details: raw.details as Payload } : {}),
    ...(typeof raw.stack === "string" ? { stack: raw.stack } : {}),
    ...(Array.isArray(raw.context) ? { context: raw.context.filter((c): c is string => typeof c === "string") } : {}),
  };
}
