import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./tools/src/summary/summary-reporter.ts";

/** The long runs, `pnpm test:chaos`: brokers, networks and processes are killed while events flow. */
export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.chaos.ts"],
    reporters: ["default", new SummaryReporter()],
    hookTimeout: 120_000,
    // Each run needs the machine for itself.
    fileParallelism: false,
  },
});
