/** What `npm test` counts, and which servers it starts for which files. */
import { describe, expect, it } from "vitest";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface TallyModule {
  tally(report: object): Counts;
  closingLine(counts: Counts): string;
  exitCodeOf(counts: Counts, runnerCode: number): number;
}

interface TestFilesModule {
  selectionNeeds(server: string, filters: readonly string[]): boolean;
}

const { tally, closingLine, exitCodeOf } = await load<TallyModule>("tally");
const { selectionNeeds } = await load<TestFilesModule>("test-files");

/** The scripts are plain JavaScript without declarations, so their shapes are stated above. */
async function load<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../../scripts/lib/${name}.mjs`, import.meta.url).href)) as Module;
}

const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults: [] };

describe("the closing line", () => {
  it("counts passed, failed and skipped tests", () => {
    expect(closingLine(tally(report))).toBe("5 passed, 1 failed, 3 skipped");
  });

  it("counts a file that could not be loaded as a failed test", () => {
    const broken = { status: "failed", assertionResults: [] };
    const counted = { status: "failed", assertionResults: [{ status: "failed" }] };
    expect(tally({ ...report, testResults: [broken, counted] }).failed).toBe(2);
  });
});

describe("the exit code of a test run", () => {
  it("is 0 only when tests passed, none failed and the runner agrees", () => {
    const good = { passed: 3, failed: 0, skipped: 1 };
    expect(exitCodeOf(good, 0)).toBe(0);
    expect(exitCodeOf({ ...good, failed: 1 }, 0)).toBe(1);
    expect(exitCodeOf({ ...good, passed: 0 }, 0)).toBe(1);
    expect(exitCodeOf(good, 1)).toBe(1);
  });
});

describe("the servers of a test run", () => {
  it("are those that the selected files import", () => {
    expect(selectionNeeds("temporal", ["test/scripts/services"])).toBe(true);
    expect(selectionNeeds("temporal", ["test/scripts/test-run"])).toBe(false);
  });

  it("are all when options make the selection unclear", () => {
    expect(selectionNeeds("temporal", ["test/scripts/test-run", "-t", "name"])).toBe(true);
  });
});
