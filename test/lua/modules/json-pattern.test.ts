import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formats } from "../../../lua/modules/json/schema/formats.js";
import { Pattern } from "../../../lua/modules/json/schema/pattern.js";

const matches = (pattern: string, text: string) => new Pattern(pattern, () => {}).test(text);

/** What JavaScript's matcher says; undefined when it is still trying after a while, as nested repeats can keep it busy for ever. */
function backtracking(source: string, text: string): boolean | undefined {
  try {
    return runInNewContext("new RegExp(source, 'u').test(text)", { source, text }, { timeout: 200 }) as boolean;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  }
}

describe("a pattern of a schema", () => {
  const atom = fc.constantFrom(
    ...[
      "a",
      "b",
      ".",
      "\\d",
      "\\w",
      "\\s",
      "\\W",
      "[ab]",
      "[^a]",
      "[a-c\\d]",
      "[]",
      "[^]",
      "\\.",
      "\\u0061",
      "\\x62",
      "\\u{1F600}",
    ],
    ...["\\p{L}", "\\P{L}", "é", "😀", "\\ud83d\\ude00", "\\]", "[\\]a]", "\\t", "\\cJ", "\\0", "-", ",", "/", "[\\b]"],
  );
  const { pattern } = fc.letrec<{ pattern: string; term: string; sequence: string }>((tie) => ({
    term: fc.oneof(
      { weight: 5, arbitrary: atom },
      { weight: 1, arbitrary: fc.constantFrom("^", "$", "\\b", "\\B") },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom("(", "(?:"), tie("pattern"), fc.constant(")"))
          .map((parts) => parts.join("")),
      },
    ),
    sequence: fc
      .array(fc.tuple(tie("term"), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?")), {
        maxLength: 4,
      })
      .map((parts) => parts.map(([term, sign]) => (/^(\^|\$|\\[bB])$/.test(term) ? term : term + sign)).join("")),
    pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|")),
  }));
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "c", "1", " ", "\n", ".", "é", "😀", "]", "-", "\t", "\0", "\b"),
    maxLength: 8,
  });

  it("matches what JavaScript's own matcher does", () => {
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        const theirs = backtracking(source, given);
        if (theirs !== undefined) expect(matches(source, given)).toBe(theirs);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes time in proportion to the text, whatever the pattern", () => {
    for (const source of [
      "^(a+)+$",
      "^(a|a)*$",
      "(a*)*b",
      "^(a?){50}a{50}$",
      "([a-z]+)*[0-9]",
      "(.*)(.*)(.*)(.*)[^a]$",
    ]) {
      const cost = (length: number) => {
        let spent = 0;
        new Pattern(source, (instructions) => {
          spent += instructions;
        }).test(`${"a".repeat(length)}!`);
        return spent;
      };
      expect(cost(4000) / cost(2000), source).toBeLessThan(2.2);
    }
  });
});

describe("a format", () => {
  const good: Record<string, string[]> = {
    date: ["2024-02-29", "1999-12-31"],
    time: ["12:00:00Z", "23:59:60Z", "01:29:60+01:30", "12:00:00.25-08:00"],
    "date-time": ["2024-05-06T07:08:09Z", "1990-12-31t15:59:60-08:00"],
    duration: ["P1D", "PT1H30M", "P1Y2M3DT4H5M6S", "P3W"],
    email: ["a@b", "joe.bloggs+x@example.com", "a@1.2"],
    hostname: ["a", "example.com", "xn--4gbwdl.xn--wgbh1c"],
    ipv4: ["0.0.0.0", "255.255.255.255", "192.168.0.1"],
    ipv6: ["::", "::1", "1:2:3:4:5:6:7:8", "fe80::a:b", "::ffff:192.168.0.1", "1:2:3:4:5:6:1.2.3.4"],
    uri: ["http://a.b/c?d#e", "urn:x:y", "mailto:a@b", "http://[::1]/%20"],
    "uri-reference": ["", "/a/b", "#x", "http://a"],
    uuid: ["2EB8AA08-aa98-11ea-b4aa-73b441d16380"],
    "json-pointer": ["", "/a/b~0~1/"],
    regex: ["a|b", "(?=x)"],
  };
  const bad: Record<string, string[]> = {
    date: ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "x"],
    time: ["24:00:00Z", "12:60:00Z", "12:00:00", "12:00:60Z", "12:00:00+24:00"],
    "date-time": ["2024-05-06 07:08:09Z", "2024-05-06T07:08:09", "2024-02-30T00:00:00Z"],
    duration: ["P", "PT", "1D", "P1", "P1D2W", "PT1D"],
    email: ["a", "@b", "a@", "a b@c", "a..b@c", ".a@b", "a@-b"],
    hostname: ["", "-a", "a-", "a..b", "a_b", "x".repeat(64)],
    ipv4: ["1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.", "1.2.3.4.5"],
    ipv6: [
      "",
      "1",
      "1::2::3",
      "12345::",
      "1:2:3:4:5:6:7:8:9",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:1.2.3.4",
      "::1.2.3",
      "::1%eth0",
    ],
    uri: ["", "/a", "a b:c", "http://a/ b", "http://a/%zz", "http://a#b#c"],
    "uri-reference": ["\\a", "a b", "%"],
    uuid: ["2eb8aa08aa9811eab4aa73b441d16380", "x"],
    "json-pointer": ["a", "/~", "/~2"],
    regex: ["(", "[a"],
  };

  it.each(Object.keys(good))("%s is told from what is none", (name) => {
    const check = formats.get(name)!;
    expect(good[name]!.filter((text) => !check(text))).toEqual([]);
    expect([...bad[name]!, "a".repeat(3000)].filter((text) => check(text))).toEqual([]);
  });

  it("is checked in time in proportion to the text", () => {
    const start = performance.now();
    for (const check of formats.values()) {
      for (const unit of ["a", "1", ".", "::", "a.", "-", "1:", "P1", "/~0", "%2"]) check(unit.repeat(900));
    }
    // What backtracks would need minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
