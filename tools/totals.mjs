// The one line that sums a run of `npm test` up.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Where vitest leaves its report. */
export const report = ".reports/vitest.json";
/** Where the line is left for `.ci/run`. */
const line = ".reports/totals.txt";

/** Removes what an earlier run left, so that it cannot be taken for this one's. */
export function forgetTotals() {
  for (const file of [report, line]) rmSync(file, { force: true });
}

/**
 * Writes the line down and answers it.
 * @param {boolean} everyStepPassed a step that failed without a failing test counts as one failure
 * @returns {string} `N passed, N failed`
 */
export function recordTotals(everyStepPassed) {
  const { passed, failed } = readReport();
  const text = `${passed} passed, ${everyStepPassed ? failed : Math.max(1, failed)} failed`;
  mkdirSync(dirname(line), { recursive: true });
  writeFileSync(line, `${text}\n`);
  return text;
}

function readReport() {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    return { passed: Number(numPassedTests), failed: Number(numFailedTests) };
  } catch {
    return { passed: 0, failed: 0 }; // the run did not come as far as the tests
  }
}
