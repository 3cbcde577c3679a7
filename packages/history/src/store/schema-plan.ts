import { type Column, columnsOf } from "./cells.js";
import { StoreError } from "./errors.js";
import type { ColumnType, TableDefinition } from "./table.js";

/** The names of the types of columns, as an engine reports them. */
export type TypeNames = Readonly<Record<ColumnType, string>>;

/** What has to be done to a table that is there, or is not. */
export type SchemaStep =
  | { readonly action: "create" }
  /** Its rows are made from raw ones, so they can go. */
  | { readonly action: "replace" }
  | { readonly action: "add"; readonly columns: readonly Column[] };

/**
 * Compares a table with the columns that the store has of it, by their types' names.
 *
 * @throws StoreError where its rows can't be kept
 */
export function planTable(table: TableDefinition, found: ReadonlyMap<string, string>, types: TypeNames): SchemaStep {
  if (found.size === 0) return { action: "create" };
  const wanted = columnsOf(table.columns);
  const lacking = wanted.filter(({ name }) => !found.has(name));
  const differs =
    found.size > wanted.length - lacking.length ||
    wanted.some(({ name, type }) => found.has(name) && found.get(name) !== types[type]);
  if (table.role === "projection" && (differs || lacking.length > 0)) return { action: "replace" };
  if (differs || lacking.some(({ nullable }) => !nullable)) {
    throw new StoreError(
      `The table ${table.name} has other columns than this version knows. Open the store with the version that made it.`,
    );
  }
  return { action: "add", columns: lacking };
}

/** A column in `create table`. */
export function columnClause({ name, type, nullable }: Column, types: TypeNames): string {
  return `${name} ${types[type]}${nullable ? "" : " not null"}`;
}
