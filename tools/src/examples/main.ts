/** `check:examples`: every TypeScript example in the documentation compiles against the packages as they are built. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../workspace.ts";
import { extractBlocks } from "./extract.ts";
import { typecheckBlocks } from "./typecheck.ts";

const DOCUMENTS = ["*.md", "docs/**/*.md", "{packages,examples}/*/*.md", "packages/*/src/**/*.ts"];

const paths = globSync(DOCUMENTS, { cwd: ROOT, exclude: ["**/node_modules", "**/CHANGELOG.md"] }).sort();
const blocks = paths.flatMap((path) => extractBlocks(path, readFileSync(join(ROOT, path), "utf8")));
const errors = typecheckBlocks(blocks);

for (const error of errors) process.stdout.write(`${error}\n`);
const files = new Set(blocks.map((block) => block.path)).size;
process.stdout.write(`${blocks.length} examples in ${files} files, ${errors.length} errors\n`);
// Finding nothing at all would mean that the search is broken, not that all is well.
if (errors.length > 0 || blocks.length === 0) process.exitCode = 1;
