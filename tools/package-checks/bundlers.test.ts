import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import webpack, { type StatsCompilation } from "webpack";
import { importableNames } from "../src/workspace.ts";

const run = promisify(execFile);

/** For each package the recommended client alone, and not the others that it could use. */
const CLIENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "@alumiini/kafka-sink": { kafkajs: "^2.2.4" },
  "@alumiini/nats-sink": { "@nats-io/jetstream": "^3.0.0", "@nats-io/transport-node": "^3.0.0" },
  "@alumiini/otel": { "@opentelemetry/api": "^1.9.0" },
  "@alumiini/pino-bridge": { pino: "^10.0.0" },
  "@alumiini/prometheus": { "prom-client": "^15.1.0" },
};

describe("bundled by webpack", () => {
  // The engines of the history are native: they stay outside of a bundle.
  it.each(importableNames().filter((name) => name !== "@alumiini/history"))(
    "%s gives no warnings with the recommended client alone",
    async (name) => {
      const directory = await mkdtemp(join(tmpdir(), "bundled-"));
      try {
        const dependencies = { "@alumiini/core": "latest", [name]: "latest", ...CLIENTS[name] };
        await writeFile(join(directory, "package.json"), JSON.stringify({ private: true, dependencies }));
        const env = { ...process.env, ...inject("registry") };
        await run("npm", ["install", "--legacy-peer-deps"], { cwd: directory, env });
        await writeFile(join(directory, "entry.mjs"), `import * as all from "${name}"; console.log(Object.keys(all));`);
        expect(await bundle(directory)).toEqual([]);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  );
});

/** Returns what webpack complains about. */
function bundle(directory: string): Promise<string[]> {
  const compiler = webpack({
    mode: "production",
    target: "node20",
    context: directory,
    entry: "./entry.mjs",
    output: { path: join(directory, "out") },
  });
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error !== null || stats === undefined) reject(error ?? new Error("webpack gave no result"));
      else resolve(complaints(stats.toJson({ all: false, errors: true, warnings: true, moduleTrace: true })));
      compiler.close(() => {});
    });
  });
}

/** Clients load parts of their own on demand: what they lack is theirs. Only what comes of our code counts. */
function complaints({ errors = [], warnings = [] }: StatsCompilation): string[] {
  return [...errors, ...warnings]
    .filter(({ moduleIdentifier, moduleName }) => /@alumiini|entry/.test(`${moduleIdentifier} ${moduleName}`))
    .map(({ message }) => message);
}
