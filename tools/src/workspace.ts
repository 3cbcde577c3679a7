import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root directory, without a slash at its end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

function packagesIn(directory: string): string[] {
  const parent = join(ROOT, directory);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((path) => existsSync(join(path, "package.json")))
    .sort();
}

/** The directories of the packages that are published. */
export function publishedPackages(): string[] {
  return packagesIn("packages");
}

/** The directories of every package of the workspace, published or private. */
export function workspacePackages(): string[] {
  return [
    ...packagesIn("packages"),
    ...packagesIn("examples"),
    ...["bench", "runtime-tests", "test-support", "tools"].map(inRoot),
  ];
}

function inRoot(name: string): string {
  return join(ROOT, name);
}

/** The names of the packages that are published. */
export function publishedNames(): string[] {
  return publishedPackages().map((directory) => String(manifestOf(directory)["name"]));
}

/** Those of them that programs import; the command line is run, and has nothing to import. */
export function importableNames(): string[] {
  return publishedPackages().flatMap((directory) => {
    const { name, exports } = manifestOf(directory);
    return typeof exports === "object" && exports !== null && "." in exports ? [String(name)] : [];
  });
}

function manifestOf(directory: string): Readonly<Record<string, unknown>> {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "name" in manifest) return { ...manifest };
  throw new Error(`${directory}/package.json has no name`);
}
