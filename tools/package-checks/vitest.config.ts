import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "../src/longest-first.ts";
import { SummaryReporter } from "../src/summary/summary-reporter.ts";

/** `check:packages`: apart from the tests, because it needs the registry and the packages as they would be published. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    reporters: ["default", new SummaryReporter()],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    globalSetup: "global-setup.ts",
    // Installing waits for the disk and the registry as often as it computes.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
  },
});
