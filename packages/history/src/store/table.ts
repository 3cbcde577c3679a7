/** What a cell can hold. A `bigint` column holds integers that a number can (below 2^53). */
export type Value = string | number | boolean | null;

/** A row, by column. */
export type Row = Readonly<Record<string, Value>>;

/** The types of columns, alike on both engines. */
export type ColumnType = "text" | "bigint" | "double" | "boolean";

/** Columns by name: a type, with `?` behind it where there may be null. */
export type ColumnsOf = Readonly<Record<string, ColumnType | `${ColumnType}?`>>;

interface JsType {
  text: string;
  bigint: number;
  double: number;
  boolean: boolean;
}

type Cell<T> = T extends `${infer Plain extends ColumnType}?`
  ? JsType[Plain] | null
  : T extends ColumnType
    ? JsType[T]
    : never;

/** The row that has these columns. */
export type RowOf<C extends ColumnsOf> = { readonly [K in keyof C]: Cell<C[K]> };

/** A table as data: each engine creates it from this. */
export interface TableDefinition<C extends ColumnsOf = ColumnsOf> {
  readonly name: string;
  readonly columns: C;
  /** What {@link Change.remove} finds rows by, together unique. Not a primary key: that costs DuckDB half its speed. */
  readonly key: readonly string[];
  /** The `bigint` column that queries, retention and partitions go by. */
  readonly time: string;
  /** Indexes beyond those on key and time. Only PostgreSQL makes them; DuckDB finds rows by time. */
  readonly indexes: readonly (readonly string[])[];
  /**
   * `raw`: the events as they came, the one table that the others are made from. `projection`: emptied and made again
   * by a rebuild. `bookkeeping`: neither.
   */
  readonly role: "raw" | "projection" | "bookkeeping";
  /** Whether retention deletes old rows. Default true. */
  readonly retained?: boolean;
}

/** The columns that the raw table must have, whatever else it has. */
export const RAW_COLUMNS = {
  id: "text",
  ts: "bigint",
  received_at: "bigint",
  seq: "bigint",
} as const satisfies ColumnsOf;

/** Declares a table, with its columns' types kept for {@link RowOf}. */
export function defineTable<const C extends ColumnsOf>(definition: TableDefinition<C>): TableDefinition<C> {
  return definition;
}
