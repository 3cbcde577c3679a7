import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, type TestContext } from "vitest";
import { startBroker } from "./broker.js";

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(packageDirectory, "node_modules");

/** A program that uses the built package where only these clients are installed; returns what it prints. */
async function runWith(context: TestContext, clients: readonly string[], servers: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "nats-client-"));
  context.onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const scope = join(directory, "node_modules", "@alumiini");
  await mkdir(join(directory, "node_modules", "@nats-io"), { recursive: true });
  await mkdir(scope);
  await symlink(join(modules, "@alumiini/core"), join(scope, "core"));
  await symlink(join(modules, "@alumiini/delivery"), join(scope, "delivery"));
  for (const client of clients) await symlink(join(modules, client), join(directory, "node_modules", client));
  // A copy: Node resolves what a package imports from where it really is.
  await cp(join(packageDirectory, "dist"), join(scope, "nats-sink", "dist"), { recursive: true });
  await cp(join(packageDirectory, "package.json"), join(scope, "nats-sink", "package.json"));
  await writeFile(
    join(directory, "program.mjs"),
    `import { natsSink } from "@alumiini/nats-sink";
     const sink = natsSink({ servers: ${JSON.stringify(servers)}, onFailure: ({ message }) => failed(message) });
     const failed = async (text) => { console.log(text); await sink.close(); };
     sink.ready().then(async () => { console.log("ready"); await sink.close(); }, () => {});`,
  );
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(directory, "program.mjs")], { timeout: 110_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(error);
    });
  });
}

describe("natsSink with servers alone", () => {
  it.for([["@nats-io/transport-node"], ["nats"], ["@nats-io/transport-node", "nats"]])(
    "connects where %s is installed",
    async (clients, context) => {
      const broker = await startBroker(context);
      expect(await runWith(context, clients, broker.url)).toBe("ready");
    },
  );

  it("says what to install where there is none", async (context) => {
    expect(await runWith(context, [], "nats://127.0.0.1:1")).toContain(
      "natsSink found no NATS client: npm install @nats-io/transport-node",
    );
  });
});
