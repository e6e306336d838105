import { describe, expect, it } from "vitest";
import { jsonModule } from "../../../lua/modules/json.js";
import { literal } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const open = (budgetInstructions = 50_000_000) => new FakeProcess({ modules: [jsonModule], budgetInstructions });

/** True, or the message of the refusal. */
function verdict(call: string, process = open()): unknown {
  const [valid, kind, message, retryable] = process.run(
    `local v, e = json.${call}; return v, e and e:kind(), e and e:message(), e and e:retryable()`,
  );
  if (valid === true) return true;
  expect([valid, kind, retryable]).toEqual([false, "INVALID", false]);
  return message;
}

const user = `{type = "object", required = {"name", "email"}, properties = {
  name = {type = "string", minLength = 1}, email = {type = "string", format = "email"},
  age = {type = "integer", minimum = 0, maximum = 150}, tags = {type = "array", items = {type = "string"}},
  meta = {type = "object", additionalProperties = {type = "number"}}}}`;

describe("json.validate", () => {
  it.each([
    [user, '{name = "Ann", email = "ann@example.com", age = 30}', true],
    [user, '{name = "", email = "ann@example.com"}', "value at /name must have at least 1 characters (minLength)"],
    [user, '{name = "Ann"}', "value must have required property 'email' (required)"],
    [user, '{name = "Ann", email = "ann"}', 'value at /email must match format "email" (format)'],
    [user, '{name = "Ann", email = "a@b.c", age = 1.5}', "value at /age must be integer (type)"],
    [user, '{name = "Ann", email = "a@b.c", age = 200}', "value at /age must be <= 150 (maximum)"],
    [user, '{name = "Ann", email = "a@b.c", tags = {"x", 5}}', "value at /tags/1 must be string (type)"],
    [user, "nil", "value must be object (type)"],
    [`'{"type":"number","minimum":0}'`, "42", true],
    [`'{"type":"number","minimum":0}'`, "-1", "value must be >= 0 (minimum)"],
    ["true", "nil", true],
    ["false", "1", "value boolean schema is false (false schema)"],
    ["{}", "1", true],
    ['{enum = {1, "a", {x = {1}}}}', "{x = {1}}", true],
    ['{enum = {1, "a", {x = {1}}}}', "{x = {2}}", "value must be one of the allowed values (enum)"],
    ["{const = {a = 1, b = 2}}", "{b = 2, a = 1}", true],
    ['{const = "x"}', '"y"', "value must be the one allowed value (const)"],
    ["{uniqueItems = true}", "{{a = 1, b = 2}, {b = 2, a = 1}}", "value must not have two equal items (uniqueItems)"],
    ["{uniqueItems = true}", '{1, "1", true, {1}}', true],
    ["{uniqueItems = false}", "{1, 1}", true],
    ["{maxLength = 2}", '"\\u{1F600}\\u{1F600}"', true],
    ["{maxLength = 2}", '"abc"', "value must have at most 2 characters (maxLength)"],
    ['{pattern = "^a+$"}', '"aaa"', true],
    ['{pattern = "^a+$"}', '"aab"', 'value must match pattern "^a+$" (pattern)'],
    ['{patternProperties = {["^n_"] = {type = "number"}}, additionalProperties = false}', "{n_a = 1}", true],
    [
      '{patternProperties = {["^n_"] = {type = "number"}}, additionalProperties = false}',
      "{x = 1}",
      "value must NOT have additional properties (additionalProperties)",
    ],
    ['{propertyNames = {pattern = "^[a-z]+$"}}', "{A = 1}", "value property name must be valid (propertyNames)"],
    ["{multipleOf = 0.5}", "1.25", "value must be multiple of 0.5 (multipleOf)"],
    ["{items = {{type = 'number'}, {type = 'string'}}, additionalItems = false}", "{1, 'a'}", true],
    [
      "{items = {{type = 'number'}, {type = 'string'}}, additionalItems = false}",
      "{1, 'a', 2}",
      "value must NOT have more than 2 items (items)",
    ],
    ["{prefixItems = {{type = 'number'}}, items = {type = 'string'}}", "{1, 'a', 'b'}", true],
    [
      "{dependentRequired = {a = {'b'}}}",
      "{a = 1}",
      "value must have property b when property a is present (dependentRequired)",
    ],
    [
      "{dependencies = {a = {'b'}, c = {required = {'d'}}}}",
      "{c = 1}",
      "value must have required property 'd' (required)",
    ],
    [
      "{['if'] = {type = 'number'}, ['then'] = {minimum = 5}, ['else'] = {type = 'string'}}",
      "3",
      "value must be >= 5 (minimum)",
    ],
    ["{contains = {const = 1}, minContains = 2}", "{1, 2, 1}", true],
    ["{type = 'string', nullable = true}", "nil", true],
    ["{type = {'string', 'null'}}", "5", "value must be string or null (type)"],
    ["{anyOf = {{type = 'string'}, {minimum = 5}}}", "3", "value must match a schema in anyOf (anyOf)"],
    [
      "{['$defs'] = {n = {type = 'number'}}, properties = {a = {['$ref'] = '#/$defs/n'}}}",
      "{a = 'x'}",
      "value at /a must be number (type)",
    ],
    [
      "{definitions = {tree = {properties = {kids = {items = {['$ref'] = '#/definitions/tree'}}, v = {type = 'number'}}}}, ['$ref'] = '#/definitions/tree'}",
      "{kids = {{kids = {{v = 'x'}}}}}",
      "value at /kids/0/kids/0/v must be number (type)",
    ],
    [
      "{['$schema'] = 'http://json-schema.org/draft-07/schema#', ['$id'] = 'https://x.test/a', type = 'number', title = 'A', ['x-more'] = {1}}",
      "1",
      true,
    ],
    [
      "{unevaluatedProperties = false, allOf = {{properties = {a = true}}}}",
      "{a = 1, b = 2}",
      "value must NOT have unevaluated properties (unevaluatedProperties)",
    ],
  ])("of %s: %s", (schema, value, expected) => expect(verdict(`validate(${schema}, ${value})`)).toEqual(expected));

  it("tells path, rule and what each alternative lacks", () => {
    const script = `local v, e = json.validate({properties = {a = {items = {anyOf = {{type = "string"}, {minimum = 5}}}}}}, {a = {"x", 3}})
      local d = e:details(); return d.path, d.rule, #d.misfits, d.misfits[1].message, d.misfits[2].rule`;
    expect(open().run(script)).toEqual(["/a/1", "anyOf", 3, "must be string", "minimum"]);
  });

  it("takes an empty table for an array or an object, whichever is wanted", () => {
    const schema = "{type = 'object', properties = {list = {type = 'array'}, map = {type = 'object'}, any = {}}}";
    expect(verdict(`validate(${schema}, {list = {}, map = {}, any = {}})`)).toBe(true);
    expect(verdict(`validate(${schema}, {})`)).toBe(true);
    expect(verdict("validate({type = 'object', required = {'a'}}, {})")).toBe(
      "value must have required property 'a' (required)",
    );
    expect(verdict("validate({type = 'array', minItems = 1}, {})")).toBe(
      "value must NOT have fewer than 1 items (minItems)",
    );
    expect(verdict("validate({anyOf = {{type = 'array', minItems = 1}, {type = 'object'}}}, {})")).toBe(true);
    expect(verdict("validate({anyOf = {{type = 'object', minProperties = 1}, {type = 'array'}}}, {})")).toBe(true);
    expect(verdict("validate({type = 'string'}, {})")).toBe("value must be string (type)");
    expect(verdict("validate({items = {['$ref'] = '#/$defs/o'}, ['$defs'] = {o = {type = 'object'}}}, {{}, {}})")).toBe(
      true,
    );
    expect(verdict("validate_string({type = 'object'}, '[]')")).toBe("value must be object (type)");
  });

  it("sees the keys that JavaScript's objects inherit as absent, and as any other when they are there", () => {
    for (const key of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
      expect(verdict(`validate({required = {"${key}"}}, {a = 1})`)).toBe(
        `value must have required property '${key}' (required)`,
      );
      expect(verdict(`validate({properties = {${key} = {type = "number"}}}, {a = 1})`)).toBe(true);
      expect(verdict(`validate({properties = {${key} = {type = "number"}}}, {${key} = "x"})`)).toBe(
        `value at /${key} must be number (type)`,
      );
    }
    expect(verdict('validate({additionalProperties = false}, {["__proto__"] = 1})')).toBe(
      "value must NOT have additional properties (additionalProperties)",
    );
    expect(verdict('validate({properties = {["__proto__"] = {}}}, {})')).toBe(
      "schema.properties cannot say anything of a key __proto__",
    );
  });

  it.each([
    ["{f = type}", "value cannot encode as JSON: a function has no JSON form"],
    ["{1, a = 2}", "value cannot encode as JSON: a table has both array items and other keys"],
    ['"\\xff"', "value cannot encode as JSON: a string is not valid UTF-8"],
  ])("cannot look at %s", (value, message) => expect(verdict(`validate({}, ${value})`)).toBe(message));
});

describe("json.validate_string", () => {
  it.each([
    [`'{"a":[1,2]}'`, true],
    [`'{"a":[1,"x"]}'`, "value at /a/1 must be number (type)"],
    ["'{'", "malformed JSON: line 1, column 2: expected a key or }, got the end"],
    ["''", "malformed JSON: line 1, column 1: expected a value, got the end"],
    ["5", "JSON text must be a string, got number"],
    ["'\\xff'", "JSON text is not valid UTF-8"],
    ["string.rep('[', 200) .. string.rep(']', 200)", "malformed JSON: nested deeper than 128 levels"],
  ])("of %s", (text, expected) => {
    expect(verdict(`validate_string({properties = {a = {items = {type = "number"}}}}, ${text})`)).toEqual(expected);
  });
});

describe("a schema", () => {
  it.each([
    ["5", "schema must be a table, a boolean or JSON text, got number"],
    ["nil", "schema must be a table, a boolean or JSON text, got nil"],
    ["{1, 2}", "schema must be a table, a boolean or JSON text of one"],
    ["'nonsense'", 'schema is no JSON: malformed JSON: line 1, column 1: expected a value, got "n"'],
    ["'[]'", "schema must be a table, a boolean or JSON text of one"],
    ["'\\xff'", "schema is no JSON: not valid UTF-8"],
    ["{f = type}", "schema cannot encode as JSON: a function has no JSON form"],
    [
      "{type = 'strng'}",
      "schema.type must be one of string, number, integer, boolean, object, array, null, or an array of them",
    ],
    ["{properties = {a = {minimum = '1'}}}", "schema.properties.a.minimum must be a number"],
    ["{properties = {a = 5}}", "schema.properties.a must be a schema"],
    ["{items = {{}, 5}}", "schema.items[2] must be a schema"],
    ["{required = 'a'}", "schema.required must be an array of names"],
    ["{required = {1}}", "schema.required must be an array of names"],
    ["{anyOf = {}}", "schema.anyOf must be an array of schemas, not empty"],
    ["{multipleOf = 0}", "schema.multipleOf must be a number above 0"],
    ["{minLength = 1.5}", "schema.minLength must be a whole number, 0 or more"],
    ["{uniqueItems = 1}", "schema.uniqueItems must be a boolean"],
    ["{['$ref'] = 5}", "schema.$ref must be text"],
    ["{['$dynamicRef'] = '#a'}", "schema: $dynamicRef is not supported"],
    [
      "{['$ref'] = 'https://example.com/schema.json'}",
      'schema refers to "https://example.com/schema.json", which is not in it; nothing is loaded from elsewhere',
    ],
    [
      "{['$ref'] = 'http://json-schema.org/draft-07/schema#'}",
      'schema refers to "http://json-schema.org/draft-07/schema", which is not in it; nothing is loaded from elsewhere',
    ],
    ["{['$ref'] = '#/nowhere'}", 'schema refers to "#/nowhere", which is not in it; nothing is loaded from elsewhere'],
    ["{['$ref'] = '#'}", "schema refers to itself without end"],
    ["{pattern = '('}", "a pattern is no regular expression"],
    ["{pattern = '(?=a)'}", "a pattern looks around or sets flags, which is not supported"],
    ["{pattern = '(a)\\\\1'}", "a pattern refers back, which is not supported"],
    ["{pattern = '(a{1000}){1000}'}", "a pattern repeats too much"],
    ["{pattern = 'a{1,5000}'}", "a pattern repeats more than 1000 times"],
    ["{pattern = string.rep('a', 2001)}", "a pattern is longer than 2000 characters"],
    ["{enum = {string.rep('a', 70000)}}", "schema is longer than 65536 characters of JSON"],
  ])("%s is INVALID", (schema, message) => expect(verdict(`validate(${schema}, {a = 1})`)).toBe(message));

  it("is refused when it is too deep or too large", () => {
    const deep =
      "local s = {type = 'number'} for i = 1, 65 do s = {properties = {a = s}} end return json.validate(s, 1)";
    expect(open().run(`${deep}`)[0]).toBe(false);
    const many =
      "local s = {allOf = {}} for i = 1, 1001 do s.allOf[i] = {minimum = 1} end local v, e = json.validate(s, 1) return e:message()";
    expect(open().run(many)).toEqual(["schema consists of more than 1000 schemas"]);
  });

  it("with $async is as one without", () => {
    expect(verdict("validate({['$async'] = true, type = 'number'}, 1)")).toBe(true);
    expect(verdict("validate({['$async'] = true, type = 'number'}, 'x')")).toBe("value must be number (type)");
    expect(verdict("validate({properties = {a = {['$async'] = true, type = 'number'}}}, {a = 'x'})")).toBe(
      "value at /a must be number (type)",
    );
  });

  it("does not see what another one calls by the same name", () => {
    const script = `local a = {["$id"] = "https://x.test/s", ["$defs"] = {n = {["$id"] = "n", type = "number"}}, ["$ref"] = "n"}
      local b = {["$id"] = "https://x.test/s", ["$defs"] = {n = {["$id"] = "n", type = "string"}}, ["$ref"] = "n"}
      local c = {["$ref"] = "https://x.test/s"}
      local _, e = json.validate(c, 1)
      return json.validate(a, 1), (json.validate(b, 1)), (json.validate(b, "x")), (json.validate(a, "x")), e:message()`;
    expect(open().run(script).slice(0, 1).concat(open().run(script).slice(-1))).toEqual([
      true,
      'schema refers to "https://x.test/s", which is not in it; nothing is loaded from elsewhere',
    ]);
  });

  it("cannot bring code in", () => {
    const evil = [
      `");globalThis.pwned=1;//`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the attack
      "`${globalThis.pwned=1}`",
      "'+(globalThis.pwned=1)+'",
      "\\u2028globalThis.pwned=1",
      "*/globalThis.pwned=1/*",
    ];
    for (const text of evil) {
      const name = literal(text);
      for (const schema of [
        `{properties = {[${name}] = {type = "number"}}, required = {${name}}}`,
        `{["$defs"] = {[${name}] = {type = "number"}}, ["$ref"] = "#/$defs/" .. ${name}}`,
        `{["$id"] = ${name}, type = "number"}`,
        `{["$anchor"] = ${name}, type = "number"}`,
        `{enum = {${name}}, const = ${name}, pattern = ${name}, format = ${name}}`,
        `{patternProperties = {[${name}] = {minimum = 1}}}`,
        `{dependentRequired = {[${name}] = {${name}}}, dependencies = {[${name}] = {type = "number"}}}`,
        `{minimum = 0, ["$comment"] = ${name}, description = ${name}, [${name}] = ${name}}`,
      ]) {
        verdict(`validate(${schema}, {[${name}] = ${name}})`);
        verdict(`validate(${schema}, ${name})`);
      }
    }
    expect(globalThis).not.toHaveProperty("pwned");
  });
});

describe("the budget ends", () => {
  const ends = (script: string) => expect(() => open(20_000_000).run(script)).toThrow("killed");

  it("schemas that refer to each other exponentially", () => {
    const build = (how: string) => `local defs = {d30 = ${how === "allOf" ? "true" : "false"}}
      for i = 0, 29 do
        local r = {["$ref"] = "#/$defs/d" .. (i + 1)}
        defs["d" .. i] = {${how} = {r, {["$ref"] = "#/$defs/d" .. (i + 1)}}}
      end
      return json.validate({["$defs"] = defs, ["$ref"] = "#/$defs/d0"}, 1)`;
    for (const how of ["allOf", "anyOf", "oneOf"]) ends(build(how));
  });

  it("patterns that would make a backtracking matcher run for ever, when the text is long", () => {
    ends(`return json.validate({pattern = "(a{1,30}){50}b"}, string.rep("a", 20000))`);
    expect(verdict(`validate({pattern = "^(a+)+$"}, string.rep("a", 2000) .. "b")`)).toMatch(/must match pattern/);
    expect(verdict(`validate({pattern = "^(a|a)*$"}, string.rep("a", 2000) .. "b")`)).toMatch(/must match pattern/);
    expect(verdict(`validate({pattern = "(x+x+)+y"}, string.rep("x", 2000))`)).toMatch(/must match pattern/);
  });

  it("many alternatives over one long text", () => {
    ends(`local s = {anyOf = {}} for i = 1, 999 do s.anyOf[i] = {maxLength = i} end
      return json.validate(s, string.rep("a", 1000000))`);
  });

  it("large enumerations over large arrays no more than their sizes allow", () => {
    const script = `local names, items = {}, {}
      for i = 1, 5000 do names[i] = "n" .. i end
      for i = 1, 20000 do items[i] = "n" .. (i % 5000 + 1) end
      return json.validate({items = {enum = names}}, items)`;
    expect(open().run(script)).toEqual([true, undefined]);
    const objects = `local items = {} for i = 1, 20000 do items[i] = {id = i} end
      return json.validate({uniqueItems = true}, items)`;
    expect(open().run(objects)).toEqual([true, undefined]);
  });
});
