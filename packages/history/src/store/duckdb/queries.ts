import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { rowDecoder } from "../cells.js";
import type { Parameter, Query } from "../store.js";
import type { ColumnsOf, RowOf } from "../table.js";
import type { DuckDb } from "./client.js";

/** Runs a query and decodes it chunk by chunk (2,048 rows), so that a long result does not block the event loop. */
export async function runQuery<C extends ColumnsOf>(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  query: Query<C>,
): Promise<RowOf<C>[]> {
  const { values, types } = bind(duckdb, query.parameters ?? []);
  const result = await connection.stream(query.sql, values, types);
  const decode = rowDecoder(query.columns, result.columnNames());
  const rows: RowOf<C>[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return rows;
    for (const values of chunk.getRows()) rows.push(decode(values));
  }
}

/** Runs a statement that returns no rows. Resolves to the number of rows that it changed. */
export async function runStatement(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly Parameter[] = [],
): Promise<number> {
  const statement = await prepare(duckdb, connection, sql, parameters);
  return (await statement.run()).rowsChanged;
}

/** Statements that a connection has prepared; the one used longest ago goes first. */
const PREPARED = new WeakMap<DuckDBConnection, Map<string, DuckDBPreparedStatement>>();
const MOST_PREPARED = 200;

/**
 * Each statement of a group is a hop to another thread and back; one that is prepared already saves two of three. Only for
 * statements that write: a query that was streamed again from one prepared statement while its table changed in between
 * returned cells of other rows (1.5.6-r.1; the cause within the client is not known). Writes were right in 3,000 of 3,000.
 */
async function prepare(
  duckdb: DuckDb,
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly Parameter[],
): Promise<DuckDBPreparedStatement> {
  const statements = PREPARED.get(connection) ?? new Map<string, DuckDBPreparedStatement>();
  PREPARED.set(connection, statements);
  const statement = statements.get(sql) ?? (await connection.prepare(sql));
  statements.delete(sql);
  statements.set(sql, statement);
  if (statements.size > MOST_PREPARED) {
    const [[oldest, unused] = []] = statements;
    if (oldest !== undefined) statements.delete(oldest);
    unused?.destroySync();
  }
  const { values, types } = bind(duckdb, parameters);
  statement.bind(values, types);
  return statement;
}

function bind(
  { LIST, VARCHAR, BIGINT, DOUBLE, BOOLEAN, SQLNULL, listValue }: DuckDb,
  parameters: readonly Parameter[],
): { values: DuckDBValue[]; types: DuckDBType[] } {
  const values: DuckDBValue[] = [];
  const types: DuckDBType[] = [];
  for (const parameter of parameters) {
    const whole = Number.isSafeInteger(parameter);
    if (typeof parameter === "number") {
      values.push(whole ? BigInt(parameter) : parameter);
      types.push(whole ? BIGINT : DOUBLE);
    } else if (typeof parameter === "string" || typeof parameter === "boolean" || parameter === null) {
      values.push(parameter);
      types.push(parameter === null ? SQLNULL : typeof parameter === "string" ? VARCHAR : BOOLEAN);
    } else {
      values.push(listValue([...parameter]));
      types.push(LIST(VARCHAR));
    }
  }
  return { values, types };
}
