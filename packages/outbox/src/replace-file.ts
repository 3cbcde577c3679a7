import { join } from "node:path";
import type { FileSystem } from "./io/file-system.js";

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
