import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freePort } from "../../test-support/src/ports.ts";
import { publishedNames } from "../src/workspace.ts";
import { COMPILERS, ConsumerProject, type Mode, modesOf, NODES } from "./consumer-project.ts";

const PEERS = { "@types/node": "^24.0.0", pino: "^10.0.0", "prom-client": "^15.1.0" };

describe("all packages, installed into an empty project", () => {
  let project: ConsumerProject;

  beforeAll(async () => {
    const ours = publishedNames().map((name) => [name, "latest"] as const);
    const compilers = Object.entries(COMPILERS).map(
      ([alias, version]) => [alias, `npm:typescript@${version}`] as const,
    );
    const dependencies = { ...Object.fromEntries([...ours, ...compilers]), ...PEERS };
    const programs = ["core.ts", "adapters.ts", "contract.ts", "once.ts"];
    project = await ConsumerProject.install(dependencies, programs, { ...process.env, ...inject("registry") });
  });

  afterAll(() => project?.remove());

  describe.each(Object.keys(COMPILERS) as (keyof typeof COMPILERS)[])("compile with %s", (compiler) => {
    const compile = (mode: Mode, options: Readonly<Record<string, unknown>>) =>
      project.compile(join(project.directory, "node_modules", compiler), mode, { ...options, types: ["node"] });

    it.each(modesOf(compiler))("against ES2022 without DOM, as %s", async (mode) => {
      expect(await compile(mode, { lib: ["ES2022"] })).toBe("");
    });

    // Whether the DOM's types get in the way does not depend on how modules are found.
    it("against the compiler's default library", async () => {
      expect(await compile("esm", {})).toBe("");
    });
  });

  describe.each(["esm", "cjs"] as const)("run as %s", (mode) => {
    it.each(Object.entries(NODES))("on %s", async (_name, node) => {
      expect(await project.execute(node, `${mode}/out/core.js`)).toBe("ok\n");
      expect(await project.execute(node, `${mode}/out/adapters.js`)).toBe("ok\n");
    });
  });

  it.each(Object.entries(NODES))(
    "a program that closes nothing loses and repeats nothing, on %s",
    async (name, node) => {
      const receiver = createServer((request, response) => {
        request.resume().once("end", () => response.writeHead(202).end());
      });
      const port = await freePort();
      receiver.listen(port, "127.0.0.1");
      await once(receiver, "listening");
      const url = `http://127.0.0.1:${port}`;
      const emit = (exitWaitMs: number, events: number) =>
        project.execute(node, "esm/out/once.js", url, join(project.directory, name), `${exitWaitMs}`, `${events}`);
      expect(await emit(50_000, 2)).toBe("recovered 0, delivered 2, pending 0\n");
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      expect(await emit(1000, 3)).toBe("recovered 0, delivered 0, pending 3\n");
      receiver.listen(port, "127.0.0.1");
      await once(receiver, "listening");
      expect(await emit(50_000, 0)).toBe("recovered 3, delivered 3, pending 0\n");
      receiver.closeAllConnections();
      receiver.close();
    },
  );
});
