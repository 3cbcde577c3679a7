import { open, rm, stat } from "node:fs/promises";
import { codeOf, StoreError } from "./errors.js";
import { type Run, scan } from "./sql.js";
import type { ExportOptions } from "./store.js";
import type { TableDefinition } from "./table.js";

/** Lines that are made before the event loop has its turn. */
const LINES = 500;

/**
 * Writes a table as one JSON object a line, in order of time and key: the same bytes from both engines. Where it fails,
 * nothing is left that could be taken for the whole.
 */
export async function exportNdjson(run: Run, table: TableDefinition, { file, range }: ExportOptions): Promise<number> {
  await refuseExisting(file);
  const handle = await open(file, "wx");
  let count = 0;
  try {
    for await (const rows of scan(run, table, range)) {
      for (let at = 0; at < rows.length; at += LINES) {
        const lines = rows.slice(at, at + LINES).map((row) => `${JSON.stringify(row)}\n`);
        await handle.appendFile(lines.join(""));
      }
      count += rows.length;
    }
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return count;
}

/** Nothing is overwritten: it might be the store itself. */
export async function refuseExisting(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined) throw new StoreError(`${file} exists already`);
}
