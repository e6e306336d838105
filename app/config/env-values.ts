/** What the env.storage entries hold at one moment, the value of a variable then, and the text of a file of values. */

import type { Entry, EnvVariableEntry } from "./kinds.js";

export type EnvironmentValues = Readonly<Record<string, string | undefined>>;

/** Everything that is not in the entries themselves. */
export interface EnvSnapshot {
  /** What env.storage.os reads. */
  readonly system: EnvironmentValues;
  /** By the id of an env.storage.file or env.storage.memory. */
  readonly storages: ReadonlyMap<string, EnvironmentValues>;
}

/** Undefined: it has neither a value nor a default. */
export function variableValue(
  entries: ReadonlyMap<string, Entry>,
  variable: EnvVariableEntry,
  snapshot: EnvSnapshot,
): string | undefined {
  return storedValue(entries, variable.storage, variableKey(variable), snapshot, new Set()) ?? variable.default;
}

/** Under which key its storage keeps a variable: the public name, or that of the entry. */
export function variableKey(variable: EnvVariableEntry): string {
  return variable.variable ?? variable.name;
}

function storedValue(
  entries: ReadonlyMap<string, Entry>,
  storageId: string,
  key: string,
  snapshot: EnvSnapshot,
  seen: ReadonlySet<string>,
): string | undefined {
  const storage = entries.get(storageId);
  if (storage === undefined || seen.has(storageId)) return undefined;
  switch (storage.kind) {
    case "env.storage.os":
      return own(snapshot.system, key);
    case "env.storage.static":
      return own(storage.values, key);
    case "env.storage.file":
    case "env.storage.memory":
      return own(snapshot.storages.get(storageId) ?? {}, key);
    case "env.storage.router": {
      const next = new Set([...seen, storageId]);
      for (const inner of storage.storages) {
        const value = storedValue(entries, inner, key, snapshot, next);
        if (value !== undefined) return value;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

function own(values: EnvironmentValues, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

const line = /^(\s*(?:export\s+)?([\w./-]+)\s*=\s*)(.*?)\s*$/;

/** Lines `NAME=value`; `#` starts a comment line; one pair of quotes around a value is removed. The last line of a name counts. */
export function parseValues(text: string): EnvironmentValues {
  const values = new Map<string, string>();
  for (const each of text.split(/\r?\n/)) {
    const match = line.exec(each);
    if (match !== null) values.set(match[2]!, match[3]!.replace(/^(["'])(.*)\1$/, "$2"));
  }
  return Object.fromEntries(values);
}

/** The same text with that value of a name, every other line as it was. The value has no line break. */
export function withValue(text: string, name: string, value: string): string {
  const lines = text.split("\n");
  const written = /^[\s"']|[\s"']$/.test(value) ? `"${value}"` : value;
  const names = lines.map((each) => line.exec(each.replace(/\r$/, ""))?.[2]);
  const index = names.lastIndexOf(name);
  if (index >= 0) {
    const end = lines[index]!.endsWith("\r") ? "\r" : "";
    lines[index] = `${line.exec(lines[index]!)![1]}${written}${end}`;
    return lines.join("\n");
  }
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${before}${name}=${written}\n`;
}
