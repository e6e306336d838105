/** The values of env.variable entries while an app is loaded, read through its env.storage entries. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Report, systemReason } from "./errors.js";
import type { Entry, EntryOf, EnvVariableEntry } from "./kinds.js";
import { nearest } from "./nearest.js";

export type EnvironmentValues = Readonly<Record<string, string | undefined>>;

export type LookUp =
  | { readonly kind: "found"; readonly value: string }
  | { readonly kind: "unset"; readonly id: string }
  | { readonly kind: "unknown"; readonly near: readonly string[] }
  /** Not found, but the environment entries have mistakes of their own, which come first. */
  | { readonly kind: "unread" };

export interface Environment {
  /** By public name, entry id, or entry name inside `namespace`. */
  lookUp(name: string, namespace: string): LookUp;
}

type FileStorage = EntryOf<"env.storage.file">;

/** `entries` are the checked env.* entries; `complete`: none was left out for its mistakes; `system` is what env.storage.os reads. */
export async function openEnvironment(
  entries: ReadonlyMap<string, Entry>,
  root: string,
  system: EnvironmentValues,
  complete: boolean,
  report: Report,
): Promise<Environment> {
  const files = new Map<string, EnvironmentValues>();
  const variables = new Map<string, EnvVariableEntry>();
  for (const entry of entries.values()) {
    if (entry.kind === "env.storage.file") files.set(entry.id, await readStorage(entry, root, report));
    if (entry.kind === "env.variable") addVariable(entry, variables, report);
  }
  const read = (storageId: string, key: string, seen: ReadonlySet<string>): string | undefined => {
    const storage = entries.get(storageId);
    if (storage === undefined || seen.has(storageId)) return undefined;
    switch (storage.kind) {
      case "env.storage.os":
        return own(system, key);
      case "env.storage.static":
        return own(storage.values, key);
      case "env.storage.file":
        return own(files.get(storageId) ?? {}, key);
      case "env.storage.router": {
        const next = new Set([...seen, storageId]);
        for (const inner of storage.storages) {
          const value = read(inner, key, next);
          if (value !== undefined) return value;
        }
        return undefined;
      }
      default:
        return undefined;
    }
  };
  return {
    lookUp(name, namespace) {
      const found = variables.get(name) ?? entries.get(name.includes(":") ? name : `${namespace}:${name}`);
      if (found?.kind !== "env.variable" && !complete) return { kind: "unread" };
      if (found?.kind !== "env.variable") return { kind: "unknown", near: nearest(name, variables.keys()) };
      const value = read(found.storage, found.variable ?? found.name, new Set()) ?? found.default;
      return value === undefined ? { kind: "unset", id: found.id } : { kind: "found", value };
    },
  };
}

function addVariable(entry: EnvVariableEntry, variables: Map<string, EnvVariableEntry>, report: Report): void {
  if (entry.variable === undefined) return;
  const other = variables.get(entry.variable);
  if (other === undefined) {
    variables.set(entry.variable, entry);
    return;
  }
  const message = `${entry.id}: the public name ${entry.variable} is already taken by ${other.id}; a name must be unique in the app`;
  report.problems.push({ ...entry.position, message });
}

function own(values: EnvironmentValues, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

async function readStorage(entry: FileStorage, root: string, report: Report): Promise<EnvironmentValues> {
  try {
    return parseLines(await readFile(resolve(root, entry.filePath), "utf8"));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing && entry.autoCreate) return {};
    const advice = missing
      ? "create the file or set auto_create: true"
      : "it must be a readable file of NAME=value lines";
    const message = `${entry.id}: cannot read ${entry.filePath}: ${systemReason(error)}; ${advice}`;
    report.problems.push({ ...entry.position, message });
    return {};
  }
}

/** Lines `NAME=value`; `#` starts a comment line; one pair of quotes around a value is removed. */
function parseLines(text: string): EnvironmentValues {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match !== null) values[match[1]!] = match[2]!.replace(/^(["'])(.*)\1$/, "$2");
  }
  return values;
}
