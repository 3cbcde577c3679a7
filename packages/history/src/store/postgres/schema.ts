import type { PoolClient } from "pg";
import { columnsOf } from "../cells.js";
import { StoreError } from "../errors.js";
import { columnClause, planTable, type TypeNames } from "../schema-plan.js";
import type { TableDefinition } from "../table.js";
import type { Catalogue } from "../tables.js";
import { runQuery } from "./queries.js";

const OLDEST_VERSION = 150_000;

/** As `information_schema` names them. */
const TYPES: TypeNames = { text: "text", bigint: "bigint", double: "double precision", boolean: "boolean" };
/** Text is compared by bytes, as DuckDB does: in `order by`, in cursors, in `min` and `max`. */
const CLAUSES: TypeNames = { ...TYPES, text: `text collate "C"` };

/** Ids across all partitions: a key of a partitioned table must include the time, so one id could be stored twice. */
export const EVENT_IDS = "event_ids";
/** Numbers rows in the order of their commits, since only one transaction at a time takes from it. */
export const EVENT_SEQ = "event_seq";

/** @throws StoreError where the server is too old */
export async function checkVersion(client: PoolClient): Promise<void> {
  const rows = await runQuery(client, {
    sql: "select current_setting('server_version_num') as number, current_setting('server_version') as name",
    columns: { number: "bigint", name: "text" },
  });
  if ((rows[0]?.number ?? 0) < OLDEST_VERSION) {
    throw new StoreError(`postgresStore needs PostgreSQL 15 or later; the server is ${rows[0]?.name}`);
  }
}

/**
 * Creates what is missing in the schema, adds columns that raw and bookkeeping tables lack, and empties projections whose
 * columns have changed. Returns whether a projection lacks what follows from events that were there. Runs in a
 * transaction.
 */
export async function createTables(client: PoolClient, tables: Catalogue): Promise<boolean> {
  let emptied = false;
  const isNew = (await foundColumns(client, tables.raw.name)).size === 0;
  for (const table of tables.all) {
    const step = planTable(table, await foundColumns(client, table.name), TYPES);
    if (step.action === "add") {
      for (const column of step.columns) {
        await client.query(`alter table ${table.name} add column ${columnClause(column, CLAUSES)}`);
      }
      continue;
    }
    if (step.action === "replace") await client.query(`drop table ${table.name}`);
    await createTable(client, table);
    emptied ||= table.role === "projection";
  }
  await client.query(`create table if not exists ${EVENT_IDS} (id text collate "C" primary key, ts bigint not null)`);
  await client.query(`create sequence if not exists ${EVENT_SEQ}`);
  return emptied && !isNew;
}

async function createTable(client: PoolClient, table: TableDefinition): Promise<void> {
  const clauses = columnsOf(table.columns).map((column) => columnClause(column, CLAUSES));
  const isRaw = table.role === "raw";
  if (!isRaw) clauses.push(`primary key (${table.key.join(", ")})`);
  await client.query(`create table ${table.name} (${clauses.join(", ")})${isRaw ? " partition by range (ts)" : ""}`);
  if (isRaw) await client.query(`create table ${table.name}_default partition of ${table.name} default`);
  const indexes = [isRaw ? ["ts", "id"] : [table.time], ...table.indexes];
  for (const columns of indexes) {
    // The order of pages, newest first, written as queries write it: PostgreSQL does not know that there are no nulls.
    const order = columns.map((column) => `${column} desc nulls last`).join(", ");
    await client.query(`create index on ${table.name} (${order})`);
  }
}

async function foundColumns(client: PoolClient, table: string): Promise<Map<string, string>> {
  const rows = await runQuery(client, {
    sql: "select column_name, data_type as type from information_schema.columns where table_schema = current_schema() and table_name = $1",
    parameters: [table],
    columns: { column_name: "text", type: "text" },
  });
  return new Map(rows.map(({ column_name, type }) => [column_name, type]));
}
