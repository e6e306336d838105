/** Keywords that ajv gets from us: what counts the work, what Lua values need, and what ajv itself does in quadratic time. */
import type { FuncKeywordDefinition } from "ajv/dist/2020.js";
import { type Check, checkKeyword, checkOfKeys } from "./prepare.js";

/** What one validation shares with the compiled schema. */
export interface Run {
  spend(instructions: number): void;
  /** Empty tables of Lua: each is an array or an object, whichever it must be. */
  readonly empty: Set<unknown>;
}

/** Where a value is. */
interface Place {
  readonly parentData: Record<string | number, unknown>;
  readonly parentDataProperty: string | number;
}

/** A check of one value; `errors` is what ajv looks at when it said no. */
interface Validate {
  (data: unknown, place?: Place): boolean;
  errors?: { keyword: string; message: string; params: object }[];
}

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** A keyword of ours: which values it is for, and the check of each. */
interface Rule {
  readonly keyword: string;
  readonly type?: "string" | "array";
  compile(content: unknown, run: Run): (value: never) => boolean;
  message(content: unknown): string;
}

const rules: readonly Rule[] = [
  {
    keyword: "enum",
    compile(values, run) {
      const texts = new Set((values as readonly unknown[]).map((value) => canonical(value, run)));
      return (value: unknown) => texts.has(canonical(value, run));
    },
    message: () => "must be one of the allowed values",
  },
  {
    keyword: "const",
    compile(wanted, run) {
      const text = canonical(wanted, run);
      return (value: unknown) => canonical(value, run) === text;
    },
    message: () => "must be the one allowed value",
  },
  {
    keyword: "minLength",
    type: "string",
    compile: (least, run) => (value: string) => characters(value, run) >= (least as number),
    message: (least) => `must have at least ${least} characters`,
  },
  {
    keyword: "maxLength",
    type: "string",
    compile: (most, run) => (value: string) => characters(value, run) <= (most as number),
    message: (most) => `must have at most ${most} characters`,
  },
  {
    keyword: "uniqueItems",
    type: "array",
    compile: (isWanted, run) => (items: readonly unknown[]) =>
      isWanted !== true || new Set(items.map((item) => canonical(item, run))).size === items.length,
    message: () => "must not have two equal items",
  },
];

/** In this order they come before all keywords of ajv, which must not have those of the same names. */
export function keywordsOf(run: Run): FuncKeywordDefinition[] {
  return [
    { keyword: checkKeyword, modifying: true, errors: true, compile: (check: Check) => lookAt(check, run) },
    { keyword: checkOfKeys, errors: true, compile: (check: Check) => lookAt(check, run) },
    ...rules.map(({ keyword, type, compile, message }) => ({
      keyword,
      ...(type === undefined ? {} : { type }),
      errors: true,
      compile: (content: unknown): Validate => {
        const holds = compile(content, run) as (value: unknown) => boolean;
        const validate: Validate = (value) => holds(value);
        return failing(validate, { keyword, message: message(content), params: {} });
      },
    })),
  ] as FuncKeywordDefinition[];
}

/** Where each schema begins with a value: the work is counted, an empty table becomes what is wanted, and the type is checked. */
function lookAt({ cost, walksKeys, types: wanted }: Check, run: Run): Validate {
  const validate: Validate = (value, place) => {
    run.spend(cost + (walksKeys && types.object!(value) ? Object.keys(value as object).length : 0));
    if (wanted === undefined || wanted.some((type) => types[type]!(value))) return true;
    if (!run.empty.has(value) || place === undefined) return false;
    const other = wanted.includes("object") ? {} : wanted.includes("array") ? [] : undefined;
    if (other === undefined) return false;
    run.empty.add(other);
    place.parentData[place.parentDataProperty] = other;
    return true;
  };
  return failing(validate, { keyword: "type", message: `must be ${(wanted ?? []).join(" or ")}`, params: {} });
}

/** ajv clears `errors` before each call, and reads it after one that said no. */
function failing(holds: Validate, error: { keyword: string; message: string; params: object }): Validate {
  const validate: Validate = (value, place) => {
    const isRight = holds(value, place);
    if (!isRight) validate.errors = [{ ...error }];
    return isRight;
  };
  return validate;
}

function characters(text: string, run: Run): number {
  run.spend(text.length / 16);
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/** Equal texts for equal values, whatever the order of their keys. */
function canonical(value: unknown, run: Run): string {
  if (typeof value === "string") run.spend(1 + value.length / 16);
  else run.spend(1);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, run)).join(",")}]`;
  const keys = Object.keys(value).sort();
  const entries = keys.map(
    (key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key], run)}`,
  );
  return `{${entries.join(",")}}`;
}
