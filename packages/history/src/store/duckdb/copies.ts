import { rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { StoreError } from "../errors.js";
import { refuseExisting } from "../export.js";
import { between } from "../sql.js";
import type { ExportOptions, Parameter, StoreSize } from "../store.js";
import type { TableDefinition } from "../table.js";
import type { DuckDb } from "./client.js";
import { quote } from "./database.js";
import type { ResolvedDuckDbOptions } from "./options.js";
import { runQuery } from "./queries.js";

/**
 * Copies the database through the engine. A copy of the file would lack what is in the write-ahead log, and reading the
 * file would drop the lock on it.
 */
export async function backupTo(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  options: ResolvedDuckDbOptions,
  file: string,
): Promise<void> {
  const target = await inExportDirectory(options, file);
  const partial = `${target}.partial`;
  await refuseExisting(partial);
  const names = await runQuery(duckdb, connection, {
    sql: "select current_database() as name",
    columns: { name: "text" },
  });
  await connection.run(`attach ${quote(partial)} as backup_copy`);
  try {
    await connection.run(`copy from database "${(names[0]?.name ?? "").replaceAll('"', '""')}" to backup_copy`);
  } finally {
    await connection.run("detach backup_copy");
  }
  await rename(partial, target);
}

/** Resolves to the number of rows. */
export async function exportParquet(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  options: ResolvedDuckDbOptions,
  table: TableDefinition,
  { file, range = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER } }: ExportOptions,
): Promise<number> {
  const target = await inExportDirectory(options, file);
  const parameters: Parameter[] = [];
  const condition = between(table.time, range, parameters);
  // `copy` takes no parameters; these two are numbers.
  const where = condition.replace(/\$(\d)/g, (_, index: string) => String(parameters[Number(index) - 1]));
  const rows = await runQuery(duckdb, connection, {
    sql: `copy (select * from ${table.name} where ${where} order by ${[table.time, ...table.key].join(", ")}) to ${quote(target)} (format parquet, compression zstd)`,
    columns: { Count: "bigint" },
  });
  return rows[0]?.Count ?? 0;
}

async function inExportDirectory({ exportDirectory }: ResolvedDuckDbOptions, file: string): Promise<string> {
  if (exportDirectory === undefined) {
    throw new StoreError("Open the store with exportDirectory: backups and Parquet files are written only there");
  }
  const directory = resolve(exportDirectory);
  const target = resolve(directory, file);
  if (dirname(target) !== directory) throw new StoreError(`${file} is not in ${exportDirectory}, the exportDirectory`);
  await refuseExisting(target);
  return join(directory, basename(target));
}

/** Rows and sizes. The file is not read for it, which would drop the lock on it. */
export async function measure(duckdb: DuckDb, connection: DuckDBConnection, path: string): Promise<StoreSize> {
  const sizes = await runQuery(duckdb, connection, {
    sql: "pragma database_size",
    columns: { block_size: "bigint", total_blocks: "bigint", used_blocks: "bigint" },
  });
  const log = await stat(`${path}.wal`).then(
    ({ size }) => size,
    () => 0,
  );
  const { block_size = 0, total_blocks = 0, used_blocks = 0 } = sizes[0] ?? {};
  return { usedBytes: used_blocks * block_size + log, totalBytes: total_blocks * block_size + log };
}
