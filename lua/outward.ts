/** The copy of one Lua value out of its process, as a payload: what may leave, and how much. Everything around it is in value.ts. */

import {
  base64,
  bytesPayload,
  errorPayload,
  escapePlain,
  type Failure,
  failure,
  maxPayloadBytes,
  maxPayloadDepth,
  numberPayload,
  type Payload,
  payloadTooLarge,
  timePayload,
} from "../mailbox/index.js";
import type { LuaTable, LuaUserdata, LuaValue } from "./fengari.js";
import type { Shared } from "./owner.js";
import { formatTime } from "./timestamp.js";

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
  /** The same value as a text or bytes, when a program has asked for that. */
  readonly encoded: { readonly format: string; readonly content: string | Uint8Array } | undefined;
  /** Its userdata. */
  handle: unknown = undefined;

  constructor(payload: Payload, encoded?: HeldPayload["encoded"]) {
    this.payload = payload;
    this.encoded = encoded;
  }
}

/** Keys of the way from the root to the value at work; text is made of it only for a refusal. */
type Path = (string | number)[];

/**
 * What has been copied so far, by a rough count that is never above that of `checkPayloadSize`: a few tables that refer to each
 * other many times stand for more than any memory holds, so they are refused while they are copied.
 */
export interface Load {
  readonly what: string;
  bytes: number;
}

export class Outward {
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
