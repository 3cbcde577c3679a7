import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { freePort, onFreshPorts } from "./ports.ts";
import { untilSaid } from "./until-said.ts";

/** Debian keeps the programs of each version apart from the others. */
const DEBIAN = "/usr/lib/postgresql";

/** A real PostgreSQL on a free port of the loopback interface, its data in a directory of its own. */
export class PostgresServer {
  readonly port: number;
  readonly #bin: string;
  readonly #directory: string;
  readonly #user: { readonly uid?: number; readonly gid?: number };
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  private constructor(port: number, bin: string, directory: string, user: { uid?: number; gid?: number }) {
    this.port = port;
    this.#bin = bin;
    this.#directory = directory;
    this.#user = user;
  }

  static start(): Promise<PostgresServer> {
    return onFreshPorts(async () => {
      const bin = await programsDirectory();
      if (bin === undefined) throw new Error("PostgreSQL is not installed");
      const directory = await mkdtemp(join(tmpdir(), "postgres-"));
      const user = unprivilegedUser();
      if (user.uid !== undefined && user.gid !== undefined) await chown(directory, user.uid, user.gid);
      const server = new PostgresServer(await freePort(), bin, directory, user);
      try {
        await server.#run("initdb", [
          "-D",
          server.#data,
          "-U",
          "postgres",
          "-A",
          "trust",
          "-E",
          "UTF8",
          "--locale=C.UTF-8",
        ]);
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        throw error;
      }
    });
  }

  /** Of the database `postgres`, in which every test makes a schema of its own. */
  get url(): string {
    return `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts the process on the data that there is, and resolves when it accepts connections. */
  async restart(): Promise<void> {
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(this.port),
      unix_socket_directories: this.#directory,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(join(this.#bin, "postgres"), ["-D", this.#data, ...args], {
      ...this.#user,
      cwd: this.#directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("close", () => resolve()));
    await untilSaid("postgres", child, "ready to accept connections");
  }

  /** `kill -9` of the server's main process; its others end when they notice. Resolves when all are gone. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  /** Breaks off all connections and ends. */
  async stop(): Promise<void> {
    // SIGQUIT takes its children along; their memory is of no use to anyone.
    this.#child?.kill("SIGQUIT");
    await this.#exited;
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#directory, "data");
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await promisify(execFile)(join(this.#bin, program), [...args], { ...this.#user, cwd: this.#directory });
  }
}

/** Skips the test where PostgreSQL is missing. In CI what was skipped has failed. */
export async function needPostgres(context: { skip(reason: string): void }): Promise<void> {
  if ((await programsDirectory()) === undefined) context.skip("PostgreSQL is not installed");
}

/** Where `postgres` and `initdb` are: the newest of Debian's, else what is on the path. */
async function programsDirectory(): Promise<string | undefined> {
  const versions: string[] = await readdir(DEBIAN).catch(() => []);
  const newest = versions
    .map(Number)
    .filter((version) => version >= 15)
    .sort((a, b) => b - a);
  const onPath = (process.env["PATH"] ?? "").split(delimiter);
  for (const directory of [...newest.map((version) => join(DEBIAN, String(version), "bin")), ...onPath]) {
    const names: string[] = await readdir(directory).catch(() => []);
    if (names.includes("postgres") && names.includes("initdb")) return directory;
  }
  return undefined;
}

/** PostgreSQL refuses to run as root, so root runs it as nobody. */
function unprivilegedUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" })));
  return uid === undefined || gid === undefined ? {} : { uid, gid };
}
