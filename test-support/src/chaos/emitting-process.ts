import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { until } from "../until.ts";
import { type Journal, readJournal } from "./journal.ts";

/** What an emitting process runs. */
export interface Emitter {
  /** A program that does what `emission` says, with arguments of its own. */
  readonly script: string;
  readonly args: readonly string[];
  /** For the outbox and the journal. */
  readonly directory: string;
  /** How many events there are. */
  readonly events: number;
}

/** A process that emits numbered events into a sink with an outbox, from one life to the next. */
export class EmittingProcess {
  readonly #emitter: Emitter;
  #child: ChildProcess | undefined;
  #errors = "";

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  get journal(): Journal {
    return readJournal(this.#journalPath);
  }

  /** Starts it where the last one stopped. */
  start(): void {
    const { script, args, directory, events } = this.#emitter;
    const range = [this.journal.emitted + 1, events].map(String);
    const all = [script, join(directory, "outbox"), this.#journalPath, ...range, ...args];
    const child = spawn(process.execPath, all, { stdio: ["ignore", "inherit", "pipe"] });
    child.stderr.on("data", (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-4000);
    });
    this.#child = child;
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#closed();
  }

  /**
   * Runs it to its end, and deals it each of the blows so many times meanwhile, in random order and evenly spread over
   * the events. Resolves with the number of blows when everything has been delivered.
   */
  async endure(blows: readonly (() => Promise<void>)[], times: number, random: () => number): Promise<number> {
    const order = Array.from({ length: times }, () => blows)
      .flat()
      .map((blow) => ({ blow, place: random() }))
      .sort((a, b) => a.place - b.place);
    this.start();
    for (const [index, { blow }] of order.entries()) {
      const due = (this.#emitter.events * (index + 1)) / (order.length + 1);
      await until(() => {
        this.#expectNoFailure();
        return this.journal.emitted >= due;
      }, 300_000);
      await blow();
    }
    await this.#closed();
    this.#expectNoFailure();
    return order.length;
  }

  async #closed(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "close");
  }

  #expectNoFailure(): void {
    const code = this.#child?.exitCode ?? 0;
    if (code !== 0) throw new Error(`the process ended with ${code}: ${this.#errors}`);
  }

  get #journalPath(): string {
    return join(this.#emitter.directory, "journal");
  }
}
