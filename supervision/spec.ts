/** SupervisorSpec: strategy, restart limit and children of one supervisor, and what is wrong with one. */
import type { Failure, Payload } from "../mailbox/index.js";
import { type ChildSpec, readChild } from "./child.js";
import { asMap, Fields, type PayloadMap, type SpecProblem, specFailure } from "./fields.js";
import { type Strategy, strategies } from "./strategy.js";

/** JSON-shaped, as it is part of a supervisor's state. */
export interface SupervisorSpec {
  readonly strategy: Strategy;
  /** Restarts within the period that are still borne. */
  readonly intensity: number;
  readonly periodMs: number;
  /** In starting order. Of a simple_one_for_one exactly one: the template. */
  readonly children: readonly ChildSpec[];
  /** Registered name of the supervisor itself. */
  readonly name?: string;
}

const defaultIntensity = 1;
const defaultPeriodMs = 5000;

const nestedKeys = ["strategy", "intensity", "period", "children"];
/** `host` is for who starts the supervisor, and says nothing to itself. */
const specKeys = [...nestedKeys, "name", "host"];

/** Every problem of a specification, each with its path; none when it is sound. `ownHost` as in `readChild`. */
export function readSupervisor(
  value: Payload | undefined,
  ownHost: string,
): { readonly spec: SupervisorSpec; readonly problems: readonly SpecProblem[] } {
  const problems: SpecProblem[] = [];
  const map = asMap(value);
  if (map === undefined) problems.push({ path: ["spec"], message: "must be a table with strategy and children" });
  return { spec: readFields(map ?? {}, [], ownHost, problems, specKeys), problems };
}

/** The specification, or INVALID with the name of the first field that is wrong. */
export function supervisorSpec(value: Payload | undefined, ownHost: string): SupervisorSpec | Failure {
  const { spec, problems } = readSupervisor(value, ownHost);
  return specFailure(problems) ?? spec;
}

/** One child for a supervisor that runs already. */
export function childSpec(value: Payload | undefined, ownHost: string): ChildSpec | Failure {
  const problems: SpecProblem[] = [];
  const child = readChild(value ?? null, ["child"], ownHost, problems, checkNested(ownHost));
  return specFailure(problems) ?? child;
}

function readFields(
  map: PayloadMap,
  path: SpecProblem["path"],
  ownHost: string,
  problems: SpecProblem[],
  keys: readonly string[],
): SupervisorSpec {
  const fields = new Fields(map, path, problems);
  fields.only(keys);
  const strategy = fields.oneOf("strategy", strategies, "one_for_one");
  const children = fields
    .list("children")
    .map((child, i) => readChild(child, [...path, "children", i], ownHost, problems, checkNested(ownHost)));
  if (strategy === "simple_one_for_one") checkTemplate(fields, children);
  else checkUnique(fields, children);
  const name = keys === specKeys ? fields.text("name") : undefined;
  if (keys === specKeys) fields.text("host");
  return {
    strategy,
    intensity: fields.count("intensity", defaultIntensity),
    periodMs: readPeriod(fields),
    children,
    ...(name === undefined ? {} : { name }),
  };
}

function checkNested(ownHost: string) {
  return (map: PayloadMap, path: SpecProblem["path"], problems: SpecProblem[]): void => {
    readFields(map, path, ownHost, problems, nestedKeys);
  };
}

function readPeriod(fields: Fields): number {
  const period = fields.duration("period", defaultPeriodMs);
  if (period > 0) return period;
  fields.refuse("period", 'must be a duration above zero such as "5s"');
  return defaultPeriodMs;
}

function checkTemplate(fields: Fields, children: readonly ChildSpec[]): void {
  if (children.length !== 1)
    fields.refuse("children", "of a simple_one_for_one must be one child: the template of those to come");
  if (children[0]?.name === undefined) return;
  const message = "cannot be shared by the children of a simple_one_for_one; give one to each start_child";
  fields.problems.push({ path: [...fields.path, "children", 0, "name"], message });
}

function checkUnique(fields: Fields, children: readonly ChildSpec[]): void {
  for (const key of ["id", "name"] as const) {
    const seen = new Set<string>();
    children.forEach((child, i) => {
      const text = child[key];
      if (text === undefined || text === "") return;
      const message = `is taken: there is another child with ${key} "${text}"`;
      if (seen.has(text)) fields.problems.push({ path: [...fields.path, "children", i, key], message });
      seen.add(text);
    });
  }
}
