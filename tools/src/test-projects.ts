import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, relative } from "node:path";
import { configDefaults, type TestProjectInlineConfiguration, type ViteUserConfig } from "vitest/config";
import { LongestFirst } from "./longest-first.ts";
import { SummaryReporter } from "./summary/summary-reporter.ts";
import { ROOT, workspacePackages } from "./workspace.ts";

const ALL = "{src,test}/**/*.test.ts";
const SLOW = "{src,test}/**/*.slow.test.ts";

/**
 * What vitest runs: `pnpm test` the quick files, `pnpm test:slow` those named `*.slow.test.ts`, which kill brokers, play
 * fleets over days or fill disks for half a minute each.
 */
export function testConfig(speed: "quick" | "slow"): ViteUserConfig {
  return {
    test: {
      projects: testProjects(speed),
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
  };
}

/**
 * One vitest project for each workspace package that has such tests, named after its directory. Type tests (`*.test-d.ts`)
 * are the compiler's: `pnpm typecheck` has them.
 */
function testProjects(speed: "quick" | "slow"): TestProjectInlineConfiguration[] {
  const include = [speed === "slow" ? SLOW : ALL];
  const exclude = speed === "slow" ? [] : [SLOW];
  return workspacePackages()
    .filter((directory) => globSync(include, { cwd: directory, exclude }).length > 0)
    .map((directory) => ({
      extends: true,
      test: {
        name: basename(directory),
        root: relative(ROOT, directory),
        include,
        exclude: [...configDefaults.exclude, ...exclude],
      },
    }));
}
