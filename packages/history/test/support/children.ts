import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** Where a program finds the packages that this one has. */
const BESIDE_PACKAGES = join(import.meta.dirname, "..", "..", "node_modules");

/** A program of the tests, bundled so that any Node and any thread runs it. */
export async function bundle(
  entry: string,
  parent = BESIDE_PACKAGES,
): Promise<{ readonly program: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(parent, ".history-child-"));
  const program = join(directory, "child.mjs");
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Elsewhere our own packages can't be found, and the clients must not.
    packages: parent === BESIDE_PACKAGES ? "external" : "bundle",
    external: ["pg", "@duckdb/node-api"],
    logLevel: "silent",
  });
  return { program, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A process that says things line by line, and does what it is told line by line. */
export class Child {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #isClosed = false;
  readonly lines: string[] = [];
  #rest = "";
  errors = "";

  constructor(command: readonly [string, ...string[]]) {
    const [program, ...args] = command;
    this.#process = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      this.lines.push(...lines);
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    // Not "exit": what it said last may come behind that.
    this.#closed = once(this.#process, "close").then(() => {
      this.#isClosed = true;
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Resolves to the first line, from the n-th on, that begins in one of these ways; rejects where it ends before. */
  async says(beginnings: string | readonly string[], from = 0): Promise<string> {
    for (;;) {
      const line = this.lines.slice(from).find((text) => [beginnings].flat().some((word) => text.startsWith(word)));
      if (line !== undefined) return line;
      if (this.#isClosed) {
        throw new Error(`it ended without saying ${beginnings}: ${this.lines.slice(-5).join("\n")}\n${this.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** `kill -9`; resolves when it is gone and all that it said is here. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#closed;
  }

  /** Resolves to the exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#process.exitCode;
  }
}
