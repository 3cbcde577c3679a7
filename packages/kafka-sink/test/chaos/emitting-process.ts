import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Journal, readJournal } from "./journal.js";

/** The emitter, from one life to the next. */
export class EmittingProcess {
  readonly #client: string;
  readonly #broker: string;
  readonly #topic: string;
  readonly #directory: string;
  readonly #events: number;
  #child: ChildProcess | undefined;
  #errors = "";

  constructor(client: string, broker: string, topic: string, directory: string, events: number) {
    this.#client = client;
    this.#broker = broker;
    this.#topic = topic;
    this.#directory = directory;
    this.#events = events;
  }

  get journal(): Journal {
    return readJournal(this.#journalPath);
  }

  /** Starts it where the last one stopped. */
  start(): void {
    const paths = [join(this.#directory, "outbox"), this.#journalPath];
    const range = [this.journal.emitted + 1, this.#events].map(String);
    const script = join(import.meta.dirname, "emitter.ts");
    const args = [script, this.#client, this.#broker, this.#topic, ...paths, ...range];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "pipe"] });
    child.stderr.on("data", (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-4000);
    });
    this.#child = child;
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited();
  }

  /** Resolves when it has delivered everything and ended by itself. */
  async end(): Promise<void> {
    const code = await this.#exited();
    if (code !== 0) throw new Error(`the process ended with ${code}: ${this.#errors}`);
  }

  async #exited(): Promise<number | null> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "close");
    return child?.exitCode ?? null;
  }

  get #journalPath(): string {
    return join(this.#directory, "journal");
  }
}
