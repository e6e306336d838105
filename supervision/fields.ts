/** Reads the fields of a specification, and notes what is wrong with each under its path. What the fields are is in child.ts and spec.ts. */
import { durationMs, type Failure, failure, type Payload, payloadTag } from "../mailbox/index.js";

type Path = readonly (string | number)[];

/** `message` reads on from the name of the field. Indices in `path` count from 0. */
export interface SpecProblem {
  readonly path: Path;
  readonly message: string;
  /** Of a key that nobody knows: those that are known. */
  readonly allowed?: readonly string[];
}

export type PayloadMap = { readonly [key: string]: Payload };

export class Fields {
  readonly path: Path;
  readonly problems: SpecProblem[];
  private readonly values: PayloadMap;

  constructor(values: PayloadMap, path: Path, problems: SpecProblem[]) {
    this.values = values;
    this.path = path;
    this.problems = problems;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Null counts as not given, as an empty value of YAML is. */
  get(key: string): Payload | undefined {
    return Object.hasOwn(this.values, key) ? (this.values[key] ?? undefined) : undefined;
  }

  refuse(key: string, message: string): undefined {
    this.problems.push({ path: [...this.path, key], message });
    return undefined;
  }

  /** Note every key that is not one of these. */
  only(allowed: readonly string[]): void {
    for (const key of Object.keys(this.values)) {
      if (allowed.includes(key)) continue;
      this.problems.push({
        path: [...this.path, key],
        message: `is unknown; known are ${allowed.join(", ")}`,
        allowed,
      });
    }
  }

  text(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    return this.refuse(key, "must be text that is not empty");
  }

  requiredText(key: string, what: string): string {
    const value = this.text(key);
    if (value === undefined && !this.has(key)) this.refuse(key, `is required: ${what}`);
    return value ?? "";
  }

  oneOf<const Word extends string>(key: string, words: readonly Word[], otherwise: Word): Word {
    const value = this.get(key);
    if (value === undefined) return otherwise;
    const word = words.find((one) => one === value);
    if (word !== undefined) return word;
    this.refuse(key, `must be one of ${words.join(", ")}`);
    return otherwise;
  }

  number(key: string, otherwise: number, least: number, most: number, what: string): number {
    const value = this.get(key);
    if (value === undefined) return otherwise;
    if (typeof value === "number" && value >= least && value <= most) return value;
    this.refuse(key, `must be ${what}`);
    return otherwise;
  }

  count(key: string, otherwise: number): number {
    const value = this.number(key, otherwise, 0, Number.MAX_SAFE_INTEGER, "a whole number of at least 0");
    if (Number.isInteger(value)) return value;
    this.refuse(key, "must be a whole number of at least 0");
    return otherwise;
  }

  /** Milliseconds. */
  duration(key: string, otherwise: number): number {
    return this.timeOr<never>(key, otherwise, []);
  }

  /** Milliseconds, or one of the words. */
  timeOr<const Word extends string>(key: string, otherwise: number | Word, words: readonly Word[]): number | Word {
    const value = this.get(key);
    if (value === undefined) return otherwise;
    const word = words.find((one) => one === value);
    if (word !== undefined) return word;
    const ms = durationMs(value);
    if (ms !== undefined) return ms;
    const others = words.map((one) => ` or "${one}"`).join("");
    this.refuse(key, `must be a duration such as "5s"${others}`);
    return otherwise;
  }

  list(key: string): readonly Payload[] {
    const value = this.get(key);
    if (value === undefined || Array.isArray(value)) return (value as readonly Payload[] | undefined) ?? [];
    this.refuse(key, "must be a list");
    return [];
  }

  map(key: string): PayloadMap | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    return asMap(value) ?? this.refuse(key, "must be a table with names as keys");
  }
}

/** An empty table of Lua cannot be told from an empty list. */
export function asMap(value: Payload | undefined): PayloadMap | undefined {
  if (Array.isArray(value)) return value.length === 0 ? {} : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const map = value as PayloadMap;
  const tag = payloadTag(map);
  if (tag === undefined) return map;
  return tag === "$plain" ? (map.$plain as PayloadMap) : undefined;
}

/** The first problem in words: `children[2].shutdown must be ...`; children are counted from 1. */
export function specFailure([first]: readonly SpecProblem[]): Failure | undefined {
  if (first === undefined) return undefined;
  const field = first.path.map((step) => (typeof step === "number" ? `[${step + 1}]` : `.${step}`)).join("");
  const details = { field: field.slice(1) };
  return failure("INVALID", `${field.slice(1)} ${first.message}`, { retryable: false, details });
}
