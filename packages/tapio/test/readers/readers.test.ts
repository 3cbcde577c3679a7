import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sampleEvents } from "@alumiini/core/testing";
import { needProgram } from "@alumiini-internal/test-support/programs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { occurrence, tapioEvent } from "../../src/index.js";
import { anyEvent } from "../support/events.js";

const run = promisify(execFile);
const CACHE = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
const RESOURCE = { "k8s.namespace.name": "gitops", "k8s.pod.name": "controller-7d9", "k8s.node.name": "node-1" };
const OPTIONS = { resource: RESOURCE, pid: 4711 };

/** The samples, and what fast-check thinks of. */
const EVENTS = [...sampleEvents(), ...fc.sample(anyEvent, { numRuns: 300, seed: 13 })];
const OCCURRENCES = EVENTS.map((event) => occurrence(OPTIONS)(event)[0].data);

/** A directory of the cache that is this reader's, and another one once its sources change. */
async function buildDirectory(language: string): Promise<{ readonly sources: string; readonly target: string }> {
  const sources = join(import.meta.dirname, language);
  const hash = createHash("sha256");
  for (const entry of (await readdir(sources, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  )) {
    hash.update(await readFile(join(entry.parentPath, entry.name)));
  }
  const target = join(CACHE, "alumiini", `occurrence-reader-${language}-${hash.digest("hex").slice(0, 16)}`);
  await mkdir(target, { recursive: true });
  return { sources, target };
}

/** Builds for the first test that asks, and for no other. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function readWith(
  program: string,
  parameters: readonly string[],
  events: readonly unknown[],
): Promise<unknown[]> {
  const reading = run(program, parameters, { maxBuffer: 256 * 1_048_576 });
  reading.child.stdin?.end(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const lines = (await reading).stdout.trimEnd().split("\n");
  return lines.map((line): unknown => JSON.parse(line));
}

describe("a reader in Rust with the structs of TAPIO and POLKU", () => {
  const build = once(async () => {
    const { sources, target } = await buildDirectory("rust");
    await run("cargo", ["build", "--quiet", "--locked", "--target-dir", target], { cwd: sources });
    return join(target, "debug", "alumiini-occurrence-reader");
  });

  it("reads every occurrence, and shows of it what TAPIO's command line shows", async (context) => {
    needProgram(context, "cargo");
    const shown = await readWith(await build(), [], OCCURRENCES);
    expect(shown).toEqual(
      OCCURRENCES.map(({ id, timestamp, severity, outcome, error, context, data }) => ({
        id,
        timestamp,
        valid: true,
        grave: severity === "error" || severity === "critical",
        outcome: `${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}`,
        error: error === undefined ? null : [error.code, error.message],
        what_failed: error?.what_failed ?? null,
        place: [context.cluster, context.namespace],
        pod: "gitops/controller-7d9",
        entities: context.entities.length,
        types: true,
        group: context.correlation_keys[0],
        keys: context.correlation_keys.length,
        pid: data.pid,
      })),
    );
  });

  it("refuses what lacks a field that it demands, so that the test above can fail", async (context) => {
    needProgram(context, "cargo");
    const [whole] = OCCURRENCES.filter(({ error }) => error !== undefined);
    const { protocol_version: _, ...unversioned } = whole ?? {};
    const untold = { ...whole, error: { code: "x", message: "y" } };
    const underWay = { ...whole, outcome: "in_progress" };
    const shown = await readWith(await build(), [], [unversioned, untold, underWay]);
    expect(shown).toMatchObject([{ refused: "tapio" }, { refused: "polku" }, { refused: "polku" }]);
  });
});

describe("a reader in Go with the structs of TAPIO", () => {
  const build = once(async () => {
    const { sources, target } = await buildDirectory("go");
    await run("go", ["build", "-o", join(target, "reader"), "."], { cwd: sources });
    return join(target, "reader");
  });

  it("reads every occurrence whole", async (context) => {
    needProgram(context, "go", "version");
    const read = await readWith(await build(), [], OCCURRENCES);
    expect(read.map(withPlainTime)).toEqual(OCCURRENCES.map(withPlainTime));
  });

  it("reads every TapioEvent whole", async (context) => {
    needProgram(context, "go", "version");
    const events = EVENTS.map((event) => tapioEvent(OPTIONS)(event)[0].data);
    const read = await readWith(await build(), ["tapio"], events);
    expect(read.map(withPlainTime)).toEqual(events.map(withPlainTime));
  });
});

/** Go writes no zeros at the end of a fraction. */
function withPlainTime(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("timestamp" in value)) return value;
  return { ...value, timestamp: Date.parse(String(value.timestamp)) };
}
