import { readFile } from "node:fs/promises";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, inject, it } from "vitest";
import { importableNames, publishedNames } from "../src/workspace.ts";
import { manifestFaults } from "./manifest-rules.ts";

/** What a tarball holds: built code, its types and maps, schemas, and what npm always adds. */
const SHIPPED =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(c?js|d\.c?ts)(\.map)?|schema\/.+\.json|generated\/.+\.(json|yaml))$/;

describe("each packed package", () => {
  async function tarballOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const found = inject("packed").find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} was not packed`);
    return new Uint8Array(await readFile(found.tarball));
  }

  describe.each(publishedNames())("%s", (name) => {
    it("has a manifest that keeps the rules", async () => {
      const contents = createPackageFromTarballData(await tarballOf(name));
      expect(manifestFaults(JSON.parse(contents.readFile(`/node_modules/${name}/package.json`)))).toEqual([]);
    });

    it("holds what is meant to ship, and nothing else", async () => {
      const prefix = `/node_modules/${name}/`;
      const files = createPackageFromTarballData(await tarballOf(name))
        .listFiles()
        .map((path) => path.replace(prefix, ""));
      expect(files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE"]));
      expect(files.filter((path) => !SHIPPED.test(path))).toEqual([]);
    });

    it("passes publint", async () => {
      const { messages, pkg } = await publint({ pack: { tarball: (await tarballOf(name)).buffer }, strict: true });
      expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    });

    // A command has no types to check.
    if (!importableNames().includes(name)) return;

    it("has the right types for ESM, CommonJS and bundlers", async () => {
      const result = await checkPackage(createPackageFromTarballData(await tarballOf(name)));
      if (result.types === false) throw new Error("it has no types");
      // `typesVersions` gives `node10` the types of code; JSON it can't find by `exports`.
      const problems = result.problems.filter(
        (problem) =>
          !("resolutionKind" in problem && problem.resolutionKind === "node10" && problem.entrypoint.endsWith(".json")),
      );
      expect(problems).toEqual([]);
    });
  });
});
