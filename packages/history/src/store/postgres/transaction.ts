import type { PoolClient } from "pg";
import { type Column, cellFor, columnsOf } from "../cells.js";
import { deleteByKey, sqlType } from "../sql.js";
import type { Change, Query, Reader } from "../store.js";
import type { ColumnsOf, Row, RowOf, TableDefinition } from "../table.js";
import type { Catalogue } from "../tables.js";
import { binaryArray } from "./arrays.js";
import { nameOf, runQuery, runStatement } from "./queries.js";

/** What keeps other processes from writing to the schema. */
export interface Lock {
  readonly key: bigint;
  /** The connection that waits for it. */
  waiting?: PoolClient | undefined;
  /** Called when another process has had it for long. */
  onWait(): void;
}

/** Longer than a group takes: it is a rebuild, retention, or a process that hangs. */
const LONG_WAIT_MS = 10_000;

/** What is written in one transaction, while no other process writes to the schema. */
export class Transaction implements Reader {
  readonly client: PoolClient;
  readonly #tables: Catalogue;
  readonly #lock: Lock;

  constructor(client: PoolClient, tables: Catalogue, lock: Lock) {
    this.client = client;
    this.#tables = tables;
    this.#lock = lock;
  }

  /** Commits what `work` does, or rolls it back where that throws. */
  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      await this.#begin();
      const result = await work(this);
      await this.client.query("commit");
      return result;
    } catch (error) {
      // Where the connection is gone, so is the transaction.
      await this.client.query("rollback").catch(() => {});
      throw error;
    }
  }

  /**
   * Projections depend on rows that another writer may be about to commit, so writers take turns. Each statement sees what
   * was committed before it (read committed), hence all that the writer before this one has done.
   */
  async #begin(): Promise<void> {
    const timer = setTimeout(() => this.#lock.onWait(), LONG_WAIT_MS);
    this.#lock.waiting = this.client;
    try {
      await this.client.query(`begin; select pg_advisory_xact_lock(${this.#lock.key})`);
    } finally {
      this.#lock.waiting = undefined;
      clearTimeout(timer);
    }
  }

  query<C extends ColumnsOf>(query: Query<C>): Promise<RowOf<C>[]> {
    return runQuery(this.client, query, nameOf(query.sql));
  }

  append(table: TableDefinition, rows: readonly Row[]): Promise<void> {
    return this.#insert(table, rows, "");
  }

  async apply(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      const table = this.#tables.get(change.table);
      const removed = new Map(change.remove.map((key) => [JSON.stringify(key), key]));
      const replaced: Row[] = [];
      const fresh: Row[] = [];
      for (const row of change.append) {
        const isReplaced = removed.delete(JSON.stringify(table.key.map((column) => row[column])));
        (isReplaced ? replaced : fresh).push(row);
      }
      if (removed.size > 0) {
        const { sql, parameters } = deleteByKey(table, { ...change, remove: [...removed.values()] });
        await runStatement(this.client, sql, parameters, nameOf(sql));
      }
      // A row that is replaced is updated, which spares indexes of columns that stay the same. Any other must not be there.
      await this.#insert(table, replaced, replaceOld(table));
      await this.#insert(table, fresh, "");
    }
  }

  async #insert(table: TableDefinition, rows: readonly Row[], onConflict: string): Promise<void> {
    if (rows.length === 0) return;
    const columns = columnsOf(table.columns);
    const text = `${insert(table.name, columns)}${onConflict}`;
    const values = columns.map((column) =>
      binaryArray(
        column.type,
        rows.map((row) => cellFor(table.name, column, row)),
      ),
    );
    await this.client.query({ ...nameOf(text), text, values });
  }
}

function replaceOld({ columns, key }: TableDefinition): string {
  const others = Object.keys(columns).filter((column) => !key.includes(column));
  const set = others.map((column) => `${column} = excluded.${column}`).join(", ");
  return ` on conflict (${key.join(", ")}) do ${set === "" ? "nothing" : `update set ${set}`}`;
}

/** One list for each column: 1.5 times as fast as rows of values, and without their limit of 65,535 parameters. */
function insert(table: string, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => name).join(", ");
  const lists = columns.map(({ type }, index) => `$${index + 1}::${sqlType(type)}[]`).join(", ");
  return `insert into ${table} (${names}) select * from unnest(${lists})`;
}
