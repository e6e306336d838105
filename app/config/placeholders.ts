/** `${env:NAME}`, `${env:NAME|default}`, `${NAME|default}` and the escape `$${` in the texts of an entry. */

import { parse } from "yaml";
import { type Draft, isRecord, problemAt } from "./drafts.js";
import type { Environment } from "./environment.js";
import type { Report } from "./errors.js";
import { type Path, pathText } from "./yaml.js";

const form = /\$\$\{|\$\{env:([^|}]*)(?:\|([^}]*))?\}|\$\{([A-Z][A-Z0-9_]*)(?:\|([^}]*))?\}/g;

/**
 * Fill in every placeholder of the draft, in place. `source` is left alone: Lua text is not ours to read.
 *
 * A text that is one placeholder takes the type of its default (`${env:PORT|8080}` is a number);
 * without a default, and inside a longer text, the result is text.
 */
export function fillPlaceholders(draft: Draft, environment: Environment, report: Report): void {
  const fail = (path: Path, message: string) => report.problems.push(problemAt(draft, path, message));
  for (const [key, value] of Object.entries(draft.value)) {
    if (key === "name" || key === "kind" || key === "source") continue;
    draft.value[key] = fill(value, [key], draft.namespace, environment, fail);
  }
}

/** Environment entries are what placeholders are filled from, so they cannot have any themselves. */
export function refusePlaceholders(draft: Draft, report: Report): void {
  const fail = (path: Path) => {
    const message = `"${pathText(path)}" has a placeholder; env entries are read before placeholders are filled, write the value itself`;
    report.problems.push(problemAt(draft, path, message));
  };
  const walk = (value: unknown, path: Path): void => {
    if (typeof value === "string" && value.search(form) >= 0) fail(path);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, [...path, index]);
    else if (isRecord(value)) for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
  };
  walk(draft.value, []);
}

type Fail = (path: Path, message: string) => void;

function fill(value: unknown, path: Path, namespace: string, environment: Environment, fail: Fail): unknown {
  if (typeof value === "string")
    return value.includes("${") ? fillText(value, path, namespace, environment, fail) : value;
  if (Array.isArray(value))
    return value.map((item, index) => fill(item, [...path, index], namespace, environment, fail));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key], namespace, environment, fail)]),
  );
}

function fillText(text: string, path: Path, namespace: string, environment: Environment, fail: Fail): unknown {
  const here = (message: string) => fail(path, `"${pathText(path)}" ${message}`);
  const whole = [...text.matchAll(form)];
  const [only] = whole;
  if (whole.length === 1 && only !== undefined && only[0] === text && text !== "$${") {
    const given = valueFor(only, namespace, environment, here);
    const fallback = only[2] ?? only[4];
    return fallback === undefined ? given : typedLike(fallback, given, here);
  }
  return text.replace(form, (...match) => {
    const groups = match.slice(0, 5) as string[];
    return groups[0] === "$${" ? "${" : valueFor(groups, namespace, environment, here);
  });
}

function valueFor(
  match: readonly (string | undefined)[],
  namespace: string,
  environment: Environment,
  fail: (message: string) => void,
): string {
  const [all = "", envName, envDefault, bareName, bareDefault] = match;
  const name = envName ?? bareName ?? "";
  const fallback = envDefault ?? bareDefault;
  if (bareName !== undefined && fallback === undefined) {
    fail(`has ${all}; write \${env:${name}}, \${${name}|default}, or $\${${name}} for the text itself`);
    return all;
  }
  const found = environment.lookUp(name, namespace);
  if (found.kind === "found") return found.value;
  if (fallback !== undefined) return fallback;
  if (found.kind === "unread") return all;
  const give = `give it a default: \${env:${name}|default}`;
  if (found.kind === "unset") fail(`has ${all}; the variable ${found.id} is not set; set it or ${give}`);
  else {
    const near = found.near.length === 0 ? "" : ` (did you mean ${found.near.join(" or ")}?)`;
    fail(`has ${all}; no env.variable entry has that public name or id${near}; add one or ${give}`);
  }
  return all;
}

function typedLike(fallback: string, given: string, fail: (message: string) => void): unknown {
  const wanted = scalarOf(fallback);
  if (typeof wanted !== "number" && typeof wanted !== "boolean") return given;
  const value = scalarOf(given);
  if (typeof value === typeof wanted) return value;
  fail(
    `must be ${typeof wanted === "number" ? "a number" : "true or false"} like its default ${fallback}, not "${given}"`,
  );
  return wanted;
}

/** A YAML scalar; text that is anything else stays text. */
function scalarOf(text: string): unknown {
  return /^[\w.+-]+$/.test(text) ? parse(text) : text;
}
