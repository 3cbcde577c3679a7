import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "vitest";

/** Debian installs it where only root looks. */
const environment = { ...process.env, PATH: [process.env["PATH"], "/usr/sbin", "/usr/local/sbin"].join(delimiter) };

/** Skips the test where nats-server is missing; on CI, where it must not be missing, fails. */
export function needNatsServer(context: Pick<TestContext, "skip">): void {
  needProgram(context, "nats-server", "--version");
}

/** Skips the test where a program is missing; on CI, fails. */
export function needProgram(context: Pick<TestContext, "skip">, program: string, argument: string): void {
  if (spawnSync(program, [argument], { env: environment }).error === undefined) return;
  if (process.env["CI"] === "true") throw new Error(`${program} is not installed`);
  context.skip(`${program} is not installed`);
}

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
  static async start(configuration = ""): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), await mkdtemp(join(tmpdir(), "nats-")));
    await server.configure(configuration);
    await server.restart();
    return server;
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
    const log: string[] = [];
    const lines = createInterface({ input: child.stderr });
    const ready = await new Promise<boolean>((resolve) => {
      lines.on("line", (line) => {
        if (log.length < 100) log.push(line);
        if (line.includes("Server is ready")) resolve(true);
      });
      lines.once("close", () => resolve(false));
    });
    if (!ready) throw new Error(`nats-server did not start:\n${log.join("\n")}`);
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

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}
