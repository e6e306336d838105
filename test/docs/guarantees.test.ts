/** docs/guarantees.md: every row of its table names tests, and every test that it names exists. What they show is theirs. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/guarantees.md", root), "utf8");

interface Named {
  readonly file: string;
  readonly title: string;
}

function testsIn(text: string): Named[] {
  return [...text.matchAll(/`(test\/[^`]+)`:\s+"([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title }));
}

/** The cells of each row below the head. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("the page of guarantees", () => {
  it("has what is kept, lost and repeated in every row, and at least one test", () => {
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) {
      const [, tier, kept, lost, repeated, tests = ""] = row;
      expect(row, String(tier)).toHaveLength(6);
      expect([tier, kept, lost, repeated].every(Boolean), row.join(" | ")).toBe(true);
      expect(testsIn(tests).length, row.join(" | ")).toBeGreaterThan(0);
      // Nothing in the cell is there that the check below would not see.
      expect(
        testsIn(tests)
          .map(({ file, title }) => `\`${file}\`: "${title}"`)
          .join("; "),
      ).toBe(tests);
    }
  });

  it("names tests that exist, by file and title", () => {
    const missing = testsIn(page).filter(({ file, title }) => {
      const url = new URL(file, root);
      return !existsSync(url) || !readFileSync(url, "utf8").includes(`"${title}"`);
    });
    expect(missing).toEqual([]);
  });

  it("speaks of every kind of host and of every fault that it promises", () => {
    const tiers = rows.map(([, tier = ""]) => tier).join("; ");
    for (const tier of ["memory", "LMDB", "`sync: false`", "Redis", "Temporal"]) expect(tiers).toContain(tier);
    const faults = rows.map(([fault = ""]) => fault).join("; ");
    for (const fault of [
      "process crashes",
      "kill -9",
      "Power loss",
      "always",
      "everysec",
      "no persistence",
      "fails over",
    ])
      expect(faults).toContain(fault);
  });
});
