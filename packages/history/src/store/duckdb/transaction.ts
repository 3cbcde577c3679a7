import type { DuckDBConnection } from "@duckdb/node-api";
import type { Column } from "../cells.js";
import { StoreError } from "../errors.js";
import { deleteByKey } from "../sql.js";
import type { Change, Parameter, Query, Reader } from "../store.js";
import type { ColumnsOf, Row, RowOf } from "../table.js";
import type { Catalogue } from "../tables.js";
import { appendRows } from "./append.js";
import type { DuckDb } from "./client.js";
import { runQuery, runStatement } from "./queries.js";

/** The columns of each table in the order in which the file has them, which is the order in which they are appended. */
export type ColumnOrder = ReadonlyMap<string, readonly Column[]>;

/** What is written between `begin` and `commit` on the one connection that writes. */
export class Transaction implements Reader {
  readonly #duckdb: DuckDb;
  readonly #connection: DuckDBConnection;
  readonly #tables: Catalogue;
  readonly #order: ColumnOrder;

  constructor(duckdb: DuckDb, connection: DuckDBConnection, tables: Catalogue, order: ColumnOrder) {
    this.#duckdb = duckdb;
    this.#connection = connection;
    this.#tables = tables;
    this.#order = order;
  }

  /** Commits what `work` does, or rolls it back where that throws. */
  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    await this.execute("begin");
    try {
      const result = await work(this);
      await this.execute("commit");
      return result;
    } catch (error) {
      // A commit that failed has ended the transaction already.
      await this.execute("rollback").catch(() => {});
      throw error;
    }
  }

  query<C extends ColumnsOf>(query: Query<C>): Promise<RowOf<C>[]> {
    return runQuery(this.#duckdb, this.#connection, query);
  }

  /** Resolves to the number of rows that it changed. */
  execute(sql: string, parameters: readonly Parameter[] = []): Promise<number> {
    return runStatement(this.#duckdb, this.#connection, sql, parameters);
  }

  append(table: string, rows: readonly Row[]): Promise<void> {
    const columns = this.#order.get(table);
    if (columns === undefined) throw new StoreError(`the store has no table ${table}`);
    return appendRows(this.#connection, table, columns, rows);
  }

  async apply(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      if (change.remove.length > 0) {
        const { sql, parameters } = deleteByKey(this.#tables.get(change.table), change);
        await this.execute(sql, parameters);
      }
      if (change.append.length > 0) await this.append(change.table, change.append);
    }
  }
}
