import { InvalidRow, StoreError } from "./errors.js";
import type { ColumnsOf, ColumnType, Row, RowOf, TableDefinition, Value } from "./table.js";

/** A column with its declared type taken apart. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

/** The columns of a table or of a result, in the order of their declaration. */
export function columnsOf(columns: ColumnsOf): Column[] {
  return Object.entries(columns).map(([name, declared]) => {
    const nullable = declared.endsWith("?");
    return { name, nullable, type: plainType(nullable ? declared.slice(0, -1) : declared) };
  });
}

function plainType(text: string): ColumnType {
  if (text === "text" || text === "bigint" || text === "double" || text === "boolean") return text;
  throw new StoreError(`${text} is no type of a column`);
}

/**
 * Returns the cell to write. Text gets U+FFFD in place of U+0000, which PostgreSQL refuses with the whole group, and of
 * lone surrogates, which neither engine keeps.
 *
 * @throws InvalidRow where the value does not fit the column
 */
export function cellFor(table: string, { name, type, nullable }: Column, row: Row): Value {
  const value = row[name];
  if (value === undefined || value === null) {
    if (!nullable) throw new InvalidRow(`${table}.${name} must not be null`);
    return null;
  }
  if (type === "text" && typeof value === "string") return storableText(value);
  if (type === "boolean" && typeof value === "boolean") return value;
  if (type === "double" && typeof value === "number" && Number.isFinite(value)) return value;
  if (type === "bigint" && typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new InvalidRow(`${table}.${name} must be a ${type}, got a ${typeof value} that is none`);
}

/** A raw row, with the id that it is stored and looked for under, and its time. */
export type Identified = Row & { readonly id: string; readonly ts: number };

/** @throws InvalidRow where an id or a time is none */
export function identify(raw: TableDefinition, rows: readonly Row[]): Identified[] {
  return rows.map((row) => {
    if (!isIdentified(row)) {
      const [name, type] = typeof row["id"] === "string" ? ["ts", "bigint"] : ["id", "text"];
      throw new InvalidRow(`${raw.name}.${name} must be a ${type}`);
    }
    const id = storableText(row.id);
    return id === row.id ? row : { ...row, id, ts: row.ts };
  });
}

function isIdentified(row: Row): row is Identified {
  return typeof row["id"] === "string" && Number.isSafeInteger(row["ts"]);
}

/** Text as both engines store it. */
export function storableText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes("\0") ? wellFormed.replaceAll("\0", "\uFFFD") : wellFormed;
}

/** Reads rows as an engine returns them into the declared types. `at` returns the raw value of a row's column. */
export function rowDecoder<C extends ColumnsOf>(
  columns: C,
  returned: readonly string[],
): (values: readonly unknown[]) => RowOf<C> {
  const declared = columnsOf(columns).map((column) => ({ column, index: returned.indexOf(column.name) }));
  const missing = declared.find(({ index }) => index < 0);
  if (missing !== undefined) throw new StoreError(`the query returns no column ${missing.column.name}`);
  return (values) => {
    const row: Record<string, Value> = {};
    for (const { column, index } of declared) row[column.name] = decode(column, values[index]);
    return row as RowOf<C>; // Each cell has just been checked against its declaration.
  };
}

/** Counts and sums come as bigint from DuckDB and as text from PostgreSQL. */
function decode({ name, type, nullable }: Column, value: unknown): Value {
  if (value === null || value === undefined) {
    if (!nullable) throw new StoreError(`the query returned null in ${name}, which is not declared nullable`);
    return null;
  }
  if (type === "text") return typeof value === "string" ? value : String(value);
  if (type === "boolean") {
    if (typeof value === "boolean") return value;
    throw new StoreError(`the query returned no boolean in ${name}`);
  }
  const number = Number(typeof value === "object" ? String(value) : value);
  if (type === "bigint" ? Number.isSafeInteger(number) : !Number.isNaN(number)) return number;
  throw new StoreError(`the query returned no ${type} in ${name}`);
}

/** Checks what the engines rely on; a mistake here is the developer's. */
export function checkTable({ name, columns, key, time, indexes }: TableDefinition): void {
  const all = columnsOf(columns);
  for (const identifier of [name, ...all.map((column) => column.name)]) {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(identifier))
      throw new StoreError(`${identifier} is no name of a table or column`);
  }
  if (columns[time] !== "bigint") throw new StoreError(`${name}.${time}, its time, must be a bigint column`);
  for (const column of [...key, ...indexes.flat()]) {
    if (columns[column] === undefined) throw new StoreError(`${name} has no column ${column}`);
  }
  for (const column of key) {
    if (columns[column]?.endsWith("?"))
      throw new StoreError(`${name}.${column} is in the key, so it can't be nullable`);
  }
  if (key.length === 0) throw new StoreError(`${name} needs a key`);
}
