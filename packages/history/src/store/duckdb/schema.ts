import type { DuckDBConnection } from "@duckdb/node-api";
import { type Column, columnsOf } from "../cells.js";
import { StoreError } from "../errors.js";
import { metaChange } from "../meta.js";
import { columnClause, planTable } from "../schema-plan.js";
import type { Catalogue } from "../tables.js";
import type { DuckDb } from "./client.js";
import { runQuery } from "./queries.js";
import { type ColumnOrder, Transaction } from "./transaction.js";

const TYPES = { text: "VARCHAR", bigint: "BIGINT", double: "DOUBLE", boolean: "BOOLEAN" } as const;

/**
 * Creates the tables that are missing, adds columns that raw and bookkeeping tables lack, and empties projections whose
 * columns have changed. Where one is empty now, the store is no longer projected.
 */
export function createTables(duckdb: DuckDb, connection: DuckDBConnection, tables: Catalogue): Promise<void> {
  const transaction = new Transaction(duckdb, connection, tables, new Map());
  return transaction.run(async () => {
    let emptied = false;
    for (const table of tables.all) {
      const step = planTable(table, await foundColumns(duckdb, connection, table.name), TYPES);
      if (step.action === "add") {
        for (const column of step.columns) {
          await connection.run(`alter table ${table.name} add column ${columnClause(column, TYPES)}`);
        }
        continue;
      }
      if (step.action === "replace") await connection.run(`drop table ${table.name}`);
      await connection.run(tableStatement(table.name, columnsOf(table.columns)));
      emptied ||= table.role === "projection";
    }
    if (emptied) await transaction.apply([metaChange("projected_by")]);
  });
}

/** Creates a table. */
export function tableStatement(name: string, columns: readonly Column[]): string {
  return `create table ${name} (${columns.map((column) => columnClause(column, TYPES)).join(", ")})`;
}

/** @throws StoreError where a table is missing, which only happens to a file that is opened for reading */
export async function readColumnOrder(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  tables: Catalogue,
): Promise<ColumnOrder> {
  const order = new Map<string, readonly Column[]>();
  for (const table of tables.all) {
    const columns = new Map(columnsOf(table.columns).map((column) => [column.name, column]));
    const found = await foundColumns(duckdb, connection, table.name);
    const inOrder = [...found.keys()].flatMap((name) => columns.get(name) ?? []);
    if (inOrder.length < columns.size) {
      throw new StoreError(`The store lacks columns of ${table.name}. Open it once without readOnly.`);
    }
    order.set(table.name, inOrder);
  }
  return order;
}

async function foundColumns(duckdb: DuckDb, connection: DuckDBConnection, table: string): Promise<Map<string, string>> {
  const rows = await runQuery(duckdb, connection, {
    sql: "select column_name, data_type as type from information_schema.columns where table_schema = 'main' and table_name = $1 order by ordinal_position",
    parameters: [table],
    columns: { column_name: "text", type: "text" },
  });
  return new Map(rows.map(({ column_name, type }) => [column_name, type]));
}
