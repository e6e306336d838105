/** An app directory -> checked entries, or every mistake in it at once. Starts nothing and compiles no Lua. */

import { readFile } from "node:fs/promises";
import { advise, checkAppRules } from "./config/app-rules.js";
import { type AllDrafts, type Draft, entryPosition, indexDrafts, isRecord, readDrafts } from "./config/drafts.js";
import type { EnvironmentValues } from "./config/env-values.js";
import { openEnvironment } from "./config/environment.js";
import { ConfigError, type Problem, type Report, systemReason } from "./config/errors.js";
import { checkFields, checkKind } from "./config/issues.js";
import { type Entry, type EntryOf, isLuaKind, type Kind, type LuaCode } from "./config/kinds.js";
import { type FoundFile, locateApp } from "./config/locate.js";
import { checkModules, hashEntries, importGraph, importsOf, modulesOf } from "./config/lua-rules.js";
import { reportCycles, startOrder } from "./config/order.js";
import { applyOverrides } from "./config/overrides.js";
import { fillPlaceholders, refusePlaceholders } from "./config/placeholders.js";
import { resolveReferences } from "./config/references.js";
import { type RuntimeConfig, readRuntime } from "./config/runtime.js";
import { scriptEntries } from "./config/script.js";
import { readSource, type SourceText } from "./config/sources.js";
import { parseYaml, type YamlFile } from "./config/yaml.js";

export interface AppConfig {
  /** Absolute. File names inside entries (certificates, environment files) are relative to it. */
  readonly dir: string;
  /** By id, in file order. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** For each id, all fields as they were written: placeholders are not filled in. */
  readonly written: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** For each id, what must have started before it. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** See `startOrder`. */
  readonly order: readonly (readonly string[])[];
  readonly runtime: RuntimeConfig;
  /** What env.storage.os entries read. */
  readonly env: EnvironmentValues;
  /** What was accepted but is not done as written. */
  readonly warnings: readonly Problem[];
}

export interface LoadOptions {
  /** What env.storage.os entries read, and nothing else does; the environment of this program when left out. */
  readonly env?: EnvironmentValues;
  /** Changes of single entries, as `perdure run --override` takes them: `ns:name={...}` or `ns:name:field=value`. */
  readonly overrides?: readonly string[];
}

/** `dir` may also be a single Lua file, see config/script.ts. Throws ConfigError with every problem found. */
export async function loadApp(dir: string, options: LoadOptions = {}): Promise<AppConfig> {
  const report: Report = { problems: [], warnings: [] };
  const app = await locateApp(dir, report);
  const files = await Promise.all(app.entryFiles.map((file) => readYamlFile(file, report)));
  const runtimeFile = app.runtimeFile === undefined ? undefined : await readYamlFile(app.runtimeFile, report);
  const runtime = readRuntime(runtimeFile, report);
  if (app.script !== undefined) files.push(parseYaml(app.script, scriptEntries(app.script), report));
  const written = files.flatMap((file) => (file === undefined ? [] : readDrafts(file, report)));
  const complete = report.problems.length === 0;
  const drafts = applyOverrides(written, complete, options.overrides ?? [], report);
  if (drafts.length === 0 && report.problems.length === 0) {
    throw new ConfigError([{ file: dir, line: 0, column: 0, message: noEntries(app.entryFiles.length) }]);
  }
  const byId = indexDrafts(drafts, report);
  const all: AllDrafts = { byId, complete };
  const known = drafts.filter((draft) => byId.get(draft.id) === draft && checkKind(draft, report));
  // What is filled in or made a full id later on is put into copies.
  const raw = new Map(known.map(({ id, value }) => [id, { ...value }]));
  const env = options.env ?? process.env;
  const checked = await checkEntries(known, all, app.root, env, report);
  if (report.problems.length > 0) throw new ConfigError(report.problems);
  const { entries, dependencies } = checked;
  const order = startOrder(checked);
  return { dir: app.root, entries, written: raw, dependencies, order, runtime, env, warnings: report.warnings };
}

/** Every entry of one kind, in file order. */
export function entriesOfKind<K extends Kind>(config: Pick<AppConfig, "entries">, kind: K): readonly EntryOf<K>[] {
  return [...config.entries.values()].filter((entry): entry is EntryOf<K> => entry.kind === kind);
}

function noEntries(files: number): string {
  const found = files === 0 ? "no .yaml or .yml file" : "only empty YAML files";
  return `no entries: the directory (or its src/) has ${found}; write a _index.yaml with namespace and entries`;
}

async function readYamlFile(file: FoundFile, report: Report): Promise<YamlFile | undefined> {
  try {
    return parseYaml(file, await readFile(file.absolute, "utf8"), report);
  } catch (error) {
    report.problems.push({ file: file.shown, line: 0, column: 0, message: `cannot be read: ${systemReason(error)}` });
    return undefined;
  }
}

interface Checked {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

/** Environment entries come first: the placeholders of all others are filled from them. */
async function checkEntries(
  drafts: readonly Draft[],
  all: AllDrafts,
  root: string,
  system: EnvironmentValues,
  report: Report,
): Promise<Checked> {
  const { byId } = all;
  const dependencies = new Map<string, readonly string[]>();
  const fieldsById = new Map<string, Record<string, unknown>>();
  const check = (draft: Draft) => {
    dependencies.set(draft.id, resolveReferences(draft, all, report));
    const fields = checkFields(draft, report);
    if (fields !== undefined) fieldsById.set(draft.id, fields);
    advise(draft, report);
  };
  const [first, others] = [drafts.filter(isEnvironment), drafts.filter((draft) => !isEnvironment(draft))];
  for (const draft of first) {
    refusePlaceholders(draft, report);
    check(draft);
  }
  const complete = first.every((draft) => fieldsById.has(draft.id));
  const environment = await openEnvironment(toEntries(first, fieldsById), root, system, complete, report);
  for (const draft of others) {
    fillPlaceholders(draft, environment, report);
    check(draft);
  }
  reportCycles(dependencies, byId, report);
  const code = await checkLua(drafts, byId, root, report);
  for (const [id, lua] of code) Object.assign(fieldsById.get(id) ?? {}, lua);
  const entries = toEntries(drafts, fieldsById);
  checkAppRules(entries, byId, root, report);
  return { entries, dependencies };
}

function isEnvironment(draft: Draft): boolean {
  return draft.kind.startsWith("env.");
}

function toEntries(drafts: readonly Draft[], fieldsById: ReadonlyMap<string, object>): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const draft of drafts) {
    const fields = fieldsById.get(draft.id);
    if (fields === undefined) continue;
    const { id, namespace, name, kind } = draft;
    const meta = isRecord(draft.value.meta) ? draft.value.meta : {};
    // The fields come from the schema of this very kind, which the compiler cannot follow through the table.
    entries.set(id, { id, namespace, name, kind, meta, position: entryPosition(draft), ...fields } as Entry);
  }
  return entries;
}

/** The code of every Lua entry by id; empty when the report has problems, since a hash needs all imports to be good. */
async function checkLua(
  drafts: readonly Draft[],
  byId: ReadonlyMap<string, Draft>,
  root: string,
  report: Report,
): Promise<Map<string, LuaCode>> {
  const lua = drafts.filter((draft) => isLuaKind(draft.kind));
  const sources = new Map<string, SourceText>();
  for (const draft of lua) checkModules(draft, byId, report);
  const texts = await Promise.all(lua.map((draft) => readSource(draft, root, report)));
  for (const [index, text] of texts.entries()) if (text !== undefined) sources.set(lua[index]!.id, text);
  importGraph(lua, byId, report);
  if (report.problems.length > 0) return new Map();
  const inputs = new Map(
    lua.map((draft) => {
      const method = draft.kind === "library.lua" ? undefined : String(draft.value.method ?? "main");
      const rest = { kind: draft.kind, method, modules: modulesOf(draft), imports: importsOf(draft) };
      return [draft.id, { ...sources.get(draft.id)!, ...rest }];
    }),
  );
  const hashes = hashEntries(inputs);
  return new Map(
    [...inputs].map(
      ([id, { method: _method, kind: _kind, ...code }]) => [id, { ...code, hash: hashes.get(id)! }] as const,
    ),
  );
}

export { ConfigError, formatProblem, type Problem } from "./config/errors.js";
export { type Entry, type EntryOf, isLuaEntry, type Kind, type LuaEntry } from "./config/kinds.js";
export { type KnownModule, knownModules } from "./config/modules.js";
export { startOrder } from "./config/order.js";
