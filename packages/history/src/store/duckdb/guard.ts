import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isMainThread, threadId } from "node:worker_threads";
import { makeDirectory } from "@alumiini/core/node";
import { codeOf, messageOf, StoreError, StoreHeld, StoreUnavailable } from "../errors.js";

/** What keeps everyone else from opening a store's file. */
export interface Guard {
  release(): Promise<void>;
}

const NAME = /^(owner|starting)-[0-9a-f]{16}\.sock$/;
/** 108 bytes on Linux, 104 elsewhere, with a zero at the end. */
const MAX_SOCKET_PATH_BYTES = 103;
/**
 * For a holder that closes just now and removes the directory, for two that have seen each other and both step back, and
 * for one that was about to listen and was taken for dead.
 */
const PATIENCE_MS = 500;
const REPLY_TIMEOUT_MS = 500;

/**
 * The path that all names of a file lead to, whether it exists yet or not.
 *
 * @throws StoreError where the file has a second name (a hard link), which no guard by path could see
 */
export async function realPathOf(path: string): Promise<string> {
  try {
    const real = await fs.realpath(path);
    const { nlink } = await fs.stat(real);
    if (nlink > 1)
      throw new StoreError(`${path} has ${nlink} hard links. Remove the others: they let it be opened twice.`);
    return real;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    const directory = await fs.realpath(dirname(path)).catch((cause: unknown) => {
      throw new StoreError(`The directory of ${path} can't be opened: ${messageOf(cause)}`, { cause });
    });
    return join(directory, basename(path));
  }
}

/**
 * Holds a file against other processes, other threads of this one, and a second opening in the same thread. DuckDB's own
 * lock can't: it belongs to the process, and any read of the file within the process drops it.
 *
 * The guard is a Unix socket in `<file>.lock/` that its holder listens on (a named pipe on Windows). The kernel stops
 * listening when the thread or process ends, however it ends, so whether a holder is alive is no guess: not by process
 * ids, which are used again, and which two containers on one volume share.
 *
 * @param realPath what {@link realPathOf} returned
 * @throws StoreHeld with the holder's program and process id
 */
export async function holdFile(realPath: string): Promise<Guard> {
  const deadline = performance.now() + PATIENCE_MS;
  let refusal: unknown;
  for (;;) {
    try {
      const result = process.platform === "win32" ? await tryPipe(realPath) : await trySocket(realPath);
      if (typeof result !== "string") return result;
      refusal = new StoreHeld(
        `${realPath} is held by ${result}. One process and thread at a time can open it; ask the running one over HTTP.`,
      );
    } catch (error) {
      // It may come of a holder that closes just now: what that removes is missing at any step.
      refusal ??= error;
    }
    const left = deadline - performance.now();
    if (left <= 0) throw refusal;
    await wait(Math.min(left, 20 + Math.random() * 80));
  }
}

/** Returns the guard, or who has it. */
async function tryPipe(realPath: string): Promise<Guard | string> {
  const pipe = `\\\\.\\pipe\\alumiini-history-${createHash("sha256").update(realPath.toLowerCase()).digest("hex")}`;
  try {
    const server = await listen(pipe);
    return { release: () => close(server) };
  } catch (error) {
    if (codeOf(error) !== "EADDRINUSE" && codeOf(error) !== "EACCES") throw error;
    return (await holderAt(pipe)) ?? "another process";
  }
}

/**
 * Returns the guard, or who has it. Announces itself first and looks at the others then: of two, the later one sees the
 * earlier one. An entry gets its name only once it is listened on, so one that nobody listens on is dead for good.
 */
async function trySocket(realPath: string): Promise<Guard | string> {
  const directory = `${realPath}.lock`;
  await makeDirectory(directory, 0o700).catch((cause: unknown) => {
    throw new StoreUnavailable(
      `${directory} can't be made: ${messageOf(cause)}. To query a store on a read-only disk, open it with { readOnly: true }.`,
      { cause },
    );
  });
  const paths = await SocketPaths.of(directory);
  const id = randomBytes(8).toString("hex");
  const own = `owner-${id}.sock`;
  let server: Server | undefined;
  const stepBack = async (): Promise<void> => {
    await fs.rm(join(directory, own), { force: true });
    await fs.rm(join(directory, `starting-${id}.sock`), { force: true });
    if (server !== undefined) await close(server);
    await paths.close();
    // Fails while another announces itself, which then needs it.
    await fs.rmdir(directory).catch(() => {});
  };
  try {
    server = await listen(paths.socket(`starting-${id}.sock`));
    await fs.rename(join(directory, `starting-${id}.sock`), join(directory, own));
    for (const other of await fs.readdir(directory)) {
      const kind = NAME.exec(other)?.[1];
      if (other === own || kind === undefined) continue;
      const holder = await holderAt(paths.socket(other));
      if (holder === undefined) await fs.rm(join(directory, other), { force: true });
      else if (kind === "owner") {
        await stepBack();
        return holder;
      }
    }
  } catch (error) {
    await stepBack();
    throw error;
  }
  return { release: stepBack };
}

/** Names itself to those who connect. */
function listen(path: string): Promise<Server> {
  const thread = isMainThread ? "" : `, worker thread ${threadId}`;
  const self = `${basename(process.execPath)} (PID ${process.pid}${thread})`;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(self);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.unref();
      // A failing accept changes nothing: the socket is still listened on.
      server.on("error", () => {});
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Who listens there. Only a refused connection or a missing socket means nobody. */
function holderAt(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(path);
    // Busy, but there: the kernel has accepted the connection.
    const timer = setTimeout(() => finish("another process"), REPLY_TIMEOUT_MS);
    const finish = (holder: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(holder);
    };
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      said = (said + text).slice(0, 200);
    });
    socket.on("end", () => finish(said || "another process"));
    socket.on("error", (error) => {
      finish(["ECONNREFUSED", "ENOENT"].includes(codeOf(error) ?? "") ? undefined : said || "another process");
    });
  });
}

/** What to bind or connect to, with a way round the shortness of socket paths. */
class SocketPaths {
  readonly #directory: string;
  readonly #handle: fs.FileHandle | undefined;

  private constructor(directory: string, handle: fs.FileHandle | undefined) {
    this.#directory = directory;
    this.#handle = handle;
  }

  static async of(directory: string): Promise<SocketPaths> {
    const longest = Buffer.byteLength(join(directory, "starting-0123456789abcdef.sock"));
    if (longest <= MAX_SOCKET_PATH_BYTES) return new SocketPaths(directory, undefined);
    if (process.platform === "linux") return new SocketPaths(directory, await fs.open(directory, "r"));
    throw new StoreError(`The path of the store is ${longest - MAX_SOCKET_PATH_BYTES} bytes too long: ${directory}`);
  }

  socket(name: string): string {
    return join(this.#handle === undefined ? this.#directory : `/proc/self/fd/${this.#handle.fd}`, name);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
