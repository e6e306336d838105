/** Options of a function call that is no activity: how long it may take, and how often it is tried. Source: specification 2.3. */
import type { PayloadRecord } from "../../actors/index.js";
import { type Failure, failure, normalizeKind } from "../../mailbox/index.js";
import { defined, OptionProblem, Options, overlay, type RetryOptions } from "./options.js";

export interface CallOptions {
  /** Of the whole call: all attempts and the pauses between them. */
  readonly timeoutMs?: number;
  /** Left out: one attempt. */
  readonly retry?: RetryOptions;
}

const retryFields = [
  "max_attempts",
  "initial_delay",
  "max_delay",
  "backoff_factor",
  "jitter",
  "retry_kinds",
  "skip_kinds",
] as const;

const defaultMaxAttempts = 3;
const defaultInitialDelayMs = 100;
const defaultMaxDelayMs = 5000;
const defaultJitter = 0.1;

/** The entry's `defaults` lie under the options of the call. Unknown keys belong to others; what is wrong is INVALID and names the option. */
export function readCallOptions(
  target: string,
  defaults: PayloadRecord,
  options: PayloadRecord,
): CallOptions | Failure {
  try {
    return read(overlay(defaults, options));
  } catch (error) {
    if (!(error instanceof OptionProblem)) throw error;
    return failure("INVALID", `invalid options for ${target}: ${error.message}`, { retryable: false });
  }
}

/** What is wrong with options of an entry, beginning with the name of the one; undefined when they are good. */
export function callOptionProblem(options: PayloadRecord): string | undefined {
  try {
    read(options);
    return undefined;
  } catch (error) {
    if (!(error instanceof OptionProblem)) throw error;
    return error.message;
  }
}

function read(options: PayloadRecord): CallOptions {
  const own = new Options(options, [""]);
  const timeoutMs = own.duration("timeout");
  if (timeoutMs === 0) throw new OptionProblem("timeout must be above 0");
  const retry = own.record("retry");
  return defined({ timeoutMs, retry: retry && readRetry(retry) });
}

function readRetry(table: PayloadRecord): RetryOptions {
  const unknown = Object.keys(table).find((key) => !(retryFields as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw new OptionProblem(`retry.${unknown} is unknown; the fields are ${retryFields.join(", ")}`);
  }
  const prefix = "retry.";
  const own = new Options(Object.fromEntries(Object.entries(table).map(([key, value]) => [prefix + key, value])), [
    prefix,
  ]);
  const initialInterval = own.duration("initial_delay") ?? defaultInitialDelayMs;
  const maximumInterval = own.duration("max_delay") ?? Math.max(defaultMaxDelayMs, initialInterval);
  if (maximumInterval < initialInterval) throw new OptionProblem("retry.max_delay must not be below initial_delay");
  const backoffCoefficient = own.positive("backoff_factor");
  if (backoffCoefficient !== undefined && backoffCoefficient < 1) {
    throw new OptionProblem("retry.backoff_factor must be 1 or more");
  }
  return defined({
    initialInterval,
    maximumInterval,
    backoffCoefficient,
    // 0 is without limit, as in every other policy.
    maximumAttempts: (own.whole("max_attempts") ?? defaultMaxAttempts) || undefined,
    jitter: own.fraction("jitter") ?? defaultJitter,
    retryableErrorTypes: own.words("retry_kinds")?.map(normalizeKind),
    nonRetryableErrorTypes: own.words("skip_kinds")?.map(normalizeKind),
  });
}
