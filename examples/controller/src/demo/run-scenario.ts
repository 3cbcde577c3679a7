import { redactText } from "@alumiini/core";
import type { Logger } from "pino";
import type { DemoContext, DemoRepository } from "./context.js";
import type { Step } from "./scenario.js";

/** How a step went. */
export interface StepResult {
  readonly repository: string;
  readonly title: string;
  readonly passed: boolean;
  /** The events seen, or why the step failed. */
  readonly detail: string;
}

/**
 * Runs the steps, one repository after the other. A step that fails ends it for that repository: what comes
 * after builds on it.
 */
export async function runScenario(
  steps: readonly Step[],
  context: DemoContext,
  demoRepositories: readonly DemoRepository[],
  logger: Logger,
  signal: AbortSignal,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const demo of demoRepositories) {
    const { name } = demo.repository;
    for (const [index, step] of steps.entries()) {
      if (signal.aborted) return results;
      logger.info(`──── ${name} ${index + 1}/${steps.length}: ${step.title}`);
      // What the first step waits for began when the controller started.
      if (index > 0) demo.expected.begin();
      const failure = await step.run(context, demo).then(() => undefined, describe);
      const detail = failure ?? (demo.expected.seen.join(", ") || "as scraped");
      results.push({ repository: name, title: step.title, passed: failure === undefined, detail });
      if (failure !== undefined) break;
    }
  }
  return results;
}

function describe(error: unknown): string {
  return redactText(error instanceof Error ? error.message : String(error));
}

/** The steps with a mark each, as text. */
export function describeResults(results: readonly StepResult[]): string {
  return results
    .map(
      ({ repository, title, passed, detail }) => `  ${passed ? "✔" : "✘"} ${repository}: ${title}\n      ${detail}\n`,
    )
    .join("");
}
