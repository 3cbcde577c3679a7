import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tools/src/longest-first.ts";
import { SummaryReporter } from "./tools/src/summary/summary-reporter.ts";
import { testProjects } from "./tools/src/test-projects.ts";

export default defineConfig({
  test: {
    projects: testProjects(),
    reporters: ["default", new SummaryReporter()],
    sequence: { sequencer: LongestFirst },
    // Most of the time goes by waiting for real brokers, servers and browsers.
    maxWorkers: 2 * availableParallelism(),
    // For what hangs only: tests start real processes (git, brokers, browsers), and a busy machine starts them slowly.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // `test:coverage`: what tests run in their own process; programs that they start are not seen.
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["json-summary"] },
  },
});
