import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { publishedNames } from "../src/workspace.ts";
import { type LoopbackRegistry, startRegistry } from "./registry.ts";

const run = promisify(execFile);

describe("a later release of core", () => {
  let registry: LoopbackRegistry;
  let directory: string;
  const npm = (...parameters: string[]) =>
    run("npm", parameters, { cwd: directory, env: { ...process.env, ...registry.environment } });

  beforeAll(async () => {
    registry = await startRegistry(inject("packed"));
    directory = await mkdtemp(join(tmpdir(), "release-"));
    const ours = Object.fromEntries(publishedNames().map((name) => [name, "0.0.0"]));
    await writeFile(join(directory, "package.json"), JSON.stringify({ private: true, dependencies: ours }));
    await npm("install");
  });

  afterAll(async () => {
    await registry?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(["0.1.0", "0.2.0", "1.0.0"])("%s installs beside the adapters that are there", async (version) => {
    await registry.publishAs("@alumiini/core", version);
    await npm("install", `@alumiini/core@${version}`);
    const installed: unknown = JSON.parse(
      await readFile(join(directory, "node_modules/@alumiini/core/package.json"), "utf8"),
    );
    expect(installed).toMatchObject({ version });
    // It fails where a peer is not what a package asks for.
    await npm("ls", "--all");
  });
});
