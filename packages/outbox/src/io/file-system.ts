import { join } from "node:path";

/** A file that is open for reading and writing. */
export interface OpenFile {
  /** Reads from `position`; returns how many bytes, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of the buffers, one behind the other, or rejects; then any part of them may have been written. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Resolves when content and size are on the disk. After a rejection what was not synced may be lost for good. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  /** Whether its path still names it: a file that was deleted or moved away takes writes that are lost. */
  isInPlace(): Promise<boolean>;
  close(): Promise<void>;
}

/** What the outbox needs of a file system. The tests put a simulated one in its place. */
export interface FileSystem {
  /** The names in a directory; none where it doesn't exist. */
  listSync(directory: string): readonly string[];
  /** Makes a directory and those above it. */
  makeDirectory(directory: string): Promise<void>;
  /** Creates a file; one of that name must not exist. */
  create(path: string): Promise<OpenFile>;
  open(path: string): Promise<OpenFile>;
  /** Moves a file to another name, in place of the file that has it. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; one that doesn't exist is no failure. */
  remove(path: string): Promise<void>;
  /** Resolves when the names that were made and removed in the directory are on the disk. */
  syncDirectory(directory: string): Promise<void>;
}

/** The code of a system error, such as `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Returns nothing where the file is gone: others remove files too. */
export async function openIfThere(fileSystem: FileSystem, path: string): Promise<OpenFile | undefined> {
  try {
    return await fileSystem.open(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return undefined;
  }
}

/** The end of the names of files that are not finished. */
export const UNFINISHED = ".new";

/** Puts a file with this content in the place of the one that has the name, as a whole or not at all. */
export async function replaceFile(
  fileSystem: FileSystem,
  directory: string,
  name: string,
  content: readonly Uint8Array[],
): Promise<void> {
  const path = join(directory, name + UNFINISHED);
  await fileSystem.remove(path);
  const file = await fileSystem.create(path);
  try {
    await file.write(content, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(path, join(directory, name));
}
