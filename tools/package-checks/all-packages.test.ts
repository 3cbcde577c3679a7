import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publishedNames } from "../src/workspace.ts";
import { COMPILERS, ConsumerProject, modesOf, NODES } from "./consumer-project.ts";
import { type LoopbackRegistry, startRegistry } from "./registry.ts";

const PEERS = { "@types/node": "^24.0.0", pino: "^10.0.0", "prom-client": "^15.1.0" };

/** The libraries that a project on Node may compile with: without the DOM's types, and the compiler's default. */
const LIBRARIES = { "ES2022 without DOM": { lib: ["ES2022"] }, "the default library": {} };

describe("all packages, installed into an empty project", () => {
  let registry: LoopbackRegistry;
  let project: ConsumerProject;

  beforeAll(async () => {
    registry = await startRegistry();
    const ours = publishedNames().map((name) => [name, "latest"] as const);
    const compilers = Object.entries(COMPILERS).map(
      ([alias, version]) => [alias, `npm:typescript@${version}`] as const,
    );
    const dependencies = { ...Object.fromEntries([...ours, ...compilers]), ...PEERS };
    const programs = ["core.ts", "adapters.ts", "contract.ts"];
    project = await ConsumerProject.install(dependencies, programs, registry.environment);
  });

  afterAll(async () => {
    await project?.remove();
    await registry?.close();
  });

  describe.each(Object.keys(COMPILERS) as (keyof typeof COMPILERS)[])("compile with %s", (compiler) => {
    describe.each(Object.entries(LIBRARIES))("against %s", (_library, options) => {
      it.each(modesOf(compiler))("as %s", async (mode) => {
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
