import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";

/** The child as a program that any Node runs, from the sources. */
export async function bundleChild(): Promise<{ readonly program: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "ingest-child-"));
  const program = join(directory, "child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "child.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return { program, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A process that takes deliveries until it is killed. */
export class RunningChild {
  readonly base: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(base: string, child: ChildProcess, lines: AsyncIterator<string>) {
    this.base = base;
    this.#process = child;
    this.#lines = lines;
  }

  static async start(program: string, file: string, routes: readonly string[]): Promise<RunningChild> {
    const child = spawn(process.execPath, [program, file, ...routes], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    const port = /^port (\d+)$/.exec(String(value))?.[1];
    if (port === undefined) throw new Error(`it did not start: ${value}`);
    return new RunningChild(`http://127.0.0.1:${port}`, child, lines);
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await gone;
  }

  /** Ends it in peace; resolves with its counts. */
  async stop(): Promise<unknown> {
    const gone = once(this.#process, "close");
    this.#process.kill("SIGTERM");
    const { value } = await this.#lines.next();
    await gone;
    return JSON.parse(String(value).replace(/^stats /, ""));
  }
}
