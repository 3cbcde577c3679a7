import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that a reader sees the old content or the new, never half of it. Makes the directory if need be.
 * What a process that was killed left unfinished, the next write of the same file replaces.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = unfinishedOf(path);
  try {
    // Secrets are among the objects.
    await writeFile(unfinished, text, { mode: 0o600 });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Removes a file, where it is there, and what was left unfinished of it. */
export async function removeFile(path: string): Promise<void> {
  await rm(unfinishedOf(path), { force: true });
  await rm(path, { force: true });
}

function unfinishedOf(path: string): string {
  // `toFileName` keeps names below 206 characters: this one fits, too.
  return join(dirname(path), `.${basename(path)}.unfinished`);
}
