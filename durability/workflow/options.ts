/** Reading option tables of spawns and calls: types, enums, spellings, defaults. Errors name the key and what would be right. */
import type { PayloadRecord } from "../../actors/index.js";
import { durationMs, longestMs, normalizeKind, type Payload, utf8Length } from "../../mailbox/index.js";

/** A bad option; its message is the text that the program gets. */
export class OptionProblem extends Error {}

/** The internal spelling wins over the canonical one when both are given. */
export const workflowSpellings: readonly string[] = ["workflow.", "temporal.workflow."];
export const activitySpellings: readonly string[] = ["activity.", "temporal.activity."];

const aliases: { readonly [key: string]: string } = {
  "workflow.static_summary": "workflow.summary",
  "workflow.static_details": "workflow.details",
  "workflow.typed_search_attributes": "workflow.search_attributes",
};

/** Options of a call over `defaults`, the entry's own: a default in one spelling gives way to the call's in any. */
export function overlay(defaults: PayloadRecord, options: PayloadRecord): PayloadRecord {
  const given = new Set(Object.keys(options).map(meaning));
  const left = Object.entries(defaults).filter(([key]) => !given.has(meaning(key)));
  return { ...Object.fromEntries(left), ...options };
}

function meaning(key: string): string {
  const plain = key.replace(/^temporal\.(?=workflow\.|activity\.)/, "");
  return Object.hasOwn(aliases, plain) ? aliases[plain]! : plain;
}

/** Temporal takes names of at most so many bytes; the other hosts hold to it, so that an id is good on all or on none. */
const maxNameBytes = 1000;
const maxFairnessKeyBytes = 64;
const maxWhole = 2 ** 31 - 1;

/** Whether a server takes it as the name of a queue or as an id. One that Temporal refuses makes the whole task fail, for ever. */
export function isServerName(text: string): boolean {
  return text !== "" && utf8Length(text) <= maxNameBytes && !/\p{Surrogate}/u.test(text);
}

/** Options under one or more spellings of their prefix; the first spelling that is given wins. */
export class Options {
  private readonly table: PayloadRecord;
  private readonly prefixes: readonly string[];

  constructor(table: PayloadRecord, prefixes: readonly string[]) {
    this.table = table;
    this.prefixes = prefixes;
  }

  /** The value, and the key as it was written; null counts as nothing. */
  given(name: string): { readonly key: string; readonly value: Payload } | undefined {
    for (const prefix of this.prefixes) {
      const key = prefix + name;
      const value = this.table[key];
      if (value !== undefined && value !== null) return { key, value };
    }
    return undefined;
  }

  text(name: string): string | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    if (typeof found.value !== "string") throw new OptionProblem(`${found.key} must be a string`);
    return found.value;
  }

  /** A text that may not be empty. */
  word(name: string): string | undefined {
    const found = this.text(name);
    if (found === "") throw new OptionProblem(`${name} cannot be empty`);
    return found;
  }

  /** The name of a task queue. */
  queue(name: string): string | undefined {
    const found = this.word(name);
    if (found === undefined || (isServerName(found) && !found.startsWith("/_sys/"))) return found;
    throw new OptionProblem(`${name} must be at most ${maxNameBytes} bytes and not begin with /_sys/`);
  }

  flag(name: string): boolean | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    if (typeof found.value !== "boolean") throw new OptionProblem(`${found.key} must be a boolean`);
    return found.value;
  }

  /** Whole milliseconds, at least 1 when above 0. */
  duration(name: string): number | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const ms = durationMs(found.value);
    if (ms === undefined) {
      throw new OptionProblem(`${found.key} must be a duration such as "1m30s" or a number of milliseconds`);
    }
    if (ms > longestMs) throw new OptionProblem(`${found.key} is longer than 100 years`);
    return Math.ceil(ms);
  }

  /** As `duration`, where 0 means that there is no limit. */
  limit(name: string): number | undefined {
    return this.duration(name) || undefined;
  }

  record(name: string): { readonly [key: string]: Payload } | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const record = asRecord(found.value);
    if (record === undefined) throw new OptionProblem(`${found.key} must be a table`);
    return record;
  }

  /** One of `words`, in any case, with `-` for `_`, with or without `prefix`, or by its number. Returned in upper case. */
  choice<T extends string>(name: string, prefix: string, words: { readonly [word in T]: number }): T | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const folded = String(found.value).toUpperCase().replace(/-/g, "_");
    const word = folded.startsWith(prefix) ? folded.slice(prefix.length) : folded;
    for (const key of Object.keys(words) as T[]) if (word === key || found.value === words[key]) return key;
    throw new OptionProblem(`${found.key} has invalid value "${typeof found.value === "string" ? found.value : word}"`);
  }

  retryPolicy(name: string): RetryOptions | undefined {
    const table = this.record(name);
    return table === undefined ? undefined : readRetryPolicy(name, table);
  }

  priority(name: string): Priority | undefined {
    const table = this.record(name);
    if (table === undefined) return undefined;
    const own = new Options(table, [""]);
    const priorityKey = own.whole("priority_key");
    const fairnessKey = own.text("fairness_key");
    if (fairnessKey !== undefined && utf8Length(fairnessKey) > maxFairnessKeyBytes) {
      throw new OptionProblem(`${name}.fairness_key is longer than ${maxFairnessKeyBytes} bytes`);
    }
    const fairnessWeight = own.positive("fairness_weight");
    return defined({ priorityKey, fairnessKey, fairnessWeight });
  }

  whole(name: string): number | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const { value } = found;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxWhole) return value;
    throw new OptionProblem(`${found.key} must be a whole number from 0 to ${maxWhole}`);
  }

  positive(name: string): number | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    if (typeof found.value === "number" && found.value > 0) return found.value;
    throw new OptionProblem(`${found.key} must be a number above 0`);
  }

  fraction(name: string): number | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    if (typeof found.value === "number" && found.value >= 0 && found.value <= 1) return found.value;
    throw new OptionProblem(`${found.key} must be a number from 0 to 1`);
  }

  words(name: string): string[] | undefined {
    const found = this.given(name);
    if (found === undefined) return undefined;
    const list: readonly Payload[] = Array.isArray(found.value) ? found.value : [found.value];
    if (list.every((item): item is string => typeof item === "string")) return [...list];
    throw new OptionProblem(`${found.key} must be a string or an array of strings`);
  }
}

export interface Priority {
  priorityKey?: number;
  fairnessKey?: string;
  fairnessWeight?: number;
}

/** Intervals in ms. What is not given is Temporal's: 1 s, then twice as long each time up to 100 times the first, without end. */
export interface RetryOptions {
  initialInterval?: number;
  backoffCoefficient?: number;
  maximumInterval?: number;
  maximumAttempts?: number;
  nonRetryableErrorTypes?: string[];
  /** These kinds alone are retried, whatever the error says of itself. Not of Temporal; `funcs` outside of workflows has it. */
  retryableErrorTypes?: string[];
  /** Fraction of each pause, either way. Not of Temporal. */
  jitter?: number;
}

/** snake_case or camelCase. 0 attempts means without limit, as on the server. */
function readRetryPolicy(name: string, table: PayloadRecord): RetryOptions {
  const own = new Options(snakeKeys(table), [""]);
  const initialInterval = own.duration("initial_interval");
  const maximumInterval = own.duration("maximum_interval");
  const backoffCoefficient = own.positive("backoff_coefficient");
  if (backoffCoefficient !== undefined && backoffCoefficient < 1) {
    throw new OptionProblem(`${name}.backoff_coefficient must be 1 or more`);
  }
  if (initialInterval === 0) throw new OptionProblem(`${name}.initial_interval must be above 0`);
  if (maximumInterval !== undefined && maximumInterval < (initialInterval ?? 1000)) {
    throw new OptionProblem(`${name}.maximum_interval must not be below initial_interval`);
  }
  return defined({
    initialInterval,
    maximumInterval,
    backoffCoefficient,
    maximumAttempts: own.whole("maximum_attempts") || undefined,
    nonRetryableErrorTypes: own.words("non_retryable_error_types")?.map(normalizeKind),
  });
}

function snakeKeys(table: PayloadRecord): PayloadRecord {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [key.replace(/[A-Z]/g, (upper) => `_${upper.toLowerCase()}`), value]),
  );
}

function asRecord(value: Payload): { readonly [key: string]: Payload } | undefined {
  // An empty Lua table is an empty array.
  if (Array.isArray(value)) return value.length === 0 ? {} : undefined;
  return typeof value === "object" && value !== null ? (value as { readonly [key: string]: Payload }) : undefined;
}

/** Without the keys that have no value: Temporal's SDK takes a given `undefined` for a choice in some places. */
export function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
