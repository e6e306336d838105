/** Schemas as a program may write them, with our checks around ajv: they must not change what fits. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonModule } from "../../../lua/modules/json.js";
import { literal } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const name = fc.constantFrom("a", "b", "constructor", "0");
const scalar = fc.constantFrom("", "a", "ab", "😀", "b1", -1, 0, 1, 2, 4, 0.5, 1.5, true, false, null);
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    scalar,
    fc.array(tie("data"), { maxLength: 3 }),
    fc.dictionary(name, tie("data"), { maxKeys: 3 }),
  ),
}));
const type = fc.constantFrom("string", "number", "integer", "boolean", "object", "array", "null");
const count = fc.integer({ min: 0, max: 3 });
const names = fc.uniqueArray(name, { maxLength: 2 });

const { schema } = fc.letrec<{ schema: unknown }>((tie) => {
  const any = tie("schema");
  const some = fc.array(any, { minLength: 1, maxLength: 2 });
  const byName = fc.dictionary(name, any, { maxKeys: 2 });
  const keyword = (of: fc.Arbitrary<unknown>, ...keywords: string[]) =>
    fc.tuple(fc.constantFrom(...keywords), of).map(([key, content]) => ({ [key]: content }));
  const plain = fc.oneof(
    keyword(fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })), "type"),
    keyword(fc.array(data, { minLength: 1, maxLength: 3 }), "enum"),
    keyword(data, "const"),
    keyword(count, "minimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties"),
    keyword(fc.constantFrom(0.5, 2), "multipleOf"),
    keyword(fc.constantFrom("^a", "b$", "[0-9]"), "pattern"),
    keyword(fc.boolean(), "uniqueItems"),
    keyword(names, "required"),
    keyword(fc.dictionary(name, names, { maxKeys: 1 }), "dependentRequired"),
    keyword(fc.constantFrom("#/$defs/x", "#/$defs/y"), "$ref"),
    keyword(fc.constant(true), "$async", "x-unknown"),
  );
  const nested = fc.oneof(
    keyword(
      any,
      "items",
      "contains",
      "additionalProperties",
      "propertyNames",
      "not",
      "unevaluatedProperties",
      "unevaluatedItems",
    ),
    keyword(some, "prefixItems", "allOf", "anyOf", "oneOf"),
    keyword(byName, "properties", "dependentSchemas"),
    keyword(fc.dictionary(fc.constantFrom("^a", "o"), any, { maxKeys: 2 }), "patternProperties"),
    fc.tuple(any, any, any).map((parts) => Object.fromEntries(["if", "then", "else"].map((key, i) => [key, parts[i]]))),
  );
  const merged = fc
    .array(fc.oneof(plain, nested), { minLength: 1, maxLength: 4 })
    .map((parts) => Object.assign({}, ...parts));
  return { schema: fc.oneof({ maxDepth: 3, depthSize: "small" }, plain, fc.boolean(), merged, merged) };
});

const withDefinitions = fc
  .tuple(schema, schema)
  .filter(([root]) => typeof root === "object")
  .map(([root, x]) => ({ ...(root as object), $defs: { x: { type: ["string", "object"] }, y: { items: x } } }));

/** As ajv alone decides; undefined when it cannot use the schema. */
function expected(text: string, value: unknown): boolean | undefined {
  const ajv = new Ajv2020({ strict: false, logger: false, ownProperties: true, meta: false, validateSchema: false });
  const plain = JSON.parse(text, (key, content) => (key === "$async" ? undefined : content));
  try {
    return ajv.compile(plain)(value) as boolean;
  } catch {
    return undefined;
  }
}

it("a schema fits what ajv alone says it fits", () => {
  const process = new FakeProcess({ modules: [jsonModule] });
  const told = { fits: 0, misfits: 0 };
  fc.assert(
    fc.property(withDefinitions, data, (given, value) => {
      const [text, json] = [JSON.stringify(given), JSON.stringify(value)];
      const right = expected(text, JSON.parse(json));
      if (right === undefined) return;
      told[right ? "fits" : "misfits"]++;
      const [valid, message] = process.run(
        `local v, e = json.validate_string(${literal(text)}, ${literal(json)}) return v, e and e:message()`,
      );
      expect(valid, `${text} ${json}: ${String(message)}`).toBe(right);
    }),
    { numRuns: Number(globalThis.process.env.PERDURE_SEEDS ?? 300) },
  );
  expect(Math.min(told.fits, told.misfits)).toBeGreaterThan(30);
});
