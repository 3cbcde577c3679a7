import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory with its parents; does nothing where it is there. Node's own `mkdir` with `recursive` never ends where
 * a file system says that the parent of something is missing although it is there, as below `/proc`.
 *
 * @param mode of the directories that are made. Default: 0o777 without what the umask takes away.
 * @throws what Node's `mkdir` throws, such as `EACCES` or `ENOTDIR`.
 */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  const missing = [resolve(path)];
  for (let parent = dirname(resolve(path)); !(await isThere(parent)); parent = dirname(parent)) {
    if (parent === dirname(parent)) break; // A drive that is not there.
    missing.unshift(parent);
  }
  for (const directory of missing) {
    try {
      await mkdir(directory, { mode });
    } catch (error) {
      // It may have been there before, or somebody else made it meanwhile.
      if (!(await isDirectory(directory))) throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
