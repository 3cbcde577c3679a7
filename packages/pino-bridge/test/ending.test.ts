import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const PROGRAM = join(import.meta.dirname, "programs/emit-and-end.mjs");

/** In another package's modules: with it in this one's, this one's build would run on it. */
const NODE_20 = join(import.meta.dirname, "../../../runtime-tests/node_modules/node-20/bin/node");

const RUNTIMES = [
  ["Node 24", "pino", process.execPath, ["exit", "signal"]],
  // A signal is the harder way to go: pino itself does something at an exit.
  ["Node 20", "pino", NODE_20, ["signal"]],
  ["Node 20", "pino-9", NODE_20, ["signal"]],
] as const;

/** `process.exit()` and death of a signal right after telemetry has closed. */
const WELL_ENDED = {
  exit: { code: 0, signal: null, errors: "" },
  signal: { code: null, signal: "SIGTERM", errors: "" },
} as const;

/** More than a pipe takes: the rest waits in the process until somebody reads. */
const MANY = 1000;
/** Less than a pipe takes: a program that writes synchronously to a full one stands still. */
const FEW = 150;

const DESTINATIONS = [
  ["an asynchronous destination", MANY],
  ["a buffered asynchronous destination", MANY],
  ["a synchronous destination", FEW],
  ["a buffered synchronous destination", FEW],
  ["a child logger", MANY],
  ["a stream of Node's", FEW],
  ["a multistream", MANY],
  ["a transport", MANY],
  ["a transport to several", MANY],
] as const;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pino-bridge-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** Runs the program to its end. Nobody reads its output before it has emitted everything. */
async function run(node: string, parameters: readonly string[]) {
  const program = spawn(node, [PROGRAM, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(program, "close");
  let output: Promise<string> | undefined;
  let errors = "";
  for await (const chunk of program.stderr) {
    errors += chunk;
    if (errors.endsWith("ready\n")) program.kill("SIGTERM");
    if (errors.endsWith("emitted\n")) output ??= text(program.stdout);
  }
  const [code, signal] = await ended;
  return { code, signal, errors: errors.replace("ready\n", "").replace("emitted\n", ""), output: (await output) ?? "" };
}

function emitted(events: number): string[] {
  return Array.from({ length: events }, (_, index) => `app-${index}`);
}

function repositoriesIn(log: string): unknown[] {
  if (log === "") return [];
  return log
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line)["alumiini.repo.name"]);
}

describe.for(RUNTIMES)("on %s with %s, no line that was logged is lost", ([_name, pinoModule, node, endings]) => {
  it.for([["no destination", MANY] as const, ...DESTINATIONS])(
    "on its way to a pipe through %s",
    async ([kind, events], { skip }) => {
      if (!existsSync(node)) return missing(node, skip);
      for (const ending of endings) {
        const { output, ...rest } = await run(node, [pinoModule, kind, ending, String(events)]);
        expect.soft(rest, ending).toEqual(WELL_ENDED[ending]);
        expect.soft(repositoriesIn(output), ending).toEqual(emitted(events));
      }
    },
  );

  it.for(DESTINATIONS)("on its way to a file through %s", async ([kind, events], { skip }) => {
    if (!existsSync(node)) return missing(node, skip);
    for (const ending of endings) {
      const file = join(directory, `${ending}.log`);
      const rest = await run(node, [pinoModule, kind, ending, String(events), file]);
      expect.soft(rest, ending).toEqual({ ...WELL_ENDED[ending], output: "" });
      expect.soft(repositoriesIn(await readFile(file, "utf8")), ending).toEqual(emitted(events));
    }
  });
});

function missing(node: string, skip: (reason: string) => void): void {
  if (process.env["CI"] === "true") throw new Error(`${node} is missing`);
  skip(`${node} is missing`);
}
