/** `check:changesets`: no change of a published package goes without a changeset. */
import { publishedPackages, ROOT } from "../workspace.ts";
import { uncoveredPackages } from "./coverage.ts";

const packages = publishedPackages();
const uncovered = await uncoveredPackages(ROOT, packages, "origin/main");
for (const line of uncovered) process.stdout.write(`${line}; run: pnpm changeset\n`);
process.stdout.write(`${packages.length} packages, ${uncovered.length} without a changeset they need\n`);
if (uncovered.length > 0) process.exitCode = 1;
