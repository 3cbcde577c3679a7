import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPILERS, ConsumerProject, MODES, type Mode, NODES } from "./consumer-project.ts";
import { type PackedPackages, packAll } from "./pack.ts";

const PEERS = { "@types/node": "^24.0.0", pino: "^10.0.0", "prom-client": "^15.1.0" };

/** The libraries that a project on Node may compile with: without the DOM's types, and the compiler's default. */
const LIBRARIES = { "ES2022 without DOM": { lib: ["ES2022"] }, "the default library": {} };

describe("all packages, installed into an empty project", () => {
  let packed: PackedPackages;
  let project: ConsumerProject;

  beforeAll(async () => {
    packed = await packAll();
    const tarballs = packed.packages.map(({ name, tarball }) => [name, `file:${tarball}`] as const);
    const compilers = Object.entries(COMPILERS).map(
      ([alias, version]) => [alias, `npm:typescript@${version}`] as const,
    );
    const dependencies = { ...Object.fromEntries([...tarballs, ...compilers]), ...PEERS };
    project = await ConsumerProject.install(dependencies, ["core.ts", "adapters.ts", "contract.ts"]);
  });

  afterAll(async () => {
    await project?.remove();
    await packed?.remove();
  });

  describe.each(Object.keys(COMPILERS))("compile with %s", (compiler) => {
    describe.each(Object.entries(LIBRARIES))("against %s", (_library, options) => {
      it.each(Object.keys(MODES) as Mode[])("as %s", async (mode) => {
        const path = join(project.directory, "node_modules", compiler);
        expect(await project.compile(path, mode, { ...options, types: ["node"] })).toBe("");
      });
    });
  });

  describe.each(["esm", "cjs"] as const)("run as %s", (mode) => {
    it.each(Object.entries(NODES))("on %s", async (_name, node) => {
      expect(await project.execute(node, `${mode}/out/core.js`)).toBe("ok\n");
      expect(await project.execute(node, `${mode}/out/adapters.js`)).toBe("ok\n");
    });
  });
});
