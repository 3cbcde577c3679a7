import { setImmediate } from "node:timers/promises";
import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { type Column, cellFor, storableText } from "../cells.js";
import type { Row } from "../table.js";

/** Appending is synchronous, 10 µs a row: after this many rows the event loop has its turn. */
const ROWS_AT_ONCE = 400;

/** Appenders are kept, by table: to make one of 36 columns and close it takes as long as 100 rows. */
const OPEN = new WeakMap<DuckDBConnection, Map<string, DuckDBAppender>>();

/**
 * Appends rows, their columns in the order of the table. Must run between `begin` and `commit`: outside a transaction the
 * appender commits by itself, and runs checkpoints on the event loop.
 */
export async function appendRows(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const open = OPEN.get(connection) ?? new Map<string, DuckDBAppender>();
  OPEN.set(connection, open);
  const appender = open.get(table) ?? (await connection.createAppender(table));
  // One that fails is not used again.
  open.delete(table);
  try {
    let left = ROWS_AT_ONCE;
    for (const row of rows) {
      appendRow(appender, table, columns, row);
      if (--left > 0) continue;
      left = ROWS_AT_ONCE;
      await setImmediate();
    }
    appender.flushSync();
    if (rows.length >= ROWS_AT_ONCE) await setImmediate();
  } catch (error) {
    discard(appender);
    throw error;
  }
  open.set(table, appender);
}

/** Call before the connection is closed: an open appender keeps the file open. */
export function closeAppenders(connection: DuckDBConnection): void {
  for (const appender of OPEN.get(connection)?.values() ?? []) discard(appender);
  OPEN.delete(connection);
}

function discard(appender: DuckDBAppender): void {
  try {
    appender.clear();
    appender.closeSync();
  } catch {
    // It belongs to a database that has failed, which was reported.
  }
}

/** A row that does not fit leaves half of itself, which goes with the transaction. */
function appendRow(appender: DuckDBAppender, table: string, columns: readonly Column[], row: Row): void {
  for (const column of columns) {
    const { name, type } = column;
    const value = row[name];
    if (type === "text" && typeof value === "string") {
      appender.appendVarchar(storableText(value));
      continue;
    }
    const cell = cellFor(table, column, row);
    if (cell === null) appender.appendNull();
    else if (typeof cell === "boolean") appender.appendBoolean(cell);
    else if (type === "bigint") appender.appendBigInt(BigInt(cell));
    else appender.appendDouble(Number(cell));
  }
  appender.endRow();
}
