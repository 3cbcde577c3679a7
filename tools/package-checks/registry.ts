import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runServer } from "verdaccio";
import type { PackedPackage } from "./pack.ts";

const run = promisify(execFile);

/** A registry on this machine that has our packages as they would be published; all others come from npm's. */
export interface LoopbackRegistry {
  /** What a package manager needs in its environment to install from this registry and from nowhere else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Publishes a package again under another version, as a later release would be. */
  publishAs(name: string, version: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a registry that has the packages. */
export async function startRegistry(packages: readonly PackedPackage[]): Promise<LoopbackRegistry> {
  const directory = await mkdtemp(join(tmpdir(), "registry-"));
  const { stdout: upstream } = await run("npm", ["config", "get", "registry"]);
  const server: Server = await runServer({
    configPath: join(directory, "config.yaml"),
    storage: join(directory, "storage"),
    auth: { htpasswd: { file: join(directory, "htpasswd") } },
    uplinks: { npmjs: { url: upstream.trim(), maxage: "30m", timeout: "60s" } },
    packages: {
      "@alumiini/*": { access: "$all", publish: "$all", unpublish: "$all" },
      "**": { access: "$all", proxy: "npmjs" },
    },
    log: { type: "stdout", level: "fatal" },
    self_path: directory,
    max_body_size: "100mb",
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/`;
  const npmrc = join(directory, "npmrc");
  await writeFile(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=loopback\nfund=false\naudit=false\n`);
  const environment = {
    npm_config_userconfig: npmrc,
    npm_config_registry: url,
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    YARN_ENABLE_TELEMETRY: "0",
    // Ours are minutes old.
    YARN_NPM_MINIMAL_AGE_GATE: "0",
    BUN_CONFIG_REGISTRY: url,
  };
  const publish = (tarball: string) =>
    run("npm", ["publish", tarball, "--registry", url, "--tag", "latest", "--access", "public"], {
      env: { ...process.env, ...environment },
    });
  for (const { tarball } of packages) await publish(tarball);

  return {
    environment,
    async publishAs(name, version) {
      const found = packages.find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(`${name} was not packed`);
      const unpacked = await mkdtemp(join(directory, "release-"));
      await run("tar", ["-xzf", found.tarball, "-C", unpacked]);
      const manifest = join(unpacked, "package/package.json");
      const text = await readFile(manifest, "utf8");
      await writeFile(manifest, text.replace(/"version": *"[^"]*"/, `"version": "${version}"`));
      await publish(join(unpacked, "package"));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
