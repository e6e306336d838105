/** `--override ns:name=YAML` and `--override ns:name:field=value`: entries as if their files said something else. Checks no field. */

import { parseDocument } from "yaml";
import { type Draft, isRecord } from "./drafts.js";
import type { Report } from "./errors.js";
import { didYouMean } from "./nearest.js";
import type { Path, Position, YamlFile } from "./yaml.js";

const form = /^([^\s:=]+:[^\s:=]+)(?::([^\s:=]+))?=(.*)$/s;

/**
 * Each text replaces the fields of one entry (its name stays; kind and meta stay unless given), or sets one of its fields, where dots
 * lead into maps; an empty value removes the field. Applied in order. What is wrong with them has the option as its place.
 */
export function applyOverrides(
  drafts: readonly Draft[],
  complete: boolean,
  texts: readonly string[],
  report: Report,
): Draft[] {
  const result = [...drafts];
  for (const text of texts) {
    const [, id, field, yaml = ""] = form.exec(text) ?? [];
    const place = placeOf(id === undefined ? text : field === undefined ? id : `${id}:${field}`);
    const fail = (message: string) => report.problems.push({ ...place, message });
    if (id === undefined) {
      fail("write ns:name={field: value, ...} or ns:name:field=value, with a YAML value");
      continue;
    }
    const index = result.findIndex((draft) => draft.id === id);
    const draft = result[index];
    if (draft === undefined) {
      const ids = result.map((other) => other.id);
      // An entry that could not be read may be the one that is meant.
      if (complete) fail(`there is no entry ${id}${didYouMean(id, ids)}`);
      continue;
    }
    const made = override(draft, field, yaml, place);
    if (typeof made === "string") fail(made);
    else result[index] = made;
  }
  return result;
}

const kindMessage = "kind must be text such as process.host";

function kindIsGood(kind: unknown): kind is string {
  return typeof kind === "string" && kind !== "";
}

function placeOf(what: string): Position {
  return { file: `--override ${what}`, line: 0, column: 0 };
}

/** The new draft, or what is wrong. */
function override(draft: Draft, field: string | undefined, yaml: string, place: Position): Draft | string {
  const document = parseDocument(yaml, { prettyErrors: false, merge: true });
  const [error] = document.errors;
  if (error !== undefined) return `YAML syntax: ${error.message}`;
  const given: unknown = document.toJS() ?? null;
  if (field !== undefined) return withField(draft, field.split("."), given, place);
  if (!isRecord(given)) return "the new fields must be a YAML map such as {kind: process.host}";
  const { name, ...fields } = given;
  if (!kindIsGood(fields.kind ?? draft.kind)) return kindMessage;
  if (name !== undefined && name !== draft.name) return `the name of an entry cannot be changed; remove "name"`;
  const { meta } = draft.value;
  const value = {
    ...("meta" in draft.value ? { meta } : {}),
    ...fields,
    name: draft.name,
    kind: fields.kind ?? draft.kind,
  };
  const covers = ([first]: Path) => first !== "name" && (first !== "meta" || "meta" in fields);
  return withValue(draft, value, covers, place);
}

function withField(draft: Draft, path: readonly string[], given: unknown, place: Position): Draft | string {
  if (path[0] === "name") return "the name of an entry cannot be changed";
  if (path[0] === "kind" && !kindIsGood(given)) return kindMessage;
  const value = setIn(draft.value, path, given);
  if (value === undefined) return `"${path.slice(0, -1).join(".")}" is not a map in which a field could be set`;
  return withValue(draft, value, (inner) => path.every((step, index) => inner[index] === step), place);
}

/** A copy in which `path` has the value; undefined when something on the way is not a map. */
function setIn(
  holder: Record<string, unknown>,
  [step = "", ...rest]: readonly string[],
  given: unknown,
): Record<string, unknown> | undefined {
  if (rest.length === 0) return { ...holder, [step]: given };
  const next = (Object.hasOwn(holder, step) ? holder[step] : null) ?? {};
  const made = isRecord(next) ? setIn(next, rest, given) : undefined;
  return made === undefined ? undefined : { ...holder, [step]: made };
}

/** `covers`: whether what stands at a path inside the entry comes from the option. */
function withValue(draft: Draft, value: Record<string, unknown>, covers: (path: Path) => boolean, place: Position) {
  const inside = (path: Path): Path => path.slice(draft.path.length);
  const file: YamlFile = {
    ...draft.file,
    position: (path, part) => (covers(inside(path)) ? place : draft.file.position(path, part)),
    linesBefore: (path) => (covers(inside(path)) ? 0 : draft.file.linesBefore(path)),
  };
  return { ...draft, file, value, kind: String(value.kind) };
}
