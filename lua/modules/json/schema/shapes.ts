/** The keywords of JSON Schema that mean something here, and what each must hold. Drafts 2020-12 and 7 in one table. */

export type Shape =
  | "schema"
  | "schemas"
  | "schemas by name"
  | "items"
  | "dependencies"
  | "names"
  | "names by name"
  | "type"
  | "count"
  | "number"
  | "size"
  | "text"
  | "flag"
  | "values"
  | "value";

export const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ...["$id", "$anchor", "$ref", "format", "pattern"].map((keyword) => [keyword, "text"] as const),
  ...["if", "then", "else", "not", "contains", "propertyNames", "additionalProperties", "additionalItems"].map(
    (keyword) => [keyword, "schema"] as const,
  ),
  ...["unevaluatedItems", "unevaluatedProperties"].map((keyword) => [keyword, "schema"] as const),
  ...["allOf", "anyOf", "oneOf", "prefixItems"].map((keyword) => [keyword, "schemas"] as const),
  ...["$defs", "definitions", "properties", "patternProperties", "dependentSchemas"].map(
    (keyword) => [keyword, "schemas by name"] as const,
  ),
  ["items", "items"],
  ["dependencies", "dependencies"],
  ["required", "names"],
  ["dependentRequired", "names by name"],
  ["type", "type"],
  ...[
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
  ].map((keyword) => [keyword, "count"] as const),
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((keyword) => [keyword, "number"] as const),
  ["multipleOf", "size"],
  ["uniqueItems", "flag"],
  ["nullable", "flag"],
  ["enum", "values"],
  ["const", "value"],
]);

/** They make a schema depend on who refers to it. */
export const refusedKeywords: ReadonlySet<string> = new Set([
  "$dynamicRef",
  "$dynamicAnchor",
  "$recursiveRef",
  "$recursiveAnchor",
]);

export const typeNames: readonly string[] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/** Words for what a keyword must hold. */
export const wanted: Readonly<Record<Shape, string>> = {
  schema: "a schema",
  schemas: "an array of schemas, not empty",
  "schemas by name": "a table of schemas by name",
  items: "a schema or an array of schemas",
  dependencies: "a table of schemas or arrays of names",
  names: "an array of names",
  "names by name": "a table of arrays of names",
  type: `one of ${typeNames.join(", ")}, or an array of them`,
  count: "a whole number, 0 or more",
  number: "a number",
  size: "a number above 0",
  text: "text",
  flag: "a boolean",
  values: "an array of values",
  value: "a value",
};
