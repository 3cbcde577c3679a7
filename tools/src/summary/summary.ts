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

/** A reason to skip that no provisioning can remove: reference material whose place only the user can name. */
const MATERIAL_MISSING = /^[A-Z][A-Z_]+ does not name /;

/** Tests skipped that count as failed: in CI everything is provisioned, so what was skipped there did not do its job. */
function skippedAtFault({ skipped }: RunResult, ci: boolean): number {
  return ci ? countTests(skipped.filter(({ reason }) => !MATERIAL_MISSING.test(reason))) : 0;
}

/** Whether the run is good. */
export function isGood(result: RunResult, ci: boolean): boolean {
  return result.failed === 0 && skippedAtFault(result, ci) === 0;
}

/** The lines that close a run: what was skipped and why, then one line of counts. */
export function summaryLines(result: RunResult, ci: boolean): string[] {
  const { passed, failed, skipped } = result;
  const count = countTests(skipped);
  const atFault = skippedAtFault(result, ci);
  const lines = skipped.map(
    ({ name, tests, reason }) => `  - ${name}${tests > 1 ? ` (${tests} tests)` : ""}: ${reason}`,
  );
  const note =
    atFault === 0 ? "" : ` (${atFault === count ? "" : `${atFault} of them `}counted as failed, because CI=true)`;
  if (count > 0) lines.unshift(`Skipped: ${count}${note}`);
  if (ci) lines.push(`${passed} passed, ${failed + atFault} failed`);
  else lines.push(`${passed} passed, ${failed} failed${count > 0 ? `, ${count} skipped` : ""}`);
  return lines;
}

function countTests(skipped: readonly Skipped[]): number {
  return skipped.reduce((sum, { tests }) => sum + tests, 0);
}
