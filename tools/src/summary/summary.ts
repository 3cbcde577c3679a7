/** A test that did not run. */
export interface SkippedTest {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
}

/** What a test run came to. */
export interface RunResult {
  readonly passed: number;
  /** Failing tests, test files that could not be loaded, and errors that no test caught. */
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

/** Whether the run is good. In CI everything is provisioned, so a test that was skipped there did not do its job. */
export function isGood(result: RunResult, ci: boolean): boolean {
  return result.failed === 0 && !(ci && result.skipped.length > 0);
}

/** The lines that close a run: what was skipped and why, then one line of counts. */
export function summaryLines(result: RunResult, ci: boolean): string[] {
  const { passed, failed, skipped } = result;
  const lines = skipped.map(({ file, name, reason }) => `  - ${file} > ${name}: ${reason}`);
  if (lines.length > 0) lines.unshift(`Skipped: ${lines.length}${ci ? " (counted as failed, because CI=true)" : ""}`);
  if (ci) lines.push(`${passed} passed, ${failed + skipped.length} failed`);
  else lines.push(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
  return lines;
}
