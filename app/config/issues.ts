/** One draft against the schema of its kind; what the schema finds becomes problems at lines and columns. */

import type { z } from "zod";
import { type Draft, isRecord, problemAt } from "./drafts.js";
import type { Problem, Report } from "./errors.js";
import { isKind, type Kind, kindNames, kindSchemas } from "./kinds.js";
import { noMailbox } from "./mailbox.js";
import { didYouMean } from "./nearest.js";
import { referenceHint } from "./references.js";
import { type Path, pathText } from "./yaml.js";

type Issue = z.core.$ZodIssue;

/** Whether the draft's kind is one of ours; if not, the report says which there are. */
export function checkKind(draft: Draft, report: Report): boolean {
  if (isKind(draft.kind)) return true;
  const message = `unknown kind "${draft.kind}"${didYouMean(draft.kind, kindNames)}; kinds: ${kindNames.join(", ")}`;
  report.problems.push(problemAt(draft, ["kind"], message));
  return false;
}

/** The checked fields of the draft, or undefined when the report has got problems. */
export function checkFields(draft: Draft, report: Report): Record<string, unknown> | undefined {
  const value = { ...draft.value };
  if (value.meta === null) delete value.meta;
  const result = kindSchemas[draft.kind as Kind].safeParse(value);
  if (result.success) return result.data;
  report.problems.push(...result.error.issues.flatMap((issue) => toProblems(draft, issue)));
  return undefined;
}

function toProblems(draft: Draft, issue: Issue): Problem[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const reason = key === "mailbox" && path.length === 0 ? noMailbox[draft.kind] : undefined;
      return problemAt(draft, [...path, key], reason ?? unknownKey(key, path, issue.message), "key");
    });
  }
  const input = valueAt(draft.value, path);
  const name = pathText(path);
  const missing = input === undefined || (input === null && issue.code !== "custom");
  if (missing && (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union")) {
    const hint = referenceHint(draft.kind, path);
    const what = hint === undefined ? expectation(issue) : `must be ${hint}`;
    return [problemAt(draft, path, `missing "${name}", which ${what}`)];
  }
  const part = issue.code === "invalid_key" ? "key" : "value";
  return [problemAt(draft, path, `"${name}" ${expectation(issue, input)}`, part)];
}

function unknownKey(key: string, path: Path, allowedList: string): string {
  const allowed = allowedList.split(", ");
  const where = path.length === 0 ? "" : ` in "${pathText(path)}"`;
  return `unknown key "${key}"${where}${didYouMean(key, allowed)}; allowed keys: ${allowedList}`;
}

/** A predicate: "must be ...". */
function expectation(issue: Issue, input?: unknown): string {
  const not = input === undefined ? "" : `, not ${show(input)}`;
  switch (issue.code) {
    case "invalid_type":
      return issue.message.startsWith("must ")
        ? issue.message
        : `must be ${typeNames[issue.expected] ?? issue.expected}${not}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}${not}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? `must be at least ${issue.minimum}${not}`
        : "must not be empty";
    case "too_big":
      return `must be at most ${issue.maximum}${not}`;
    case "invalid_key":
      return "must not have an empty key";
    case "unrecognized_keys":
    case "invalid_union":
    case "invalid_format":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a map";
  return typeof value === "string" ? `the text ${JSON.stringify(value)}` : String(value);
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}
