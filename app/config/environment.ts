/** The values of env.variable entries while an app is loaded, read through its env.storage entries. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type EnvironmentValues, parseValues, variableValue } from "./env-values.js";
import { type Report, systemReason } from "./errors.js";
import type { Entry, EntryOf, EnvVariableEntry } from "./kinds.js";
import { nearest } from "./nearest.js";

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
  return {
    lookUp(name, namespace) {
      const found = variables.get(name) ?? entries.get(name.includes(":") ? name : `${namespace}:${name}`);
      if (found?.kind !== "env.variable" && !complete) return { kind: "unread" };
      if (found?.kind !== "env.variable") return { kind: "unknown", near: nearest(name, variables.keys()) };
      const value = variableValue(entries, found, { system, storages: files });
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

async function readStorage(entry: FileStorage, root: string, report: Report): Promise<EnvironmentValues> {
  try {
    return parseValues(await readFile(resolve(root, entry.filePath), "utf8"));
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
