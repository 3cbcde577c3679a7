/**
 * Builds what has changed and says one line about it; prints the build's own output only where it fails.
 * The arguments name the packages to build with all they depend on; without any, everything is built.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./workspace.ts";

const filters = process.argv.slice(2).map((name) => `--filter=${name}...`);
const started = performance.now();
process.stdout.write("Building what has changed … ");
const build = spawnSync(
  join(ROOT, "node_modules/.bin/turbo"),
  ["run", "build", "--output-logs=errors-only", ...filters],
  {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  },
);
if (build.status === 0) {
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
} else {
  process.stdout.write(`failed\n${build.stdout}${build.stderr}${build.error?.message ?? ""}\n`);
  process.exitCode = 1;
}
