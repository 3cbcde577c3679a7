import { globSync } from "node:fs";
import { basename, relative } from "node:path";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { ROOT, workspacePackages } from "./workspace.ts";

/**
 * One vitest project for each workspace package that has tests, named after its directory. Type tests (`*.test-d.ts`) are
 * the compiler's: `pnpm typecheck` has them.
 */
export function testProjects(): TestProjectInlineConfiguration[] {
  return workspacePackages()
    .filter((directory) => globSync("{src,test}/**/*.test.ts", { cwd: directory }).length > 0)
    .map((directory) => ({
      extends: true,
      test: {
        name: basename(directory),
        root: relative(ROOT, directory),
        include: ["{src,test}/**/*.test.ts"],
      },
    }));
}
