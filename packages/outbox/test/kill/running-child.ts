import { spawn } from "node:child_process";
import { once } from "node:events";
import type { FsyncMode } from "../../src/options.js";

/** A process that appends until it is killed. */
export class RunningChild {
  readonly #process;
  readonly #closed: Promise<unknown>;
  #isClosed = false;
  #output = "";
  #errors = "";

  constructor(
    node: string,
    program: string,
    options: { directory: string; session: number; fsync: FsyncMode; lockTimeoutMs: number },
  ) {
    const { directory, session, fsync, lockTimeoutMs } = options;
    const values = [program, directory, String(session), fsync, String(lockTimeoutMs)];
    this.#process = spawn(node, values, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    // Not "exit": what it said last may come behind that.
    this.#closed = once(this.#process, "close").then(() => {
      this.#isClosed = true;
    });
  }

  /** Resolves when the output holds the word; rejects if the process ends before. */
  async says(word: string): Promise<void> {
    while (!this.#output.includes(word)) {
      if (this.#isClosed) throw new Error(`it ended: ${this.#errors}`);
      await Promise.race([once(this.#process.stdout, "data"), this.#closed]);
    }
  }

  /** Returns what it wrote. */
  async kill(): Promise<string> {
    this.#process.kill("SIGKILL");
    await this.#closed;
    if (this.#process.signalCode !== "SIGKILL") throw new Error(`it ended by itself: ${this.#errors}`);
    return this.#output;
  }

  /** Returns what it complained about when it ended by itself. */
  async fails(): Promise<string> {
    await this.#closed;
    return this.#errors;
  }
}
