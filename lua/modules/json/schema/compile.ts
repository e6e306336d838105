/** A prepared schema -> a validator, by ajv. What a schema may be is in prepare.ts, what Lua sees of it in validate.ts. */
import type { ErrorObject, Options } from "ajv/dist/2020.js";
import type { Packages } from "../../../packages.js";
import { keywordsOf, type Run } from "./checks.js";
import { formats } from "./formats.js";
import { Pattern } from "./pattern.js";
import { PatternProblem } from "./pattern-parser.js";
import { type Prepared, SchemaProblem } from "./prepare.js";

/** Where a value does not fit, and which keyword says so. */
export interface Misfit {
  /** JSON pointer; empty for the value itself. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

export interface Validator {
  /** Undefined: it fits. The value may be changed: an empty table becomes an object where one is wanted. */
  misfits(value: unknown): readonly Misfit[] | undefined;
}

const replaced = ["enum", "const", "minLength", "maxLength", "uniqueItems"];
const maxMisfits = 10;

/** Throws SchemaProblem. An instance of its own, so that no schema sees the names that another one defines. */
export function compileSchema({ schema }: Prepared, packages: Packages, run: Run): Validator {
  const Ajv = packages.ajv();
  const ajv = new Ajv(optionsOf(run));
  for (const keyword of replaced) ajv.removeKeyword(keyword);
  const first = ajv.RULES.rules.find((group) => group.type === undefined)!.rules[0]!.keyword;
  for (const keyword of keywordsOf(run)) {
    ajv.addKeyword(keyword.type === undefined ? { ...keyword, before: first } : keyword);
  }
  try {
    const validate = ajv.compile(schema);
    return {
      misfits(value) {
        const holder = { value };
        const context = { instancePath: "", parentData: holder, parentDataProperty: "value", rootData: value as never };
        // With `$async` gone the answer is never a promise.
        const fits = validate(value, { ...context, dynamicAnchors: {} }) as unknown;
        return fits === true ? undefined : (validate.errors ?? []).slice(-maxMisfits).map(misfit);
      },
    };
  } catch (error) {
    throw new SchemaProblem(problemText(error));
  }
}

function optionsOf(run: Run): Options {
  const regExp = Object.assign((source: string) => new Pattern(source, (cost) => run.spend(cost)), { code: "Pattern" });
  return {
    // Shapes have been checked, and no schema of a standard is loaded.
    meta: false,
    validateSchema: false,
    strict: false,
    logger: false,
    // `constructor` is a key like any other.
    ownProperties: true,
    // A schema that is referred to often is compiled once.
    inlineRefs: false,
    formats: Object.fromEntries(formats),
    // To make the code shorter takes as long as to make it.
    code: { regExp, optimize: false },
  };
}

function misfit({ instancePath, keyword, message }: ErrorObject): Misfit {
  return { path: instancePath, rule: keyword, message: message ?? "does not fit" };
}

function problemText(error: unknown): string {
  if (error instanceof PatternProblem) return `a pattern ${error.message}`;
  const { missingRef, message } = error as { missingRef?: string; message?: string };
  if (missingRef !== undefined) {
    return `schema refers to ${JSON.stringify(missingRef)}, which is not in it; nothing is loaded from elsewhere`;
  }
  return `schema cannot be used: ${message ?? String(error)}`;
}
