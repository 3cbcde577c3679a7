import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseWire } from "@alumiini/core";
import { until } from "@alumiini-internal/test-support/until";
import { expect, onTestFinished } from "vitest";

/** One of the built programs, running. */
export interface Program {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The JSON lines of its log. */
  readonly log: () => LogLine[];
  /** Whether it has ended and all that it said is here. */
  readonly hasEnded: () => boolean;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** Starts a program from `dist`; it is killed after the test if it still runs. */
export function start(name: "controller" | "demo", args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const script = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
  if (!existsSync(script)) throw new Error("build the example first: pnpm run build");
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, INIT_CWD: undefined, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let isClosed = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => {
      isClosed = true;
      resolve({ code, signal });
    });
  });
  // The last line may still be coming.
  const lines = () => stdout.split("\n").slice(0, -1);
  const log = () => lines().flatMap((line): LogLine[] => (line.startsWith("{") ? [JSON.parse(line)] : []));
  return { child, stdout: () => stdout, stderr: () => stderr, log, hasEnded: () => isClosed, ended };
}

/** Polls until `look` finds something; rejects with what the program said, should it end before. */
export function untilProgram<T>({ hasEnded, stdout, stderr }: Program, look: () => T, timeoutMs?: number) {
  return until(() => {
    const found = look();
    if (hasEnded() && (found === undefined || found === false)) {
      throw new Error(`the program ended: ${stdout().slice(-2000)}${stderr()}`);
    }
    return found;
  }, timeoutMs);
}

/** Waits for the first line of the log with a URL in it, and answers that. */
export async function loggedUrl(program: Program): Promise<string> {
  return untilProgram(program, () =>
    program
      .log()
      .map(({ msg }) => /http:\/\/[\d.]+:\d+/.exec(String(msg))?.[0])
      .find((url) => url !== undefined),
  );
}

/** The lines of the log that are events of a type. */
export function events(program: Program, type?: string): LogLine[] {
  return program.log().filter((line) => {
    const found = line["alumiini.event.type"];
    return found !== undefined && (type === undefined || found === type);
  });
}

/** Checks that a demo that has ended delivered every event to a broker, where these were found. */
export function expectAllStored({ stdout }: Program, sink: string, stored: readonly string[]): void {
  const [, delivered, accepted] = new RegExp(`Closed ${sink}: (\\d+) of (\\d+) events delivered`).exec(stdout()) ?? [];
  expect(stored.every((text) => parseWire(text).ok)).toBe(true);
  expect(stored).toHaveLength(Number(accepted));
  expect(delivered).toBe(accepted);
  expect(stdout()).toContain(`${accepted} events emitted`);
}
