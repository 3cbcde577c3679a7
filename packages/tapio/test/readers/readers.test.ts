import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sampleEvents } from "@alumiini/core/testing";
import { isInstalled } from "@alumiini-internal/test-support/programs";
import fc from "fast-check";
import { describe, expect, it, type TestContext } from "vitest";
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
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    hash.update(await readFile(join(entry.parentPath, entry.name)));
  }
  const target = join(CACHE, "alumiini", `occurrence-reader-${language}-${hash.digest("hex").slice(0, 16)}`);
  await mkdir(target, { recursive: true });
  return { sources, target };
}

/** A program on the PATH, or where the toolchain's own installer puts it. */
function find(program: string, directory: string): string | undefined {
  const own = join(directory, program);
  return isInstalled(program, "version") ? program : existsSync(own) ? own : undefined;
}

/** Builds the Rust reader, or says why that can't be done here. */
async function buildRust(context: TestContext): Promise<string> {
  const cargo = process.env["CARGO"] ?? find("cargo", join(homedir(), ".cargo/bin"));
  if (cargo === undefined) return context.skip("CARGO does not name a Rust toolchain, and there is no other");
  const { sources, target } = await buildDirectory("rust");
  const crates = await run(cargo, ["fetch", "--quiet", "--locked"], { cwd: sources }).catch((error: unknown) => error);
  if (crates instanceof Error) {
    return context.skip(
      `CARGO_HOME does not name a place with the reader's crates: ${crates.message.replace(/\s+/g, " ").slice(0, 300)}`,
    );
  }
  await run(cargo, ["build", "--quiet", "--locked", "--offline", "--target-dir", target], { cwd: sources });
  return join(target, "debug", "alumiini-occurrence-reader");
}

async function buildGo(context: TestContext): Promise<string> {
  const go = find("go", "/usr/local/go/bin");
  if (go === undefined) return context.skip("go is not installed");
  const { sources, target } = await buildDirectory("go");
  const reader = join(target, "reader");
  await run(go, ["build", "-o", reader, "."], { cwd: sources });
  return reader;
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
  it("reads every occurrence, and shows of it what TAPIO's command line shows", async (context) => {
    const shown = await readWith(await buildRust(context), [], OCCURRENCES);
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
    const [whole] = OCCURRENCES.filter(({ error }) => error !== undefined);
    const { protocol_version: _, ...unversioned } = whole ?? {};
    const untold = { ...whole, error: { code: "x", message: "y" } };
    const underWay = { ...whole, outcome: "in_progress" };
    const shown = await readWith(await buildRust(context), [], [unversioned, untold, underWay]);
    expect(shown).toMatchObject([{ refused: "tapio" }, { refused: "polku" }, { refused: "polku" }]);
  });
});

describe("a reader in Go with the structs of TAPIO", () => {
  it("reads every occurrence whole", async (context) => {
    const read = await readWith(await buildGo(context), [], OCCURRENCES);
    expect(read.map(withPlainTime)).toEqual(OCCURRENCES.map(withPlainTime));
  });

  it("reads every TapioEvent whole", async (context) => {
    const events = EVENTS.map((event) => tapioEvent(OPTIONS)(event)[0].data);
    const read = await readWith(await buildGo(context), ["tapio"], events);
    expect(read.map(withPlainTime)).toEqual(events.map(withPlainTime));
  });
});

/** Go writes no zeros at the end of a fraction. */
function withPlainTime(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("timestamp" in value)) return value;
  return { ...value, timestamp: Date.parse(String(value.timestamp)) };
}
