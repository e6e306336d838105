/** The module `store`: key-value stores. Where one keeps its items is the node's business. Specification 2.14. */
import { idProblem, type PayloadRecord, type StoreRequest } from "../../actors/index.js";
import type { Failure, Payload } from "../../mailbox/index.js";
import type { Call, MethodFunction, Pushable, Suspension, UserdataType } from "../fengari.js";
import type { LuaProcess, ModuleDefinition, Shared } from "../owner.js";
import { payloadOf, recordOf } from "../value.js";
import { absent, answer, fail, failWith, refusal, textArgument } from "./answers.js";

/** What Lua holds of a store. */
interface Store {
  readonly id: string;
  released: boolean;
}

/** What a method asks of the store, and what it makes of the answer. */
interface Asked {
  readonly operation: StoreRequest["operation"];
  readonly args: PayloadRecord;
  /** A key that must be there: without it, NOT_FOUND. */
  readonly wanted?: string;
  show(answer: Payload, shared: Shared): Pushable;
}

/**
 * `store.get(id)`: a Store, or NOT_FOUND. Its methods yield; each is one atomic operation.
 *
 * - `set(key, value, ttl?)`: true. `ttl` in seconds; without one or with 0, for ever.
 * - `get(key)`: the value, or nil and NOT_FOUND. `has(key)`: a boolean. `entry(key)`: `{key, value, version}`, or nil and NOT_FOUND.
 * - `put(key, value, {ttl, only_if_absent, if_version})`: `{key, version}`; ALREADY_EXISTS when it may not be there, CONFLICT
 *   (retryable) when it has another version.
 * - `delete(key)`: whether there was one.
 * - `list({prefix, after, limit})`: `{items, cursor, has_more}`; items are entries in the order of their keys, at most `limit` (100)
 *   and fewer when they are large; `cursor` is the last key, to be the next `after`.
 * - `info()`: `{id, driver, size, max_size}`.
 * - `release()`: true; every other method is INVALID from then on.
 *
 * A bad argument is INVALID and named, LIMIT_EXCEEDED says that the store is full, UNAVAILABLE that it cannot be reached.
 */
export const storeModule: ModuleDefinition = {
  name: "store",
  build(shared) {
    const type: UserdataType<Store> = shared.engine.userdataType<Store>("Store", { methods });
    return shared.engine.library({
      get: (call) => {
        const id = call.type(1) === "string" ? call.checkString(1) : "";
        const problem = idProblem(id, idTexts);
        if (problem !== undefined) return failWith(call, problem);
        return ask(call, id, { operation: "info", args: {}, show: () => type.wrap({ id, released: false }) });
      },
    });
  },
};

const idTexts = {
  empty: "store ID required",
  namespace: "namespace required in store ID",
  name: "name required in store ID",
};

const methods: Readonly<Record<string, MethodFunction<Store, LuaProcess>>> = {
  get: keyed((key) => ({
    operation: "get",
    args: { key },
    wanted: key,
    show: (found, shared) => shared.fromPayload(fieldsOf(found).value ?? null),
  })),
  has: keyed((key) => ({ operation: "get", args: { key, value: false }, show: (found) => found !== null })),
  entry: keyed((key) => ({
    operation: "get",
    args: { key },
    wanted: key,
    show: (found, shared) => shared.fromPayload({ ...fieldsOf(found), key }),
  })),
  set: keyed((key, call) => {
    const value = valueArgument(call);
    const ttl = payloadOf(call.owner.shared, call.get(4), "ttl");
    if ("error" in value) return value.error;
    if ("error" in ttl) return ttl.error;
    return { operation: "put", args: { key, value: value.payload, ttl: ttl.payload }, show: () => true };
  }),
  put: keyed((key, call) => {
    const value = valueArgument(call);
    const options = optionsArgument(call, 4, ["ttl", "only_if_absent", "if_version"]);
    if ("error" in value) return value.error;
    if ("error" in options) return options.error;
    const args = { ...options.record, key, value: value.payload };
    return { operation: "put", args, show: (done, shared) => shared.fromPayload({ ...fieldsOf(done), key }) };
  }),
  delete: keyed((key) => ({ operation: "delete", args: { key }, show: (there) => there === true })),
  list: open((call) => {
    const options = optionsArgument(call, 2, ["prefix", "after", "limit"]);
    if ("error" in options) return options.error;
    return { operation: "list", args: options.record, show: (page, shared) => shared.fromPayload(page) };
  }),
  info: open((_call, { id }) => ({
    operation: "info",
    args: {},
    show: (info, shared) => shared.fromPayload({ ...fieldsOf(info), id }),
  })),
  release: (call, self) => {
    self.released = true;
    call.push(true);
  },
};

/** A method of a store that has not been released. */
function open(plan: (call: Call<LuaProcess>, self: Store) => Asked | Failure): MethodFunction<Store, LuaProcess> {
  return (call, self) => {
    if (self.released) return fail(call, "INVALID", `store ${self.id} has been released`);
    const asked = plan(call, self);
    return "kind" in asked ? failWith(call, asked) : ask(call, self.id, asked);
  };
}

/** The same, with a key as its first argument. */
function keyed(plan: (key: string, call: Call<LuaProcess>) => Asked | Failure): MethodFunction<Store, LuaProcess> {
  return open((call) => {
    const key = textArgument(call, 2, "key");
    return typeof key === "string" ? plan(key, call) : key;
  });
}

function ask(call: Call<LuaProcess>, store: string, { operation, args, wanted, show }: Asked): Suspension {
  const { owner } = call;
  const { self, shared } = owner;
  return owner.suspend(call, (resumption) => {
    const tag = self.request({ kind: "store", store, operation, args, key: self.nextKey() });
    owner.onSettled(tag, (outcome) => {
      if (outcome.ok && outcome.value === null && wanted !== undefined) {
        const error = refusal("NOT_FOUND", `key ${JSON.stringify(wanted)} not found`, { store, key: wanted });
        resumption.values(undefined, shared.pushableError(error));
      } else answer(shared, resumption, outcome, (value) => show(value, shared));
    });
  });
}

function valueArgument(call: Call<LuaProcess>): { payload: Payload } | { error: Failure } {
  return payloadOf(call.owner.shared, call.get(3), "value");
}

function optionsArgument(
  call: Call<LuaProcess>,
  n: number,
  known: readonly string[],
): { record: PayloadRecord } | { error: Failure } {
  if (absent(call, n)) return { record: {} };
  if (call.type(n) !== "table") return { error: refusal("INVALID", `options must be a table, not a ${call.type(n)}`) };
  const options = recordOf(call.owner.shared, call.checkTable(n), "options");
  if ("error" in options) return options;
  const unknown = Object.keys(options.record).find((name) => !known.includes(name));
  if (unknown === undefined) return options;
  return { error: refusal("INVALID", `unknown option "${unknown}"; known are ${known.join(", ")}`) };
}

function fieldsOf(answer: Payload): PayloadRecord {
  return answer !== null && typeof answer === "object" && !Array.isArray(answer) ? (answer as PayloadRecord) : {};
}
