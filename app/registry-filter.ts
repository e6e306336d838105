/** Which entries a program asks for: filters on an entry's id, kind and metadata. */
import type { PayloadRecord } from "../actors/index.js";
import { type Failure, failure, type Payload } from "../mailbox/index.js";

/** An entry as programs see it. */
export interface RegistryEntry {
  readonly id: string;
  readonly kind: string;
  readonly meta: PayloadRecord;
  readonly data: PayloadRecord;
}

type Test = (entry: RegistryEntry) => boolean;

const fieldOf: Readonly<Record<string, (entry: RegistryEntry) => string>> = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  ns: ({ id }) => id.slice(0, id.indexOf(":")),
  namespace: ({ id }) => id.slice(0, id.indexOf(":")),
  name: ({ id }) => id.slice(id.indexOf(":") + 1),
};

const form = "use .kind, .ns, .name, .id, or meta.<path> with ^, $ or * in front for a prefix, a suffix or a part";

/**
 * Every key of the filter must fit.
 *
 * - `.kind`, `.ns`, `.name`, `.id` (also without the dot, and `namespace`): a text, in which `*` stands for any characters.
 * - `meta.a.b`: that value of the metadata. A list in it fits when it contains what is asked for, or all of it for a list.
 * - `^meta.a`, `$meta.a`, `*meta.a`: a text in the metadata that begins with, ends with, or contains this one.
 *
 * Anything else is INVALID: a key that says nothing would find too much.
 */
export function registryFilter(filter: PayloadRecord): Test | Failure {
  const tests: Test[] = [];
  for (const [key, wanted] of Object.entries(filter)) {
    const test = key.includes("meta.") ? metaTest(key, wanted) : fieldTest(key, wanted);
    if (typeof test !== "function") return test;
    tests.push(test);
  }
  return (entry) => tests.every((test) => test(entry));
}

function fieldTest(key: string, wanted: Payload): Test | Failure {
  const name = key.startsWith(".") ? key.slice(1) : key;
  const field = Object.hasOwn(fieldOf, name) ? fieldOf[name] : undefined;
  if (field === undefined) return invalid(`filter has ${JSON.stringify(key)}; ${form}`);
  if (typeof wanted !== "string") return invalid(`filter ${JSON.stringify(key)} must be text`);
  const parts = wanted.split("*");
  return (entry) => fits(field(entry), parts);
}

/** First part at the start, last part at the end, the others in order between them. */
function fits(text: string, parts: readonly string[]): boolean {
  const [first, last] = [parts[0]!, parts[parts.length - 1]!];
  if (parts.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

const parts: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  "^": (text, part) => text.startsWith(part),
  $: (text, part) => text.endsWith(part),
  "*": (text, part) => text.includes(part),
};

function metaTest(key: string, wanted: Payload): Test | Failure {
  const operator = key.slice(0, key.indexOf("meta."));
  const path = key.slice(operator.length + "meta.".length);
  if (path === "") return invalid(`filter has ${JSON.stringify(key)}; ${form}`);
  if (operator === "") return ({ meta }) => holds(valueAt(meta, path), wanted);
  const test = Object.hasOwn(parts, operator) ? parts[operator] : undefined;
  if (test === undefined) return invalid(`filter has ${JSON.stringify(key)}; ${form}`);
  if (typeof wanted !== "string") return invalid(`filter ${JSON.stringify(key)} must be text`);
  return ({ meta }) => {
    const value = valueAt(meta, path);
    return typeof value === "string" && test(value, wanted);
  };
}

/** A key may itself have dots. */
function valueAt(meta: PayloadRecord, path: string): Payload | undefined {
  if (Object.hasOwn(meta, path)) return meta[path];
  for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
    const inner = Object.hasOwn(meta, path.slice(0, dot)) ? meta[path.slice(0, dot)] : undefined;
    if (!isRecord(inner)) continue;
    const found = valueAt(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function holds(value: Payload | undefined, wanted: Payload): boolean {
  if (value === undefined) return false;
  if (!Array.isArray(value)) return equal(value, wanted);
  const items = value as readonly Payload[];
  const all = Array.isArray(wanted) ? (wanted as readonly Payload[]) : [wanted];
  return all.every((one) => items.some((item) => equal(item, one)));
}

function equal(a: Payload, b: Payload): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== others.length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal((a as PayloadRecord)[key]!, (b as PayloadRecord)[key]!));
}

function isRecord(value: Payload | undefined): value is PayloadRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(message: string): Failure {
  return failure("INVALID", message, { retryable: false });
}
