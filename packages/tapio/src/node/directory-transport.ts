import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, opendir, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Message, type SendResult, type Transport, toError } from "@alumiini/delivery";

/** What the transport needs to know. */
export interface DirectorySettings {
  readonly directory: string;
  readonly maxFiles: number;
  /** What our files say in `source`: by it they are told from files of others. */
  readonly source: string;
}

const UNFINISHED = /^\.alumiini-[\da-f]{16}\.tmp$/;
/** An unfinished file of this age belongs to a process that is gone: writing one takes milliseconds. */
const ABANDONED_MS = 3_600_000;
/** The beginning of our files holds id, time and source: 256 characters each at most, up to 6 bytes long in JSON. */
const HEAD_BYTES = 4096;
/** Names that every file system takes as they are, ULIDs and UUIDs among them. */
const SAFE_ID = /^[\w-]{1,128}$/;

const DELIVERED: SendResult = { status: "delivered" };

/** Writes each message's body to a file named after its destination, and keeps the number of files within its bound. */
export function directoryTransport(settings: DirectorySettings): Transport {
  const directory = resolve(settings.directory);
  const unfinished = join(directory, `.alumiini-${randomBytes(8).toString("hex")}.tmp`);
  /** Our files, the oldest first. */
  const files = new Set<string>();

  async function makeRoom(name: string): Promise<void> {
    const most = files.has(name) ? settings.maxFiles : settings.maxFiles - 1;
    for (const oldest of files) {
      if (files.size <= most) return;
      if (oldest === name) continue;
      // Somebody else may have removed it already.
      await unlink(join(directory, oldest)).catch(ignoreMissing);
      files.delete(oldest);
    }
  }

  async function write({ destination, body }: Message): Promise<void> {
    const name = fileName(destination);
    await makeRoom(name);
    try {
      await writeFile(unfinished, body);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The directory was removed, and with it what was in it.
      files.clear();
      await mkdir(directory, { recursive: true });
      await writeFile(unfinished, body);
    }
    await rename(unfinished, join(directory, name));
    // Written anew, it is the newest.
    files.delete(name);
    files.add(name);
  }

  return {
    async connect(signal) {
      await mkdir(directory, { recursive: true });
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
          // A directory has the file's name, which no other attempt will change.
          if (hasCode(error, "EISDIR")) {
            results.push({ status: "rejected", error });
            continue;
          }
          // What has no room has none for the rest either, and nothing may overtake what is tried again.
          const failed: SendResult = { status: "retry", error };
          while (results.length < batch.length) results.push(failed);
          break;
        }
      }
      return results;
    },
    close: () => rm(unfinished, { force: true }),
  };
}

/** The names of our files, the oldest first; removes what processes that are gone left unfinished. */
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
    // What can't be read is not ours to remove.
    return "";
  } finally {
    await file?.close();
  }
}

/** How `JSON.stringify` begins an occurrence of this source. */
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
