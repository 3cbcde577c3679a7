import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ROOT } from "../src/workspace.ts";
import { ConsumerProject, modesOf, NODES } from "./consumer-project.ts";

const TYPESCRIPT = join(ROOT, "node_modules/typescript");

describe("@alumiini/core alone in an empty project", () => {
  let project: ConsumerProject;

  beforeAll(async () => {
    const tarball = inject("packed").find(({ name }) => name === "@alumiini/core")?.tarball;
    project = await ConsumerProject.install({ "@alumiini/core": `file:${tarball}` }, ["core.ts", "contract.ts"]);
  });

  afterAll(() => project?.remove());

  it("brings nothing with it", async () => {
    const modules = await readdir(join(project.directory, "node_modules"));
    expect(modules.filter((name) => !name.startsWith("."))).toEqual(["@alumiini"]);
  });

  it.each(modesOf("typescript-6"))("compiles without the types of Node: %s", async (mode) => {
    // What a browser project has: the compiler's default library, and no @types package.
    expect(await project.compile(TYPESCRIPT, mode, { types: [] })).toBe("");
  });

  describe.each(["esm", "cjs"] as const)("runs as %s", (mode) => {
    it.each(Object.entries(NODES))("on %s", async (_name, node) => {
      expect(await project.execute(node, `${mode}/out/core.js`)).toBe("ok\n");
    });
  });
});
