import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, onFreshPorts } from "./ports.ts";
import { environment } from "./programs.ts";
import { untilSaid } from "./until-said.ts";

/** A real nats-server with JetStream, on a free port of the loopback interface, its data in a directory of its own. */
export class NatsServer {
  readonly port: number;
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
  }

  /** @param configuration what the server's configuration file says beyond port, address and JetStream */
  static start(configuration = ""): Promise<NatsServer> {
    return onFreshPorts(async () => {
      const server = new NatsServer(await freePort(), await mkdtemp(join(tmpdir(), "nats-")));
      try {
        await server.configure(configuration);
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        throw error;
      }
    });
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Takes effect with the next start. */
  async configure(configuration: string): Promise<void> {
    await writeFile(
      join(this.#directory, "nats.conf"),
      `listen: "127.0.0.1:${this.port}"\njetstream: { store_dir: "${join(this.#directory, "store")}" }\n${configuration}\n`,
    );
  }

  /** Starts the process on the data that there is, and resolves when it listens. */
  async restart(): Promise<void> {
    const child = spawn("nats-server", ["-c", join(this.#directory, "nats.conf")], {
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("close", () => resolve()));
    await untilSaid("nats-server", child, "Server is ready");
  }

  /** Makes the server read its configuration again, without closing connections. */
  reload(): void {
    this.#child?.kill("SIGHUP");
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
