import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { importableNames, publishedNames } from "../src/workspace.ts";
import { NODES } from "./consumer-project.ts";

const run = promisify(execFile);

/** How each package manager installs what `package.json` names. */
const MANAGERS: Readonly<Record<string, readonly string[]>> = {
  npm: ["npm", "install"],
  pnpm: ["npx", "-y", "pnpm@12", "install"],
  "yarn 1": ["npx", "-y", "yarn@1", "install", "--no-progress"],
  bun: ["npx", "-y", "bun@1", "install"],
};

/** What the subpaths need that a user would have installed. */
const CLIENTS = {
  "@nats-io/jetstream": "^3.0.0",
  "@nats-io/transport-node": "^3.0.0",
  "@opentelemetry/api": "^1.9.0",
  kafkajs: "^2.2.4",
  pino: "^10.0.0",
  "prom-client": "^15.1.0",
};

const PROGRAM = `
const packages = ${JSON.stringify(importableNames())};
for (const name of packages) if (Object.keys(await import(name)).length === 0) throw new Error(name + " exports nothing");
const { createRequire } = await import("node:module");
const require = createRequire(import.meta.url);
for (const name of packages) if (Object.keys(require(name)).length === 0) throw new Error(name + " exports nothing");
console.log("ok");
`;

describe.each(Object.entries(MANAGERS))("installed by %s", (_name, [command = "", ...parameters]) => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "managed-"));
    const ours = Object.fromEntries(publishedNames().map((name) => [name, "latest"]));
    const manifest = { name: "managed", private: true, dependencies: { ...ours, ...CLIENTS } };
    await writeFile(join(directory, "package.json"), JSON.stringify(manifest));
    await writeFile(join(directory, "program.mjs"), PROGRAM);
    await run(command, parameters, { cwd: directory, env: { ...process.env, ...inject("registry"), CI: "" } });
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it("every package can be imported and required", async () => {
    const { stdout } = await run(NODES["Node 20"], ["program.mjs"], { cwd: directory });
    expect(stdout).toBe("ok\n");
  });
});
