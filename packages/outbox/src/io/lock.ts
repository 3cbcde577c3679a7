import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { errorCode } from "./file-system.js";

/** A directory that nobody else can lock. */
export interface DirectoryLock {
  release(): Promise<void>;
  /** Whether the lock is still in the directory: not where that was deleted, or another one is in its place. */
  isIntact(): Promise<boolean>;
}

const LOCK_NAME = /^(owner|starting)-[0-9a-f]{16}\.sock$/;

/** The longest path of a socket: 108 bytes on Linux, 104 elsewhere, with a zero at the end. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Locks a directory. The lock is a Unix socket in it that its owner listens on. The kernel stops listening when the
 * process ends, however it ends, so whether a lock is stale is no guess: not with process ids that are used again, nor
 * in containers that can't see each other's processes.
 *
 * @throws when another process holds the directory for longer than `timeoutMs`
 */
export async function lockDirectory(directory: string, timeoutMs: number): Promise<DirectoryLock> {
  const deadline = performance.now() + timeoutMs;
  const paths = await SocketPaths.of(directory);
  try {
    for (;;) {
      const lock = await tryToLock(paths);
      if (lock !== undefined) return lock;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`The outbox directory ${directory} is in use by another process or outbox`);
      // At random, for two that have seen each other both step back.
      await wait(Math.min(left, 20 + Math.random() * 80));
    }
  } catch (error) {
    await paths.close();
    throw error;
  }
}

/**
 * Announces itself first and looks at the others then: of two, the later one sees the earlier one. An entry gets its
 * name only once it is listened on, so one that nobody listens on is dead for good.
 */
async function tryToLock(paths: SocketPaths): Promise<DirectoryLock | undefined> {
  const id = randomBytes(8).toString("hex");
  const name = `owner-${id}.sock`;
  const server = await listen(paths.socket(`starting-${id}.sock`));
  try {
    await fs.rename(paths.file(`starting-${id}.sock`), paths.file(name));
    for (const other of await fs.readdir(paths.directory)) {
      const kind = LOCK_NAME.exec(other)?.[1];
      if (other === name || kind === undefined) continue;
      if (!(await isListenedOn(paths.socket(other)))) await fs.rm(paths.file(other), { force: true });
      else if (kind === "owner") {
        await stop(server, paths.file(name));
        return undefined;
      }
    }
  } catch (error) {
    await stop(server, paths.file(name));
    // The owner of the directory took what was about to be listened on for something dead, and removed it.
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  return {
    isIntact: () =>
      fs.lstat(paths.file(name)).then(
        () => true,
        () => false,
      ),
    async release() {
      await stop(server, paths.file(name));
      await paths.close();
    },
  };
}

/** Whether a process holds the directory now. Changes nothing in it. */
export async function isLocked(directory: string): Promise<boolean> {
  const paths = await SocketPaths.of(directory);
  try {
    for (const name of await fs.readdir(directory)) {
      if (LOCK_NAME.exec(name)?.[1] === "owner" && (await isListenedOn(paths.socket(name)))) return true;
    }
    return false;
  } finally {
    await paths.close();
  }
}

function listen(path: string): Promise<Server> {
  // A connection is all that the other side wants to see.
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new Error(`Can't lock the outbox directory with a Unix socket: ${cause.message}`, { cause }));
    });
    server.listen(path, () => {
      server.unref();
      // A failing accept changes nothing: the socket is still listened on.
      server.on("error", () => {});
      resolve(server);
    });
  });
}

async function stop(server: Server, path: string): Promise<void> {
  await fs.rm(path, { force: true });
  await new Promise((resolve) => server.close(resolve));
}

/** Only a refused connection or a missing socket means nobody. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => resolve(!["ECONNREFUSED", "ENOENT"].includes(errorCode(error) ?? "")));
  });
}

/** The paths of a directory's files, with a way round the shortness of socket paths. */
class SocketPaths {
  readonly directory: string;
  readonly #handle: fs.FileHandle | undefined;

  private constructor(directory: string, handle: fs.FileHandle | undefined) {
    this.directory = directory;
    this.#handle = handle;
  }

  static async of(directory: string): Promise<SocketPaths> {
    const longest = join(directory, "starting-0123456789abcdef.sock");
    if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES) return new SocketPaths(directory, undefined);
    if (process.platform === "linux") return new SocketPaths(directory, await fs.open(directory, "r"));
    const most = MAX_SOCKET_PATH_BYTES - Buffer.byteLength(longest) + Buffer.byteLength(directory);
    throw new Error(`The path of the outbox directory ${directory} is longer than ${most} bytes`);
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  /** What to bind or connect to. */
  socket(name: string): string {
    return this.#handle === undefined ? this.file(name) : `/proc/self/fd/${this.#handle.fd}/${name}`;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
