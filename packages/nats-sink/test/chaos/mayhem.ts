import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { NatsServer } from "../nats-server.js";
import type { TcpProxy } from "../tcp-proxy.js";
import { type Journal, readJournal } from "./journal.js";

/** What may befall a delivery. */
export type Blow = "kill the server" | "kill the process" | "cut the network" | "slow the network down";

/** A process that emits, everything it depends on, and what is done to them. */
export class Mayhem {
  readonly #client: string;
  readonly #events: number;
  readonly #server: NatsServer;
  readonly #proxy: TcpProxy;
  readonly #directory: string;
  readonly #random: () => number;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #errors = "";

  constructor(
    client: string,
    events: number,
    {
      server,
      proxy,
      directory,
      random,
    }: { server: NatsServer; proxy: TcpProxy; directory: string; random: () => number },
  ) {
    this.#client = client;
    this.#events = events;
    this.#server = server;
    this.#proxy = proxy;
    this.#directory = directory;
    this.#random = random;
  }

  get journal(): Journal {
    return readJournal(join(this.#directory, "journal"));
  }

  /** Starts a process that goes on where the last one stopped. */
  startProcess(): void {
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, "emitter.ts"),
        this.#client,
        this.#proxy.url,
        join(this.#directory, "outbox"),
        join(this.#directory, "journal"),
        String(this.journal.emitted + 1),
        String(this.#events),
      ],
      { stdio: ["ignore", "inherit", "pipe"] },
    );
    child.stderr?.on("data", (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-2000);
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("close", () => resolve()));
  }

  /** Whether an event of that number may have been emitted. Throws where the process ended by itself, and not well. */
  hasReached(number: number): boolean {
    this.#expectNoFailure();
    return this.journal.emitted >= number;
  }

  async strike(blow: Blow): Promise<void> {
    if (blow === "kill the process") {
      await this.killProcess();
      this.startProcess();
    } else if (blow === "kill the server") {
      await this.#server.kill();
      await this.#pause(300);
      await this.#server.restart();
    } else if (blow === "cut the network") {
      this.#proxy.cut({ refuse: this.#random() < 0.5 });
      await this.#pause(200);
      this.#proxy.mend();
    } else {
      this.#proxy.delayMs = Math.ceil(this.#random() * 20);
      await this.#pause(500);
      this.#proxy.delayMs = 0;
    }
  }

  async killProcess(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  /** Resolves when the process has delivered everything and ended by itself; rejects where it failed. */
  async end(): Promise<void> {
    await this.#exited;
    this.#expectNoFailure();
  }

  #expectNoFailure(): void {
    const code = this.#child?.exitCode ?? 0;
    if (code !== 0) throw new Error(`the process ended with ${code}: ${this.#errors}`);
  }

  /** Outages have random lengths. */
  #pause(mostMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#random() * mostMs));
  }
}
