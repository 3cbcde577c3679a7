/** A test that did not run, or a suite or file none of whose tests ran, all for one reason. */
export interface Skipped {
  readonly name: string;
  readonly tests: number;
  readonly reason: string;
}

/** What a test run came to. */
export interface RunResult {
  readonly passed: number;
  /** Failing tests, test files that could not be loaded, and errors that no test caught. */
  readonly failed: number;
  readonly skipped: readonly Skipped[];
}

/** Whether the run is good. In CI everything is provisioned, so a test that was skipped there did not do its job. */
export function isGood(result: RunResult, ci: boolean): boolean {
  return result.failed === 0 && !(ci && result.skipped.length > 0);
}

/** The lines that close a run: what was skipped and why, then one line of counts. */
export function summaryLines({ passed, failed, skipped }: RunResult, ci: boolean): string[] {
  const count = skipped.reduce((sum, { tests }) => sum + tests, 0);
  const lines = skipped.map(
    ({ name, tests, reason }) => `  - ${name}${tests > 1 ? ` (${tests} tests)` : ""}: ${reason}`,
  );
  if (count > 0) lines.unshift(`Skipped: ${count}${ci ? " (counted as failed, because CI=true)" : ""}`);
  if (ci) lines.push(`${passed} passed, ${failed + count} failed`);
  else lines.push(`${passed} passed, ${failed} failed${count > 0 ? `, ${count} skipped` : ""}`);
  return lines;
}
