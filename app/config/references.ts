/** Which fields name other entries, of which kinds; makes each a full id. Knows nothing of the other fields. */

import { type AllDrafts, type Draft, isRecord, problemAt } from "./drafts.js";
import type { Report } from "./errors.js";
import { type Kind, kindNames } from "./kinds.js";
import { didYouMean, limitFor } from "./nearest.js";
import { type Path, pathText } from "./yaml.js";

interface ReferenceField {
  /** `*` stands for each item of a list or map, `children` for that of each child of a tree, at any depth. */
  readonly path: readonly string[];
  /** Kinds the target may have; undefined: any. */
  readonly kinds: readonly Kind[] | undefined;
  /** Whether the target must be started before this entry. */
  readonly startsFirst: boolean;
  /** The target must keep its processes: a process.host only counts with a journal. */
  readonly durable: boolean;
}

function field(path: string, kinds: readonly Kind[] | undefined, startsFirst = true): ReferenceField {
  return { path: path.split("."), kinds, startsFirst, durable: false };
}

function durableHost(path: string): ReferenceField {
  return { ...field(path, ["temporal.worker", "process.host"]), durable: true };
}

const storages = kindNames.filter((kind) => kind.startsWith("env.storage."));
const imports = field("imports.*", ["library.lua"], false);
const activityWorker = durableHost("meta.temporal.activity.worker");
const anyLifecycle = [field("lifecycle.requires.*", undefined), field("lifecycle.depends_on.*", undefined)];

const defaultHosts = ["meta.default_host", "meta.options.default_host"];

const fieldsOfKind: Readonly<Partial<Record<string, readonly ReferenceField[]>>> = {
  "function.lua": [imports, activityWorker],
  "process.lua": [imports, activityWorker, ...defaultHosts.map((path) => field(path, ["process.host"]))],
  "workflow.lua": [imports, ...["meta.temporal.workflow.worker", ...defaultHosts].map(durableHost)],
  "library.lua": [imports],
  "process.host": anyLifecycle,
  "process.service": [field("process", ["process.lua"]), field("host", ["process.host"]), ...anyLifecycle],
  "process.supervisor": [
    field("host", ["process.host"]),
    field("children.process", ["process.lua", "workflow.lua"]),
    field("children.host", ["process.host", "temporal.worker"]),
    ...anyLifecycle,
  ],
  "temporal.client": anyLifecycle,
  "temporal.worker": [field("client", ["temporal.client"]), ...anyLifecycle],
  "http.service": anyLifecycle,
  "http.router": [field("meta.server", ["http.service"])],
  "http.endpoint": [field("meta.router", ["http.router"]), field("func", ["function.lua"])],
  "env.variable": [field("storage", storages)],
  "env.storage.router": [field("storages.*", storages)],
  "store.memory": anyLifecycle,
  "store.lmdb": anyLifecycle,
  "store.redis": anyLifecycle,
};

/**
 * Replace every reference of the draft by the full id of its target, in place.
 *
 * Returns the ids that must be started first, each once. A field whose value is no text is left to the schema.
 * While `all` is not complete, a target that is not in it may well exist, so its absence is no problem.
 */
export function resolveReferences(draft: Draft, all: AllDrafts, report: Report): string[] {
  const first = new Set<string>();
  for (const reference of fieldsOfKind[draft.kind] ?? []) {
    for (const { path, holder, key } of occurrences(draft.value, reference.path, [])) {
      const text = (holder as Record<string | number, unknown>)[key];
      if (typeof text !== "string" || text === "") continue;
      const id = text.includes(":") ? text : `${draft.namespace}:${text}`;
      const fault = faultOf(id, reference, all);
      if (fault !== undefined) {
        report.problems.push(problemAt(draft, path, `"${pathText(path)}" names ${fault}`));
        continue;
      }
      (holder as Record<string | number, unknown>)[key] = id;
      if (reference.startsFirst) first.add(id);
    }
  }
  return [...first];
}

/** What a missing reference should have been, for the schema's message; undefined when the path is no reference. */
export function referenceHint(kind: string, path: Path): string | undefined {
  const found = fieldsOfKind[kind]?.find(
    (reference) =>
      reference.path.length === path.length &&
      reference.path.every((step, index) => step === "*" || step === String(path[index])),
  );
  return found === undefined ? undefined : `the id of ${wantedBy(found)}`;
}

function faultOf(id: string, reference: ReferenceField, all: AllDrafts): string | undefined {
  const target = all.byId.get(id);
  if (target === undefined && !all.complete) return undefined;
  const wanted = `it must be the id of ${wantedBy(reference)}`;
  if (target === undefined) {
    const fitting = [...all.byId.values()].filter((draft) => fits(draft, reference)).map((draft) => draft.id);
    const bare = id.slice(id.indexOf(":") + 1);
    const sameName = fitting.filter((other) => other.slice(other.indexOf(":") + 1) === bare);
    const hint = didYouMean(id, sameName, id.length) || didYouMean(id, fitting, limitFor(bare));
    return `${id}, which does not exist; ${wanted}${hint}`;
  }
  if (fits(target, reference)) return undefined;
  const inMemory = reference.durable && target.kind === "process.host" ? " that keeps its processes in memory" : "";
  return `${id}, which is a ${target.kind}${inMemory}; ${wanted}`;
}

function fits({ kind, value }: Draft, { kinds, durable }: ReferenceField): boolean {
  if (durable && kind === "process.host" && (value.journal ?? null) === null) return false;
  return kinds === undefined || (kinds as readonly string[]).includes(kind);
}

function wantedBy({ kinds, durable }: ReferenceField): string {
  if (kinds === undefined) return "an entry";
  if (durable) return "a temporal.worker, or of a process.host with a journal";
  if (kinds.length > 1) return `one of ${kinds.join(", ")}`;
  return `${kinds[0]!.startsWith("http") ? "an" : "a"} ${kinds[0]}`;
}

interface Occurrence {
  readonly path: Path;
  readonly holder: object;
  readonly key: string | number;
}

function occurrences(value: unknown, steps: readonly string[], path: Path): Occurrence[] {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== "object" || value === null) return [];
  if (step === "children") return childOccurrences(value, rest, path);
  const keys: (string | number)[] =
    step !== "*" ? [step] : Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key): Occurrence[] => {
    if (!Array.isArray(value) && !(isRecord(value) && Object.hasOwn(value, key))) return [];
    const here = [...path, key];
    if (rest.length === 0) return [{ path: here, holder: value, key }];
    return occurrences((value as Record<string | number, unknown>)[key], rest, here);
  });
}

function childOccurrences(value: object, steps: readonly string[], path: Path): Occurrence[] {
  const { children } = value as { children?: unknown };
  if (!Array.isArray(children)) return [];
  return children.flatMap((child: unknown, index) => {
    const here = [...path, "children", index];
    return isRecord(child) ? [...occurrences(child, steps, here), ...childOccurrences(child, steps, here)] : [];
  });
}
