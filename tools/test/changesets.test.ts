import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { uncoveredPackages } from "../src/changesets/coverage.ts";

describe("changeset coverage", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "changesets-"));
    git("init", "-q", "-b", "main");
    await commit({ ".changeset/config.json": "{}", ...manifest("1.2.0"), "packages/lamp/src/index.ts": "export {};" });
    git("checkout", "-q", "-b", "work");
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  function git(...parameters: string[]): void {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"];
    execFileSync("git", [...identity, ...parameters], { cwd: root });
  }

  function manifest(version: string): Record<string, string> {
    return { "packages/lamp/package.json": JSON.stringify({ name: "@example/lamp", version }) };
  }

  async function commit(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    git("add", ".");
    git("commit", "-q", "-m", "change");
  }

  const uncovered = (base = "main") => uncoveredPackages(root, [join(root, "packages/lamp")], base);
  const CHANGESET = { ".changeset/calm-cat.md": '---\n"@example/lamp": patch\n---\n\nShine.\n' };

  it("asks for nothing where nothing changed", async () => {
    expect(await uncovered()).toEqual([]);
  });

  it("asks for a changeset when a source changed, until there is one", async () => {
    await commit({ "packages/lamp/src/index.ts": "export const on = true;" });
    expect(await uncovered()).toEqual(["@example/lamp: changed without a changeset (packages/lamp/src/index.ts)"]);
    await commit(CHANGESET);
    expect(await uncovered()).toEqual([]);
  });

  it("takes a changeset for this package only", async () => {
    await commit({
      "packages/lamp/README.md": "# Lamp",
      ".changeset/a.md": '---\n"@example/other": patch\n---\n\nNo.\n',
    });
    expect(await uncovered()).toHaveLength(1);
  });

  it("does not ask for tests and changelogs", async () => {
    await commit({
      "packages/lamp/test/lamp.test.ts": "",
      "packages/lamp/src/a.test.ts": "",
      "packages/lamp/CHANGELOG.md": "",
    });
    expect(await uncovered()).toEqual([]);
  });

  it("does not ask for the release itself", async () => {
    await commit({ ...manifest("1.2.1"), "packages/lamp/README.md": "# Lamp 1.2.1" });
    expect(await uncovered()).toEqual([]);
  });

  it("asks for the first release, with or without a base to compare with", async () => {
    await commit(manifest("0.0.0"));
    expect(await uncovered("origin/main")).toEqual(["@example/lamp: never released, and no changeset releases it"]);
    await commit(CHANGESET);
    expect(await uncovered("origin/main")).toEqual([]);
  });
});
