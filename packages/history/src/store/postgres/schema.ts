import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import { columnsOf } from "../cells.js";
import { StoreError } from "../errors.js";
import { columnClause, planTable, type TypeNames } from "../schema-plan.js";
import type { TableDefinition } from "../table.js";
import type { Catalogue } from "../tables.js";
import { KEEP_SESSIONS } from "./failures.js";
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
 * Behind a pooler that lends a connection for each transaction, one session's settings become another's: its tables would
 * be looked for in a schema of somebody else.
 *
 * @throws StoreError behind one
 */
export async function refuseLentConnections(client: PoolClient, other: () => Promise<PoolClient>): Promise<void> {
  const [server] = await runQuery(client, { sql: "select pg_backend_pid() as id", columns: { id: "bigint" } });
  // A pooler makes up the number by which a client may cancel its queries.
  if (server?.id === Reflect.get(client, "processID")) return;
  const mark = randomUUID();
  const seen = async (session: PoolClient): Promise<boolean> => {
    const sql = "select coalesce(current_setting('alumiini.mark', true), '') as mark";
    const [row] = await runQuery(session, { sql, columns: { mark: "text" } });
    return row?.mark === mark;
  };
  await client.query(`set alumiini.mark to '${mark}'`);
  const second = await other();
  try {
    // It takes the connection that was used last, and keeps it meanwhile.
    await second.query("begin");
    if (!(await seen(second)) && (await seen(client))) return;
    throw new StoreError(
      `A pooler lends connections for each transaction, and sessions lose theirs. Fix: ${KEEP_SESSIONS}`,
    );
  } finally {
    second.release(true);
  }
}

/** Creates the schema where there is none: `create schema if not exists` needs the right to, even where it exists. */
export async function createSchema(client: PoolClient, schema: string): Promise<void> {
  const found = await runQuery(client, {
    sql: "select to_regnamespace($1) is not null as there",
    parameters: [schema],
    columns: { there: "boolean" },
  });
  if (found[0]?.there !== true) await client.query(`create schema ${schema}`);
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
  if (isNew) {
    await client.query(`create table ${EVENT_IDS} (id text collate "C" primary key, ts bigint not null)`);
    await client.query(`create sequence ${EVENT_SEQ}`);
  }
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
    // Not information_schema, which hides what the role has no rights to: it would be created again.
    sql: "select attname as column_name, format_type(atttypid, null) as type from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    parameters: [table],
    columns: { column_name: "text", type: "text" },
  });
  return new Map(rows.map(({ column_name, type }) => [column_name, type]));
}
