import { setImmediate } from "node:timers/promises";
import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { type Column, cellFor } from "../cells.js";
import type { Row } from "../table.js";

/** Appending is synchronous, 10 µs a row: after this many rows the event loop has its turn. */
const ROWS_AT_ONCE = 400;

/**
 * Appends rows, their columns in the order of the table. Must run between `begin` and `commit`: outside a transaction the appender commits by itself, and runs
 * checkpoints on the event loop.
 */
export async function appendRows(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const appender = await connection.createAppender(table);
  try {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (row === undefined) continue;
      appendRow(appender, table, columns, row);
      if (i % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate();
    }
  } catch (error) {
    appender.clear();
    appender.closeSync();
    throw error;
  }
  appender.closeSync();
}

/** A row that does not fit leaves half of itself, which goes with the transaction. */
function appendRow(appender: DuckDBAppender, table: string, columns: readonly Column[], row: Row): void {
  for (const column of columns) {
    const cell = cellFor(table, column, row);
    if (cell === null) appender.appendNull();
    else if (typeof cell === "string") appender.appendVarchar(cell);
    else if (typeof cell === "boolean") appender.appendBoolean(cell);
    else if (column.type === "bigint") appender.appendBigInt(BigInt(cell));
    else appender.appendDouble(cell);
  }
  appender.endRow();
}
