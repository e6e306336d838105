/** A StoreRequest read, checked and done on a store: the one place that knows the arguments and answers of each operation. */
import type { Outcome, PayloadRecord, StoreRequest } from "../../actors/index.js";
import { type Failure, failure, type Payload, utf8Length } from "../../mailbox/index.js";
import type { Item, KeyValueStore, Put, PutCondition } from "./store.js";
import { StoreError } from "./store.js";

/** In UTF-8. What an embedded file can index, with room for what a store puts in front. */
const maxKeyBytes = 1024;
const maxLimit = 1000;
const defaultLimit = 100;
/** About 300 years. */
const maxTtlSeconds = 1e10;

/** What each operation takes by name. Null is as good as left out. */
const argumentsOf: Readonly<Record<StoreRequest["operation"], readonly string[]>> = {
  get: ["key", "value"],
  put: ["key", "value", "ttl", "only_if_absent", "if_version"],
  delete: ["key"],
  list: ["prefix", "after", "limit"],
  info: [],
};

/**
 * Do one operation; never rejects. Arguments and answers:
 *
 * - `get {key, value: false?}`: `{value, version}`, or null. With `value: false` the answer has no value.
 * - `put {key, value, ttl?, only_if_absent?, if_version?}`: `{version}`; ALREADY_EXISTS, CONFLICT (retryable), LIMIT_EXCEEDED.
 *   `ttl` in seconds; 0 is for ever.
 * - `delete {key}`: whether there was one.
 * - `list {prefix?, after?, limit?}`: `{items: [{key, value, version}], cursor?, has_more}`; `cursor` is the last key, for `after`.
 * - `info {}`: `{driver, size, max_size?}`.
 *
 * A bad argument is INVALID and named.
 */
export async function accessStore(store: KeyValueStore, request: StoreRequest): Promise<Outcome> {
  try {
    return { ok: true, value: await perform(store, request) };
  } catch (thrown) {
    return { ok: false, error: failureOf(thrown, request.store) };
  }
}

/** A refusal on its way to the caller. */
class Refusal extends Error {
  readonly failure: Failure;

  constructor(kind: string, message: string, details?: Payload, retryable = false) {
    super(message);
    this.failure = failure(kind, message, { retryable, ...(details === undefined ? {} : { details }) });
  }
}

const invalid = (message: string): Refusal => new Refusal("INVALID", message);

function failureOf(thrown: unknown, store: string): Failure {
  if (thrown instanceof Refusal) return thrown.failure;
  if (thrown instanceof StoreError) {
    const retryable = thrown.kind === "UNAVAILABLE";
    return failure(thrown.kind, `store ${store}: ${thrown.message}`, { retryable, details: { store } });
  }
  return failure("INTERNAL", `store ${store}: ${String(thrown)}`, { details: { store } });
}

async function perform(store: KeyValueStore, request: StoreRequest): Promise<Payload> {
  const { operation, args } = request;
  refuseUnknown(operation, args);
  switch (operation) {
    case "get": {
      const item = await store.get(keyOf(args));
      if (item === undefined) return null;
      const withValue = flagOf(args, "value", true);
      return withValue ? { value: item.value, version: item.version } : { version: item.version };
    }
    case "put":
      return put(store, putOf(args, request.key));
    case "delete":
      return store.delete(keyOf(args), request.key);
    case "list": {
      const query = { prefix: textOf(args, "prefix"), after: textOf(args, "after"), limit: limitOf(args) };
      const { items, hasMore } = await store.list(query);
      const cursor = items.at(-1)?.key;
      return { items: items.map(plainItem), has_more: hasMore, ...(cursor === undefined ? {} : { cursor }) };
    }
    case "info": {
      const { driver, size, maxSize } = await store.info();
      return { driver, size, ...(maxSize === 0 ? {} : { max_size: maxSize }) };
    }
  }
}

const plainItem = ({ key, value, version }: Item): Payload => ({ key, value, version });

async function put(store: KeyValueStore, wanted: Put): Promise<Payload> {
  const { key } = wanted;
  const result = await store.put(wanted);
  switch (result.kind) {
    case "written":
      return { version: result.version };
    case "exists":
      throw new Refusal("ALREADY_EXISTS", `key ${quoted(key)} already exists`, { key, version: result.version });
    case "conflict": {
      const { version } = result;
      const found = version === undefined ? "is not there" : `has version ${version}`;
      const wantedVersion = wanted.condition.kind === "version" ? wanted.condition.version : 0;
      const details = { key, ...(version === undefined ? {} : { version }) };
      throw new Refusal("CONFLICT", `key ${quoted(key)} ${found}, not version ${wantedVersion}`, details, true);
    }
    case "full":
      throw new Refusal("LIMIT_EXCEEDED", `the store is full: it holds max_size ${result.maxSize} keys`, {
        max_size: result.maxSize,
      });
  }
}

function putOf(args: PayloadRecord, request: string): Put {
  const value = args.value ?? null;
  if (value === null) throw invalid("value must not be nil; delete the key instead");
  return { key: keyOf(args), value, ttlMs: ttlOf(args), condition: conditionOf(args), request };
}

function conditionOf(args: PayloadRecord): PutCondition {
  const absent = flagOf(args, "only_if_absent", false);
  const version = args.if_version ?? null;
  if (version === null) return { kind: absent ? "absent" : "any" };
  if (absent) throw invalid("only_if_absent and if_version cannot be given together");
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1)
    throw invalid(`if_version must be the version of an entry, not ${quoted(version)}`);
  return { kind: "version", version };
}

function refuseUnknown(operation: StoreRequest["operation"], args: PayloadRecord): void {
  const known = argumentsOf[operation];
  for (const name in args) {
    if (known.includes(name)) continue;
    const allowed = known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`;
    throw invalid(`unknown option "${name}" of ${operation}; ${allowed}`);
  }
}

function keyOf(args: PayloadRecord): string {
  const { key = null } = args;
  if (typeof key !== "string" || key === "") throw invalid(`key must be text that is not empty, not ${quoted(key)}`);
  const bytes = utf8Length(key);
  if (bytes > maxKeyBytes) throw invalid(`key must be at most ${maxKeyBytes} bytes long, not ${bytes}`);
  return key;
}

function textOf(args: PayloadRecord, name: string): string {
  const text = args[name] ?? "";
  if (typeof text !== "string") throw invalid(`${name} must be text, not ${quoted(text)}`);
  return text;
}

function limitOf(args: PayloadRecord): number {
  const limit = args.limit ?? defaultLimit;
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit;
  throw invalid(`limit must be a whole number from 1 to ${maxLimit}, not ${quoted(limit)}`);
}

function ttlOf(args: PayloadRecord): number | undefined {
  const ttl = args.ttl ?? 0;
  if (typeof ttl !== "number" || !(ttl >= 0) || ttl > maxTtlSeconds)
    throw invalid(`ttl must be a number of seconds from 0 (for ever) to ${maxTtlSeconds}, not ${quoted(ttl)}`);
  return ttl === 0 ? undefined : Math.ceil(ttl * 1000);
}

function flagOf(args: PayloadRecord, name: string, otherwise: boolean): boolean {
  const flag = args[name] ?? otherwise;
  if (typeof flag !== "boolean") throw invalid(`${name} must be true or false, not ${quoted(flag)}`);
  return flag;
}

function quoted(value: Payload): string {
  if (value === null) return "nil";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
