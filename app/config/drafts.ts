/** The shape of an entry file: namespace and entries, each with an id. Does not look at the fields of a kind. */

import { formatPlace, type Problem, type Report } from "./errors.js";
import { didYouMean } from "./nearest.js";
import type { Path, Position, YamlFile } from "./yaml.js";

/** One entry as written, with its identity known and its fields unchecked. */
export interface Draft {
  readonly file: YamlFile;
  /** Where the entry stands in its file. */
  readonly path: Path;
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
  readonly kind: string;
  /** All fields, `name` and `kind` included; a copy that later steps complete. */
  readonly value: Record<string, unknown>;
}

export interface AllDrafts {
  readonly byId: ReadonlyMap<string, Draft>;
  /** False when a file or entry could not be read, so that there may be more ids than these. */
  readonly complete: boolean;
}

const namespaceForm = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/;
const nameForm = /^\w[\w.\-/]*$/;
const fileKeys = ["version", "namespace", "entries"];

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A problem of an entry, placed at a field of it. */
export function problemAt(draft: Draft, path: Path, message: string, part: "key" | "value" = "value"): Problem {
  return { ...draft.file.position([...draft.path, ...path], part), message: `${draft.id}: ${message}` };
}

export function entryPosition(draft: Draft): Position {
  return draft.file.position(draft.path);
}

/** An empty file has no entries and no problem. */
export function readDrafts(file: YamlFile, report: Report): Draft[] {
  const top = file.value;
  const fail = (path: Path, message: string, part?: "key" | "value") => {
    report.problems.push({ ...file.position(path, part), message });
  };
  if (top === null) return [];
  if (!isRecord(top)) {
    fail([], "an entry file must be a map with namespace and entries");
    return [];
  }
  const namespace = readNamespace(top, fail);
  if ("version" in top && Number(top.version) !== 1) {
    fail(["version"], `version must be "1.0", not ${JSON.stringify(top.version)}`);
  }
  const single = !("entries" in top) && ("name" in top || "kind" in top);
  if (single) {
    const { version: _version, namespace: _namespace, ...fields } = top;
    return readDraft(file, [], namespace, fields, report);
  }
  for (const key of Object.keys(top)) {
    if (fileKeys.includes(key)) continue;
    const hint = didYouMean(key, fileKeys);
    const message = `unknown key "${key}"${hint}; an entry file has ${fileKeys.join(", ")}, or is one entry with name and kind`;
    fail([key], message, "key");
  }
  if (!("entries" in top)) {
    fail([], "missing entries: a list of entries, or one entry with name and kind at the top of the file");
    return [];
  }
  if (top.entries === null) return [];
  if (!Array.isArray(top.entries)) {
    fail(["entries"], "entries must be a list; start each entry with `- name:`");
    return [];
  }
  return top.entries.flatMap((entry, index) => readDraft(file, ["entries", index], namespace, entry, report));
}

function readNamespace(top: Record<string, unknown>, fail: (path: Path, message: string) => void): string | undefined {
  const { namespace } = top;
  if (typeof namespace === "string" && namespaceForm.test(namespace)) return namespace;
  if (namespace === undefined) fail([], "missing namespace: dot separated words such as app.orders");
  else
    fail(["namespace"], `namespace must be dot separated words such as app.orders, not ${JSON.stringify(namespace)}`);
  return undefined;
}

function readDraft(file: YamlFile, path: Path, namespace: string | undefined, entry: unknown, report: Report): Draft[] {
  const fail = (at: Path, message: string) => {
    report.problems.push({ ...file.position([...path, ...at]), message });
  };
  if (!isRecord(entry)) {
    fail([], "an entry must be a map with name, kind and the fields of its kind");
    return [];
  }
  const { name, kind } = entry;
  const nameIsGood = typeof name === "string" && nameForm.test(name);
  const kindIsGood = typeof kind === "string" && kind !== "";
  if (name === undefined || name === null) fail([], "missing name: the entry's id is namespace:name");
  else if (!nameIsGood) {
    fail(["name"], `name must be letters, digits and . _ - such as order_desk, not ${JSON.stringify(name)}`);
  }
  if (kind === undefined || kind === null) fail([], "missing kind, such as process.lua");
  else if (!kindIsGood) fail(["kind"], `kind must be text such as process.lua, not ${JSON.stringify(kind)}`);
  if (!nameIsGood || !kindIsGood || namespace === undefined) return [];
  return [{ file, path, namespace, name, id: `${namespace}:${name}`, kind, value: structuredClone(entry) }];
}

/** First come, first kept; each later entry of the same id is a problem that names both places. */
export function indexDrafts(drafts: readonly Draft[], report: Report): Map<string, Draft> {
  const byId = new Map<string, Draft>();
  for (const draft of drafts) {
    const first = byId.get(draft.id);
    if (first === undefined) {
      byId.set(draft.id, draft);
      continue;
    }
    const message = `the id is already taken by the entry at ${formatPlace(entryPosition(first))}; give one of them another name`;
    report.problems.push(problemAt(draft, ["name"], message));
  }
  return byId;
}
