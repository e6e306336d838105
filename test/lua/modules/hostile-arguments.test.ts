/** The modules that take any value from a program, given every kind of value there is: an answer or a plain raise, never a fault of ours. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AskRequest, Outcome } from "../../../actors/index.js";
import { base64Module } from "../../../lua/modules/base64.js";
import { cryptoModule } from "../../../lua/modules/crypto.js";
import { hashModule } from "../../../lua/modules/hash.js";
import { jsonModule } from "../../../lua/modules/json.js";
import { payloadModule } from "../../../lua/modules/payload.js";
import { uuidModule } from "../../../lua/modules/uuid.js";
import { FakeProcess } from "./fake-process.js";

const modules = [base64Module, cryptoModule, hashModule, jsonModule, payloadModule, uuidModule];
const ask = ({ operation }: AskRequest): Outcome =>
  operation === "rs256_verify" ? { ok: true, value: false } : { ok: true, value: { $bytes: "AAAA" } };

const functions = [
  ...["base64.encode", "base64.decode", "json.encode", "json.decode", "json.validate", "json.validate_string"],
  ...["crypto.random.bytes", "crypto.random_bytes", "crypto.random.string", "crypto.hmac.sha256", "crypto.hmac.sha512"],
  ...["crypto.encrypt.aes", "crypto.encrypt.chacha20", "crypto.decrypt.aes", "crypto.decrypt.chacha20"],
  ...["crypto.jwt.encode", "crypto.jwt.verify", "crypto.pbkdf2", "crypto.constant_time_compare"],
  ...["hash.md5", "hash.sha1", "hash.sha256", "hash.sha512", "hash.hmac_md5", "hash.hmac_sha512", "hash.fnv32"],
  ...["uuid.v3", "uuid.v5", "uuid.validate", "uuid.version", "uuid.variant", "uuid.parse", "uuid.format"],
  ...["payload.new", "payload.new(1).transcode", "payload.new('x').data", "payload.new({}).get_format"],
];

/** Expressions of values; some are long, deep, cyclic, or do something when they are looked at. */
const values = [
  ...[
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.5",
    "0/0",
    "1/0",
    "-1/0",
    "2^53",
    "2^63",
    "1e308",
    "16",
    "32",
    "1048577",
  ],
  ...[
    '""',
    '"a"',
    '"\\xff"',
    '"\\0"',
    '"5"',
    '"HS256"',
    '"RS256"',
    '"sha512"',
    'string.rep("k", 32)',
    'string.rep("a", 300000)',
  ],
  ...[
    '"a.b.c"',
    '"eyJhbGciOiJIUzI1NiJ9.e30."',
    '"eyJhbGciOiJIUzI1NiJ9.e30.AA"',
    "'{}'",
    "'[]'",
    "'{'",
    "'null'",
    '"\\u{1F600}"',
  ],
  ...[
    "{}",
    "{1}",
    "{1, nil, 3}",
    "{a = 1}",
    "{1, a = 2}",
    "{[true] = 1}",
    "{[1.5] = 1}",
    "{[{}] = 1}",
    "{_header = {}}",
    "{_header = 5}",
  ],
  ...[
    "print_",
    "type",
    "coroutine.create(type)",
    "errors.new('x')",
    "payload.new(5)",
    "cyclic",
    "deep",
    "wide",
    "strange",
    "loud",
  ],
  ...[
    "{type = 'object'}",
    "{['$ref'] = '#'}",
    "{pattern = '('}",
    "{enum = cyclic}",
    "{properties = strange}",
    "{items = deep}",
  ],
  ...["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "payload.format.JSON", "{exp = 0/0}", "{exp = 1e308, nbf = -1e308}"],
];

const prelude = `
  local cyclic = {} cyclic.self = cyclic
  local deep = {} do local at = deep for i = 1, 500 do at.x = {} at = at.x end end
  local wide = {} for i = 1, 300 do wide["k" .. i] = {} end
  local strange = setmetatable({a = 1}, {__index = function() error("index") end, __len = function() return 1e9 end,
    __pairs = function() error("pairs") end, __tostring = function() return 5 end, __eq = function() error("eq") end})
  local loud = setmetatable({}, {__tostring = function() error("loud") end, __metatable = "locked", __name = 7})
  local print_ = nil`;

describe("modules of values", () => {
  it("answer or raise, whatever they are given", () => {
    const process = new FakeProcess({ modules, ask });
    const given = fc.array(fc.constantFrom(...values), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...functions), given, (name, args) => {
        // A raise is a text; a refusal is nil or false and an error of one of the two kinds.
        const script = `${prelude}
          local given = table.pack(pcall(${name}${[""].concat(args).join(", ")}))
          if not given[1] then return "raised", type(given[2]) == "string" and given[2] or type(given[2]) end
          if type(given[3]) == "userdata" then return "refused", given[2], given[3]:kind(), #given[3]:message() end
          return "answered"`;
        const [how, what, kind, length] = process.run(script);
        if (how === "raised") expect(what).toMatch(/bad argument|bad self|stack overflow|userdata/);
        if (how !== "refused") return;
        expect([undefined, false]).toContain(what);
        expect(["INVALID", "INTERNAL"]).toContain(kind);
        expect(length).toBeGreaterThan(5);
        expect(length).toBeLessThan(2000);
      }),
      { numRuns: 500 },
    );
    expect(process.internalErrors).toEqual([]);
  });
});
