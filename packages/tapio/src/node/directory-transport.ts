import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, opendir, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeDirectory } from "@alumiini/core/node";
import { type Message, type SendResult, type Transport, toError } from "@alumiini/delivery";

/** The directory, and which of its files are ours. */
export interface DirectorySettings {
  readonly directory: string;
  readonly maxFiles: number;
  /** The `source` in our files: other programs may write to the same directory. */
  readonly source: string;
}

const UNFINISHED = /^\.alumiini-[\da-f]{16}\.tmp$/;
/** The process that began an unfinished file of this age has ended: writing one takes milliseconds. */
const ABANDONED_MS = 3_600_000;
/** The beginning of our files holds id, time and source: 256 characters each at most, up to 6 bytes long in JSON. */
const HEAD_BYTES = 4096;
/** Names that every file system takes as they are, ULIDs and UUIDs among them. */
const SAFE_ID = /^[\w-]{1,128}$/;

const DELIVERED: SendResult = { status: "delivered" };

/** Writes each message's body to a file named after its destination, and keeps the number of files within its bound. */
export function directoryTransport(settings: DirectorySettings): Transport {
  const directory = resolve(settings.directory);
  /** Our files, the oldest first. */
  const files = new Set<string>();

  async function makeRoom(name: string): Promise<void> {
    const most = files.has(name) ? settings.maxFiles : settings.maxFiles - 1;
    for (const oldest of files) {
      if (files.size <= most) return;
      if (oldest === name) continue;
      // Another process may have removed it.
      await unlink(join(directory, oldest)).catch(ignoreMissing);
      files.delete(oldest);
    }
  }

  async function write({ destination, body }: Message): Promise<void> {
    const name = fileName(destination);
    await makeRoom(name);
    // A name for each attempt: one that the runtime has stopped waiting for may still be writing.
    const unfinished = join(directory, `.alumiini-${randomBytes(8).toString("hex")}.tmp`);
    try {
      await create(unfinished, body);
      await rename(unfinished, join(directory, name));
    } catch (error) {
      // On a full disk, the unfinished file would keep the space that the next attempt needs.
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw error;
    }
    // A file that is written again becomes the newest.
    files.delete(name);
    files.add(name);
  }

  async function create(path: string, body: Uint8Array): Promise<void> {
    try {
      await writeFile(path, body, { flag: "wx" });
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The directory was removed, with all files in it.
      files.clear();
      await makeDirectory(directory);
      await writeFile(path, body, { flag: "wx" });
    }
  }

  return {
    async connect(signal) {
      await makeDirectory(directory);
      files.clear();
      for (const name of await survey(directory, settings.source, signal)) files.add(name);
    },
    async send(batch, signal) {
      const results: SendResult[] = [];
      for (const message of batch) {
        try {
          signal.throwIfAborted();
          await write(message);
          results.push(DELIVERED);
        } catch (thrown) {
          const error = toError(thrown);
          // There is a directory of that name. No other attempt will change that.
          if (hasCode(error, "EISDIR")) {
            results.push({ status: "rejected", error });
            continue;
          }
          // The rest would fail too, as on a full disk; and a later event must not be written before this one.
          const failed: SendResult = { status: "retry", error };
          while (results.length < batch.length) results.push(failed);
          break;
        }
      }
      return results;
    },
  };
}

/** Returns the names of our files, the oldest first, and removes unfinished files of processes that have ended. */
async function survey(directory: string, source: string, signal: AbortSignal): Promise<string[]> {
  const own: string[] = [];
  const head = headPattern(source);
  for await (const entry of await opendir(directory)) {
    signal.throwIfAborted();
    const path = join(directory, entry.name);
    if (entry.isFile() && UNFINISHED.test(entry.name)) await removeAbandoned(path);
    if (entry.isFile() && entry.name.endsWith(".json") && head.test(await readHead(path))) own.push(entry.name);
  }
  // ULIDs sort by time, which is the order that TAPIO's command line takes too.
  return own.sort();
}

async function removeAbandoned(path: string): Promise<void> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > ABANDONED_MS) await unlink(path);
  } catch (error) {
    ignoreMissing(error);
  }
}

async function readHead(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch {
    // A file that can't be read can't be proven to be ours, so it stays.
    return "";
  } finally {
    await file?.close();
  }
}

/** Matches the beginning of an occurrence of this source, as `JSON.stringify` writes it. */
function headPattern(source: string): RegExp {
  const text = String.raw`"(?:[^"\\]|\\.)*"`;
  const own = JSON.stringify(source).replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(`^\\{"id":${text},"timestamp":${text},"source":${own},`);
}

/** `<id>.json`; an id that is no safe name gives its hash instead. */
function fileName(id: string): string {
  return `${SAFE_ID.test(id) ? id : `id-${createHash("sha256").update(id).digest("hex").slice(0, 32)}`}.json`;
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
