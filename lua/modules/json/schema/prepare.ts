/** A schema as a program gave it -> one that may be compiled: shapes checked, bounded, and reduced to what asserts something. */
import { formats } from "./formats.js";
import { refusedKeywords, type Shape, shapes, typeNames, wanted } from "./shapes.js";

const maxSchemas = 1000;
const maxNesting = 64;

/** The keyword that is added to every schema; see checks.ts. */
export interface Check {
  /** What looking at one value costs, beside what its parts cost. */
  readonly cost: number;
  /** It goes through all keys of an object. */
  readonly walksKeys: boolean;
  readonly types: readonly string[] | undefined;
}

export const checkKeyword = "$check";
/** The same where the value is the key of an object, which stays as it is. */
export const checkOfKeys = "$checkOfKeys";

type JsonObject = Readonly<Record<string, unknown>>;
export type PreparedSchema = boolean | { readonly [keyword: string]: unknown };

export interface Prepared {
  readonly schema: PreparedSchema;
  /** How many schemas it consists of. */
  readonly schemas: number;
}

/** What is wrong with a schema. */
export class SchemaProblem extends Error {}

const walking = ["minProperties", "maxProperties", "propertyNames", "additionalProperties", "patternProperties"];
const walksKeys = (keyword: string): boolean => walking.includes(keyword) || keyword === "unevaluatedProperties";

/**
 * Throws SchemaProblem. `fromLua`: an empty table may also be meant as an object. Left out is what asserts nothing: annotations,
 * unknown keywords and formats, `$async`. Items as an array, as in draft 7, become `prefixItems`; types a keyword of ours.
 */
export function prepareSchema(schema: unknown, fromLua: boolean): Prepared {
  const preparation = new Preparation(fromLua);
  return { schema: preparation.schema(schema, "schema", 0), schemas: preparation.schemas };
}

class Preparation {
  schemas = 0;
  /** Schemas of `propertyNames` that are being made. */
  private ofKeys = 0;

  constructor(private readonly fromLua: boolean) {}

  schema(value: unknown, path: string, depth: number): PreparedSchema {
    if (typeof value === "boolean") return value;
    const given = this.object(value, path, "schema");
    if (++this.schemas > maxSchemas) throw new SchemaProblem(`schema consists of more than ${maxSchemas} schemas`);
    if (depth > maxNesting) throw new SchemaProblem(`schema is nested deeper than ${maxNesting} levels`);
    const made: Record<string, unknown> = {};
    let cost = 4;
    for (const [keyword, content] of Object.entries(given)) {
      if (refusedKeywords.has(keyword)) throw new SchemaProblem(`${path}: ${keyword} is not supported`);
      const shape = shapes.get(keyword);
      if (shape === undefined || (keyword === "format" && !formats.has(String(content)))) continue;
      if (keyword === "propertyNames") this.ofKeys++;
      made[keyword] = this.content(content, shape, `${path}.${keyword}`, depth + 1);
      if (keyword === "propertyNames") this.ofKeys--;
      cost += shape === "values" || shape === "value" ? 1 : entriesOf(made[keyword]);
    }
    const check: Check = { cost, walksKeys: Object.keys(made).some(walksKeys), types: typesOf(made) };
    return { ...ofItems(made), [this.ofKeys > 0 ? checkOfKeys : checkKeyword]: check };
  }

  private content(value: unknown, shape: Shape, path: string, depth: number): unknown {
    switch (shape) {
      case "schema":
        return this.schema(value, path, depth);
      case "schemas":
        return this.array(value, path, shape, 1).map((one, i) => this.schema(one, `${path}[${i + 1}]`, depth));
      case "schemas by name":
        return this.byName(value, path, shape, (one, name) => this.schema(one, name, depth));
      case "items":
        return Array.isArray(value) && value.length > 0
          ? value.map((one, i) => this.schema(one, `${path}[${i + 1}]`, depth))
          : this.schema(value, path, depth);
      case "dependencies":
        return this.byName(value, path, shape, (one, name) =>
          Array.isArray(one) && one.every(isText) ? one : this.schema(one, name, depth),
        );
      case "names":
        return this.names(value, path, shape);
      case "names by name":
        return this.byName(value, path, shape, (one, name) => this.names(one, name, "names"));
      case "values":
        return this.array(value, path, shape, 0);
      default:
        if (!isPlain[shape](value)) throw new SchemaProblem(`${path} must be ${wanted[shape]}`);
        return value;
    }
  }

  private object(value: unknown, path: string, shape: Shape): JsonObject {
    if (this.fromLua && Array.isArray(value) && value.length === 0) return {};
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
    throw new SchemaProblem(
      path === "schema" ? "schema must be a table, a boolean or JSON text of one" : `${path} must be ${wanted[shape]}`,
    );
  }

  private byName<T>(
    value: unknown,
    path: string,
    shape: Shape,
    each: (one: unknown, path: string) => T,
  ): Record<string, T> {
    const made: Record<string, T> = {};
    for (const [name, one] of Object.entries(this.object(value, path, shape))) {
      if (name === "__proto__") throw new SchemaProblem(`${path} cannot say anything of a key __proto__`);
      made[name] = each(one, `${path}.${name.slice(0, 100)}`);
    }
    return made;
  }

  private names(value: unknown, path: string, shape: Shape): readonly string[] {
    const names = this.array(value, path, shape, 0);
    if (!names.every(isText)) throw new SchemaProblem(`${path} must be ${wanted[shape]}`);
    return names;
  }

  private array(value: unknown, path: string, shape: Shape, least: number): readonly unknown[] {
    if (Array.isArray(value) && value.length >= least) return value;
    throw new SchemaProblem(`${path} must be ${wanted[shape]}`);
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

const isPlain: Readonly<
  Record<
    Exclude<
      Shape,
      "schema" | "schemas" | "items" | "dependencies" | "names" | "values" | "schemas by name" | "names by name"
    >,
    (value: unknown) => boolean
  >
> = {
  type: (value) => (Array.isArray(value) ? value.length > 0 && value.every(isTypeName) : isTypeName(value)),
  count: (value) => isNumber(value) && Number.isInteger(value) && value >= 0,
  number: isNumber,
  size: (value) => isNumber(value) && value > 0,
  text: isText,
  flag: (value) => typeof value === "boolean",
  value: () => true,
};

function isTypeName(value: unknown): boolean {
  return isText(value) && typeNames.includes(value);
}

/** What one look at a value goes through: names, properties, alternatives. */
function entriesOf(content: unknown): number {
  if (typeof content !== "object" || content === null) return 1;
  if (Array.isArray(content)) return content.length;
  return Object.values(content).reduce((sum: number, one) => sum + (Array.isArray(one) ? one.length + 1 : 1), 0);
}

/** Takes `type` and `nullable` out. */
function typesOf(made: Record<string, unknown>): readonly string[] | undefined {
  const { type, nullable } = made;
  delete made.type;
  delete made.nullable;
  if (type === undefined) return undefined;
  const types = [type].flat() as string[];
  return nullable === true ? [...types, "null"] : types;
}

/** Draft 7 has items by position in `items`, and the others in `additionalItems`. */
function ofItems({ items, additionalItems, prefixItems, ...made }: Record<string, unknown>): Record<string, unknown> {
  const [prefix, rest] = Array.isArray(items) ? [items, additionalItems] : [prefixItems, items];
  return {
    ...made,
    ...(prefix === undefined ? {} : { prefixItems: prefix }),
    ...(rest === undefined ? {} : { items: rest }),
  };
}
