import type { ColumnsOf, Row, RowOf, TableDefinition, Value } from "./table.js";

/**
 * What both engines implement. Times are milliseconds since 1970 in `bigint` columns, never SQL time types, and SQL is
 * what DuckDB and PostgreSQL answer alike (`test/portable-sql.ts` holds the list of what they don't).
 */
export interface Store {
  readonly engine: "duckdb" | "postgresql";
  /**
   * Whether other processes may write to the same store. Then the store resets the projector whenever one has: what it
   * remembers is out of date.
   */
  readonly sharedWriters: boolean;
  /** Whether it was opened to be read alone: nothing may be written, the store's own records included. */
  readonly readOnly: boolean;
  /**
   * Stores a batch and what the projector makes of it in one transaction. A rejected promise says nothing about what is
   * stored: offer the batch again, what is stored is left out then. Groups of at most 4,000 rows.
   */
  commit(batch: Batch, projector: Projector): Promise<Committed>;
  /** Reads committed rows. At most one query runs at a time on DuckDB; the others wait. */
  query<C extends ColumnsOf>(query: Query<C>, options?: QueryOptions): Promise<RowOf<C>[]>;
  /** Returns which of these raw ids are stored. `from` and `to` bound their `ts`, and are a hint only. */
  known(ids: readonly string[], range?: TimeRange): Promise<Set<string>>;
  /**
   * Makes all projections again from the raw rows, in order of `ts` and id, in one transaction: readers see the old rows
   * or the new ones. Resolves to the number of raw rows read.
   */
  rebuild(projector: Projector, options?: RebuildOptions): Promise<number>;
  /**
   * Deletes rows whose time is before `cutoff` from each table that is retained. `boundary` reads, in the same
   * transaction, what has to be kept of them, and returns what is applied after the deletion. Later events from before
   * the cutoff are counted as expired.
   */
  retain(cutoff: number, boundary: Boundary, projector: Projector): Promise<Retained>;
  /** The time before which nothing is kept; 0 where nothing has been deleted yet. */
  readonly cutoff: number;
  /**
   * The version of the projector that has made all projections. Undefined where some are not complete: rebuild them. A
   * rebuild that was killed leaves it undefined.
   */
  readonly projectedBy: string | undefined;
  size(): Promise<StoreSize>;
  /** Writes a copy that opens as a store: a DuckDB file. PostgreSQL has its own tools, so it throws `StoreError` there. */
  backup(file: string): Promise<void>;
  /** Writes a table to a new file. Throws {@link StoreError} where it exists. Resolves to the number of rows. */
  export(options: ExportOptions): Promise<number>;
  /** Waits for what is under way, then closes. Whatever is called afterwards throws {@link StoreClosed}. */
  close(): Promise<void>;
}

/** What `duckdbStore()` and `postgresStore()` return: how to open a store, without having opened it. */
export interface StoreOptions {
  /**
   * Opens the store and creates the tables that it lacks.
   *
   * @throws {@link StoreHeld} when another process or thread has it open, {@link MissingClient} when the engine's
   * package is not installed
   */
  open(tables: readonly TableDefinition[], warn: (warning: StoreWarning) => void): Promise<Store>;
}

/** What went wrong without stopping the store, in words for a person on call. */
export interface StoreWarning {
  readonly code: "wal_damaged" | "reopened" | "rebuilding" | "waiting" | "projected_elsewhere";
  readonly message: string;
}

/** One atomic write. */
export interface Batch {
  /**
   * Rows of the raw table. Those whose `id` is stored already, or that are older than the cutoff, are left out. The store
   * writes the `seq` that it gives a row into it: a copy of each would be garbage at once.
   */
  readonly events: readonly Row[];
  /** Rows of other tables: dead letters, stream positions, gaps, observed spans. */
  readonly changes: readonly Change[];
}

/** What a commit has done. */
export interface Committed {
  /** The rows that were new, in the order given, with the `seq` that the store has given them. */
  readonly fresh: readonly Row[];
  /** Rows that were stored already or came twice in the batch. */
  readonly duplicates: number;
  /** Rows from before the cutoff. */
  readonly expired: number;
}

/** Deletes rows by key, then appends rows. */
export interface Change {
  readonly table: string;
  /** The values of the table's `key` columns, in their order. */
  readonly remove: readonly (readonly Value[])[];
  /** Bounds of the time column of what is removed; without them DuckDB looks through the whole table. */
  readonly range?: TimeRange | undefined;
  readonly append: readonly Row[];
}

/** From a time up to and with another, in milliseconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Makes rows of projections from raw rows. */
export interface Projector {
  /** Another one makes other rows of the same events. */
  readonly version: string;
  /**
   * Returns what the new rows change. `read` sees what the transaction has written, the new rows included. What it
   * remembers for later must change in {@link Projector.committed}, for the commit may fail.
   */
  project(fresh: readonly Row[], read: Reader): Promise<readonly Change[]>;
  /** The last group is stored. */
  committed(): void;
  /** Whether the last group is stored is not known, or it isn't: forget everything that stems from rows. */
  reset(): void;
}

/** Returns what has to be kept of rows that are about to be deleted. */
export type Boundary = (read: Reader) => Promise<readonly Change[]>;

/** Reads within a transaction. */
export interface Reader {
  query<C extends ColumnsOf>(query: Query<C>): Promise<RowOf<C>[]>;
}

/** A statement that both engines understand, and what it returns. */
export interface Query<C extends ColumnsOf = ColumnsOf> {
  /** With `$1`, `$2`, … for parameters; write a cast (`$1::bigint`, `$2::text[]`) where the type isn't plain from the context. */
  readonly sql: string;
  /** Integers are bound as bigint, other numbers as double, arrays as lists of text. */
  readonly parameters?: readonly Parameter[];
  /** The columns that it returns, in any order: engines print sums and counts differently, so they are read by this. */
  readonly columns: C;
}

/** What a statement can be given. */
export type Parameter = Value | readonly string[];

/** Bounds of a query. */
export interface QueryOptions {
  /** Waiting for its turn included. Default 10,000. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** When projections are made again. */
export interface RebuildOptions {
  /** Only where another version has made them, or they are not complete. Of several processes that ask, one does it. */
  readonly ifNeeded?: boolean;
}

/** What has been deleted. */
export interface Retained {
  /** Rows deleted, by table. */
  readonly deleted: Readonly<Record<string, number>>;
}

/** How big the store is. */
export interface StoreSize {
  /** Blocks in use, in bytes. Less than the file: deleted rows leave free blocks that are used again. */
  readonly usedBytes: number;
  /** The size of the file with its free blocks, or of the tables with their indexes on PostgreSQL, in bytes. */
  readonly totalBytes: number;
}

/** What is exported, and where to. */
export interface ExportOptions {
  readonly table: string;
  readonly format: "ndjson" | "parquet";
  /** A file that does not exist yet. Only DuckDB writes Parquet, and only into the store's `exportDirectory`. */
  readonly file: string;
  /** Bounds of the table's time column. */
  readonly range?: TimeRange;
}
