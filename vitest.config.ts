import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./tools/src/summary/summary-reporter.ts";
import { testProjects } from "./tools/src/test-projects.ts";

export default defineConfig({
  test: {
    projects: testProjects(),
    reporters: ["default", new SummaryReporter()],
    // Most of the time goes by waiting for real brokers, servers and browsers.
    maxWorkers: 2 * availableParallelism(),
    // Tests start real processes (git, Prometheus, browsers), and a busy machine starts them slowly.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
