/** Rules of Lua entries that one schema cannot see: module names, what workflows may load, import cycles, hashes. */

import { createHash } from "node:crypto";
import { type Draft, isRecord, problemAt } from "./drafts.js";
import type { Report } from "./errors.js";
import { findCycles, type Graph } from "./graph.js";
import { availableModules, knownModules, moduleNamed, workflowModules } from "./modules.js";
import { didYouMean } from "./nearest.js";

/** Built into every program; `require` does not load them. */
const languageLibraries = ["coroutine", "math", "string", "table"];

/** The module names and imports as far as they have the right shape; the schema reports the rest. */
export function modulesOf(draft: Draft): string[] {
  const { modules } = draft.value;
  return Array.isArray(modules) ? [...new Set(modules.filter((name) => typeof name === "string"))] : [];
}

export function importsOf(draft: Draft): Record<string, string> {
  const { imports } = draft.value;
  if (!isRecord(imports)) return {};
  const texts = Object.entries(imports).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(texts);
}

export function checkModules(draft: Draft, drafts: ReadonlyMap<string, Draft>, report: Report): void {
  const { modules } = draft.value;
  if (!Array.isArray(modules)) return;
  const known = Object.keys(knownModules);
  for (const [index, name] of modules.entries()) {
    if (typeof name !== "string") continue;
    const module = moduleNamed(name);
    const fail = (message: string) => report.problems.push(problemAt(draft, ["modules", index], message));
    if (languageLibraries.includes(name)) fail(`${name} is always there and not a module; remove it from "modules"`);
    else if (module === undefined) {
      fail(`unknown module "${name}"${didYouMean(name, known)}; modules: ${availableModules().join(", ")}`);
    } else if (!module.available) {
      fail(`module ${name} is not available in this version; modules: ${availableModules().join(", ")}`);
    } else if (module.class === "io" && draft.kind === "workflow.lua") {
      fail(
        `a workflow cannot load ${name}, which does I/O; call a function instead. Allowed: ${workflowModules().join(", ")}`,
      );
    }
  }
  for (const alias of Object.keys(importsOf(draft))) {
    if (!modulesOf(draft).includes(alias)) continue;
    const message = `the import "${alias}" has the name of a module this entry loads; give it another alias`;
    report.problems.push(problemAt(draft, ["imports", alias], message, "key"));
  }
  if (draft.kind === "workflow.lua") checkWorkflowImports(draft, drafts, report);
}

export function checkWorkflowImports(draft: Draft, drafts: ReadonlyMap<string, Draft>, report: Report): void {
  for (const [alias, first] of Object.entries(importsOf(draft))) {
    const seen = new Set<string>([first]);
    for (const id of seen) {
      const library = drafts.get(id);
      if (library === undefined) continue;
      for (const next of Object.values(importsOf(library))) seen.add(next);
      const io = modulesOf(library).filter((name) => moduleNamed(name)?.class === "io" && moduleNamed(name)?.available);
      if (io.length === 0) continue;
      const message = `a workflow cannot import ${id}, which loads ${io.join(", ")} and so does I/O; allowed modules: ${workflowModules().join(", ")}`;
      report.problems.push(problemAt(draft, ["imports", alias], message));
    }
  }
}

/** From each Lua entry to the libraries it imports; each cycle goes to the report. */
export function importGraph(drafts: readonly Draft[], byId: ReadonlyMap<string, Draft>, report: Report): Graph {
  const graph = new Map(drafts.map((draft) => [draft.id, Object.values(importsOf(draft))]));
  for (const chain of findCycles(graph)) {
    const draft = byId.get(chain[0]!);
    if (draft === undefined) continue;
    const message = `these libraries import each other: ${chain.join(" -> ")}; move what they share to a third one`;
    report.problems.push(problemAt(draft, ["imports"], message, "key"));
  }
  return graph;
}

export interface HashInput {
  readonly kind: string;
  readonly source: string;
  readonly method: string | undefined;
  readonly modules: readonly string[];
  readonly imports: Readonly<Record<string, string>>;
}

/** SHA-256 (hex) of every entry by id; neither the order of entries nor of modules and imports matters. Imports must have no cycle. */
export function hashEntries(inputs: ReadonlyMap<string, HashInput>): Map<string, string> {
  const hashes = new Map<string, string>();
  const hashOf = (id: string): string => {
    const known = hashes.get(id);
    if (known !== undefined) return known;
    const input = inputs.get(id);
    if (input === undefined) throw new Error(`no Lua source to hash for ${id}`);
    const imports = Object.keys(input.imports)
      .sort()
      .map((alias) => [alias, hashOf(input.imports[alias]!)]);
    // JSON marks where each part ends, so that no two different entries give the same text.
    // The id and the kind belong to it: a run is pinned to a hash, and entries that share a file stay what they are.
    const text = JSON.stringify([
      id,
      input.kind,
      input.source,
      input.method ?? null,
      [...input.modules].sort(),
      imports,
    ]);
    const hash = createHash("sha256").update(text).digest("hex");
    hashes.set(id, hash);
    return hash;
  };
  for (const id of inputs.keys()) hashOf(id);
  return hashes;
}
