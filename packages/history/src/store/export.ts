import { open, stat } from "node:fs/promises";
import { codeOf, StoreError } from "./errors.js";
import { type Run, scan } from "./sql.js";
import type { ExportOptions } from "./store.js";
import type { TableDefinition } from "./table.js";

/** Writes a table as one JSON object a line, in order of time and key: the same bytes from both engines. */
export async function exportNdjson(run: Run, table: TableDefinition, { file, range }: ExportOptions): Promise<number> {
  await refuseExisting(file);
  const handle = await open(file, "wx");
  let count = 0;
  try {
    for await (const rows of scan(run, table, range)) {
      await handle.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      count += rows.length;
    }
    await handle.sync();
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
