import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readChangesets } from "@changesets/read";

/** What no user of a package notices. */
const UNNOTICED = /(^|\/)(test|CHANGELOG\.md)(\/|$)|\.test(-d)?\.ts$/;

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/**
 * The packages that need a changeset and have none. A package needs one when it was never released, or when something
 * that its users notice changed since the branch left `base`, except for the release itself.
 *
 * @param root - The repository's root directory.
 * @param packages - The directories of the published packages.
 * @param base - The branch that changes are merged to, such as `origin/main`; ignored where it does not exist.
 */
export async function uncoveredPackages(root: string, packages: readonly string[], base: string): Promise<string[]> {
  const changesets = await readChangesets(root);
  const covered = new Set(changesets.flatMap((changeset) => changeset.releases.map((release) => release.name)));
  const fork = git(root, "merge-base", base, "HEAD")?.trim();
  return packages.flatMap((directory) => {
    const manifest = parseManifest(readFileSync(join(directory, "package.json"), "utf8"));
    if (covered.has(manifest.name)) return [];
    if (manifest.version === "0.0.0") return [`${manifest.name}: never released, and no changeset releases it`];
    const changed = fork === undefined ? [] : changedFiles(root, directory, manifest, fork);
    return changed.length === 0 ? [] : [`${manifest.name}: changed without a changeset (${changed.join(", ")})`];
  });
}

function changedFiles(root: string, directory: string, manifest: Manifest, fork: string): string[] {
  const path = relative(root, directory);
  const before = git(root, "show", `${fork}:${path}/package.json`);
  if (before !== undefined && parseManifest(before).version !== manifest.version) return [];
  const names = git(root, "diff", "--name-only", fork, "--", path) ?? "";
  return names.split("\n").filter((name) => name !== "" && !UNNOTICED.test(name));
}

/** What git prints, or `undefined` where it knows no such thing. */
function git(root: string, ...parameters: string[]): string | undefined {
  try {
    return execFileSync("git", parameters, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    // No such branch, or no such file at that commit: the caller knows what that means.
    return undefined;
  }
}

function parseManifest(text: string): Manifest {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === "object" && parsed !== null && "name" in parsed && "version" in parsed) {
    const { name, version } = parsed;
    if (typeof name === "string" && typeof version === "string") return { name, version };
  }
  throw new Error("a package.json without name and version");
}
