/** Lua values <-> payloads: the one deep copy for everything that enters or leaves a process. Wrapping errors is in modules/errors. */

import type { PayloadRecord } from "../actors/index.js";
import {
  base64,
  bytesPayload,
  checkPayloadSize,
  errorPayload,
  escapePlain,
  type Failure,
  failure,
  fromBase64,
  maxPayloadBytes,
  maxPayloadDepth,
  numberPayload,
  type Payload,
  parseFailure,
  payloadTag,
  payloadTooLarge,
  timePayload,
} from "../mailbox/index.js";
import type { Call, LuaTable, LuaUserdata, LuaValue, Pushable } from "./fengari.js";
import type { LuaProcess, Shared } from "./owner.js";
import { formatTime, parseTime } from "./timestamp.js";

/** A value that may not leave a process. `failure` is INVALID and names the path. */
export class PayloadProblem extends Error {
  readonly failure: Failure;

  constructor(error: Failure) {
    super(error.message);
    this.failure = error;
  }
}

/** A payload in Lua's hands that has not been turned into Lua values: the object behind the userdata `payload`. */
export class HeldPayload {
  readonly payload: Payload;

  constructor(payload: Payload) {
    this.payload = payload;
  }
}

/** Keys of the way from the root to the value at work; text is made of it only for a refusal. */
type Path = (string | number)[];

export function toPayload(shared: Shared, value: Pushable, root = "value"): Payload {
  return new Outward(shared, root).convert(plain(shared, value));
}

/** A ref as a value; other values as they are. */
function plain(shared: Shared, value: Pushable): LuaValue {
  return shared.engine.value(shared.engine.ref(value));
}

/**
 * What has been copied so far, by a rough count that is never above that of `checkPayloadSize`: a few tables that refer to each
 * other many times stand for more than any memory holds, so they are refused while they are copied.
 */
interface Load {
  readonly what: string;
  bytes: number;
}

class Outward {
  private readonly path: Path = [];
  private readonly above: LuaTable[] = [];
  private readonly shared: Shared;
  private readonly root: string;
  private readonly load: Load;

  constructor(shared: Shared, root: string, load: Load = { what: root, bytes: 0 }) {
    this.shared = shared;
    this.root = root;
    this.load = load;
  }

  convert(value: LuaValue): Payload {
    this.weigh(typeof value === "string" || value instanceof Uint8Array ? value.length + 2 : 2);
    if (value === undefined) return null;
    if (typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return numberPayload(value);
    if (value instanceof Uint8Array) return bytesPayload(base64(value));
    switch (value.kind) {
      case "table":
        return this.table(value);
      case "userdata":
        return this.userdata(value);
      case "function":
        return this.refuse("is a function, which cannot leave a process");
      case "thread":
        return this.refuse("is a coroutine, which cannot leave a process");
    }
  }

  private weigh(bytes: number): void {
    this.load.bytes += bytes;
    if (this.load.bytes > maxPayloadBytes) throw new PayloadProblem(payloadTooLarge(this.load.what));
  }

  private userdata(value: LuaUserdata): Payload {
    const error = this.shared.errorOf(value);
    if (error !== undefined) return errorPayload(error);
    const time = this.shared.types.time.unwrap(value);
    if (time !== undefined) return timePayload(formatTime(time));
    if (value.object instanceof HeldPayload) return value.object.payload;
    return this.refuse(`is a ${value.typeName}, which cannot leave a process`);
  }

  private table(table: LuaTable): Payload {
    if (this.above.includes(table)) this.refuse("refers back to itself; a payload may not contain a cycle");
    if (this.above.length >= maxPayloadDepth) this.refuse(`is nested deeper than ${maxPayloadDepth} levels`);
    this.above.push(table);
    const { size } = table;
    const result = size === table.length ? this.array(table, size) : this.record(table);
    this.above.pop();
    return result;
  }

  /** A border that equals the number of entries nearly always means that the keys are 1..n; a hole proves that they are not. */
  private array(table: LuaTable, size: number): Payload {
    const items: Payload[] = new Array(size);
    for (let i = 1; i <= size; i++) {
      const item = table.get(i);
      if (item === undefined) return this.record(table);
      this.path.push(i);
      items[i - 1] = this.convert(item);
      this.path.pop();
    }
    return items;
  }

  private record(table: LuaTable): Payload {
    const record: Record<string, Payload> = {};
    for (const [key, item] of table.entries()) {
      const name = typeof key === "string" ? key : this.keyText(key);
      this.path.push(name);
      this.weigh(name.length);
      if (Object.hasOwn(record, name)) this.refuse("is there twice, as text keys and other keys become the same");
      setOwn(record, name, this.convert(item));
      this.path.pop();
    }
    return escapePlain(record);
  }

  private keyText(key: LuaValue): string {
    if (typeof key === "number" || typeof key === "boolean") return this.shared.engine.text(key);
    if (key instanceof Uint8Array) return this.refuse("has a key that is not valid UTF-8");
    return this.refuse(`has a ${this.shared.engine.typeOf(key)} as a key; keys must be strings, numbers or booleans`);
  }

  private refuse(what: string): never {
    throw new PayloadProblem(failure("INVALID", `${this.root}${pathText(this.path)} ${what}`, { retryable: false }));
  }
}

/** An assignment to a key named `__proto__` would set the prototype. */
export function setOwn(record: Record<string, Payload>, name: string, value: Payload): void {
  if (name !== "__proto__") record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
}

function pathText(path: Path): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  }
  return text;
}

export function fromPayload(shared: Shared, payload: Payload): Pushable {
  if (payload === null) return undefined;
  if (typeof payload !== "object") return payload;
  if (Array.isArray(payload)) return arrayTable(shared, payload as readonly Payload[]);
  const record = payload as PayloadRecord;
  const tag = payloadTag(record);
  const held = tag === undefined ? undefined : tagged(shared, tag, record[tag]!);
  return held === undefined ? recordTable(shared, record) : held.value;
}

/** Undefined when what the tag holds is not what it says: then it is plain data that came from outside. */
function tagged(shared: Shared, tag: string, content: Payload): { value: Pushable } | undefined {
  switch (tag) {
    case "$bytes": {
      const bytes = typeof content === "string" ? fromBase64(content) : undefined;
      return bytes && { value: bytes };
    }
    case "$time": {
      const time = typeof content === "string" ? parseTime(content) : undefined;
      return time && { value: shared.types.time.wrap(time) };
    }
    case "$error": {
      const error = parseFailure(content);
      return error && { value: shared.pushableError(error) };
    }
    case "$number":
      return { value: Number(content) };
    default:
      if (content === null || typeof content !== "object" || Array.isArray(content)) return undefined;
      return { value: recordTable(shared, content as PayloadRecord) };
  }
}

function recordTable(shared: Shared, record: PayloadRecord): LuaTable {
  const table = shared.engine.table();
  for (const key in record) table.set(key, fromPayload(shared, record[key]!));
  return table;
}

/** Payloads as a Lua array; nulls leave holes. */
export function arrayTable(shared: Shared, items: readonly Payload[]): LuaTable {
  const table = shared.engine.table();
  for (let i = 0; i < items.length; i++) table.set(i + 1, fromPayload(shared, items[i]!));
  return table;
}

/** The string keys of a table, as for context and options; other keys are left out. `what` names it in a refusal. */
export function recordOf(
  shared: Shared,
  table: LuaTable,
  what: string,
): { record: PayloadRecord } | { error: Failure } {
  const record: Record<string, Payload> = {};
  const load: Load = { what, bytes: 0 };
  try {
    for (const [key, item] of table.entries()) {
      if (typeof key === "string") setOwn(record, key, new Outward(shared, `${what}.${key}`, load).convert(item));
    }
  } catch (problem) {
    return { error: refusalOf(problem) };
  }
  const error = checkPayloadSize([record], what);
  return error === undefined ? { record } : { error };
}

/**
 * The arguments of a call from `first` to `last` as payloads, explicit nils included. A Failure (INVALID) names the argument and the path,
 * or the size limit.
 */
export function argumentPayloads(
  call: Call<LuaProcess>,
  first: number,
  last = call.count,
): readonly Payload[] | Failure {
  const { shared } = call.owner;
  const payloads: Payload[] = [];
  const load: Load = { what: "the argument list", bytes: 0 };
  try {
    for (let n = first; n <= Math.min(last, call.count); n++) {
      payloads.push(new Outward(shared, `argument ${n}: value`, load).convert(call.get(n)));
    }
  } catch (problem) {
    return refusalOf(problem);
  }
  return checkPayloadSize(payloads, load.what) ?? payloads;
}

/** One value that leaves the process, with the size limit; `what` names it in a refusal. */
export function payloadOf(shared: Shared, value: Pushable, what: string): { payload: Payload } | { error: Failure } {
  try {
    const payload = toPayload(shared, value, what);
    const error = checkPayloadSize([payload], what);
    return error === undefined ? { payload } : { error };
  } catch (problem) {
    return { error: refusalOf(problem) };
  }
}

/** What was refused; any other exception goes on. */
function refusalOf(problem: unknown): Failure {
  if (problem instanceof PayloadProblem) return problem.failure;
  throw problem;
}
