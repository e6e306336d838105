/** The closing line of a test run, from the report of vitest's JSON reporter. */

/**
 * Count tests of a report. A file that failed before its first test (a syntax error, a failing import) counts as one failed test,
 * so that it cannot hide behind the tests that passed.
 */
export function tally(report) {
  const files = report.testResults ?? [];
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** 0 only when something passed, nothing failed and the runner itself ended with 0. */
export function exitCodeOf({ passed, failed }, runnerCode) {
  return failed === 0 && passed > 0 && runnerCode === 0 ? 0 : 1;
}
