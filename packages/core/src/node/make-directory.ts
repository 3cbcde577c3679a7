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
  for (;;) {
    const [outermost = ""] = missing;
    try {
      await mkdir(outermost, { mode });
      break;
    } catch (error) {
      if (codeOf(error) === "EEXIST" && (await stat(outermost)).isDirectory()) break;
      const parent = dirname(outermost);
      const isParentMissing = codeOf(error) === "ENOENT" && parent !== outermost && !(await isThere(parent));
      if (!isParentMissing) throw error;
      missing.unshift(parent);
    }
  }
  for (const directory of missing.slice(1)) {
    await mkdir(directory, { mode }).catch((error: unknown) => {
      // Somebody else may have made it meanwhile.
      if (codeOf(error) !== "EEXIST") throw error;
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
