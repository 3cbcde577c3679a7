import { columnsOf } from "./cells.js";
import type { Change, Parameter, Query, TimeRange } from "./store.js";
import type { ColumnsOf, ColumnType, Row, RowOf, TableDefinition, Value } from "./table.js";
import type { Catalogue } from "./tables.js";

/** The most rows of one group or page. */
export const MOST_ROWS = 4_000;

/** Deletes a change's rows by key, within the range of time that it gives. */
export function deleteByKey(
  table: TableDefinition,
  { remove, range }: Change,
): { sql: string; parameters: Parameter[] } {
  const types = new Map(columnsOf(table.columns).map(({ name, type }) => [name, type]));
  const parameters: Parameter[] = [];
  const lists = table.key.map((column, index) => {
    parameters.push(remove.map((key) => String(key[index] ?? "")));
    const cast =
      types.get(column) === "text" ? "" : `::${types.get(column) === "bigint" ? "bigint" : types.get(column)}`;
    return `unnest($${parameters.length}::text[])${cast}`;
  });
  const key = table.key.length === 1 ? table.key.join() : `(${table.key.join(", ")})`;
  const conditions = [`${key} in (select ${lists.join(", ")})`];
  if (range !== undefined) conditions.unshift(between(table.time, range, parameters));
  return { sql: `delete from ${table.name} where ${conditions.join(" and ")}`, parameters };
}

/**
 * Joins changes into one for each table. Of several rows with one key the last one stays, as if the changes had been
 * made one after the other.
 */
export function mergeChanges(changes: readonly Change[], tables: Catalogue): Change[] {
  const byTable = new Map<
    string,
    { remove: Map<string, readonly Value[]>; append: Map<string, Row>; range: Change["range"] }
  >();
  for (const { table, remove, range, append } of changes) {
    const { key } = tables.get(table);
    const known = byTable.get(table);
    const merged = known ?? { remove: new Map(), append: new Map(), range };
    byTable.set(table, merged);
    merged.range = known === undefined ? range : union(merged.range, range);
    for (const values of remove) {
      merged.remove.set(JSON.stringify(values), values);
      merged.append.delete(JSON.stringify(values));
    }
    for (const row of append) merged.append.set(JSON.stringify(key.map((column) => row[column] ?? null)), row);
  }
  return [...byTable].map(([table, { remove, append, range }]) => ({
    table,
    remove: [...remove.values()],
    append: [...append.values()],
    ...(range === undefined ? {} : { range }),
  }));
}

function union(one: Change["range"], other: Change["range"]): Change["range"] {
  if (one === undefined || other === undefined) return undefined;
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}

/** What both engines call a type. */
export function sqlType(type: ColumnType | undefined): string {
  return type === "double" ? "double precision" : (type ?? "text");
}

/** A condition on a column of time, its bounds added to the parameters. */
export function between(column: string, { from, to }: TimeRange, parameters: Parameter[]): string {
  parameters.push(from, to);
  return `${column} >= $${parameters.length - 1}::bigint and ${column} <= $${parameters.length}::bigint`;
}

/** Which of these raw ids are stored, looked for in a range of time where one is given. */
export function selectKnown(raw: TableDefinition, ids: readonly string[], range?: TimeRange): Query<{ id: "text" }> {
  const parameters: Parameter[] = [ids];
  const conditions = [`id in (select unnest($1::text[]))`];
  if (range !== undefined) conditions.unshift(between("ts", range, parameters));
  return { sql: `select id from ${raw.name} where ${conditions.join(" and ")}`, parameters, columns: { id: "text" } };
}

/** Reads through a {@link Query} function: the store's, or a transaction's. */
export type Run = <C extends ColumnsOf>(query: Query<C>) => Promise<RowOf<C>[]>;

/**
 * All rows of a table in order of time and key, in pages. Reads windows of time, so that the cost of a page does not grow
 * with the table: sorted as a whole, a million bodies would have to be spilled.
 */
export async function* scan<C extends ColumnsOf>(
  run: Run,
  table: TableDefinition<C>,
  range: TimeRange = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER },
): AsyncGenerator<RowOf<C>[]> {
  const names = Object.keys(table.columns).join(", ");
  const order = [table.time, ...table.key].join(", ");
  const edges = await windowEdges(run, table, range);
  for (let i = 0; i + 1 < edges.length; i++) {
    let after: readonly Value[] | undefined;
    for (;;) {
      const parameters: Parameter[] = [edges[i] ?? 0, edges[i + 1] ?? 0, MOST_ROWS];
      const page = after === undefined ? "" : ` and (${order}) > (${keysetOf(table, after, parameters)})`;
      const sql = `select ${names} from ${table.name} where ${table.time} >= $1::bigint and ${table.time} < $2::bigint${page} order by ${order} limit $3::bigint`;
      const rows = await run({ sql, parameters, columns: table.columns });
      if (rows.length > 0) yield rows;
      const last: Readonly<Record<string, Value>> | undefined = rows.at(-1);
      if (last === undefined || rows.length < MOST_ROWS) break;
      after = [table.time, ...table.key].map((column) => last[column] ?? null);
    }
  }
}

function keysetOf(table: TableDefinition, after: readonly Value[], parameters: Parameter[]): string {
  const types = new Map(columnsOf(table.columns).map(({ name, type }) => [name, type]));
  return [table.time, ...table.key]
    .map((column, index) => {
      parameters.push(after[index] ?? null);
      return `$${parameters.length}::${sqlType(types.get(column))}`;
    })
    .join(", ");
}

/** Times between which there are a page of rows, or as many as share one time. */
async function windowEdges(run: Run, table: TableDefinition, { from, to }: TimeRange): Promise<number[]> {
  const parameters: Parameter[] = [MOST_ROWS];
  const condition = between(table.time, { from, to }, parameters);
  const found = await run({
    sql: `select distinct t from (select ${table.time} as t, row_number() over (order by ${table.time}) as n from ${table.name} where ${condition}) numbered where mod(n, nullif($1::bigint, 0)) = 0 order by t`,
    parameters,
    columns: { t: "bigint" },
  });
  const end = Math.min(to, Number.MAX_SAFE_INTEGER - 1) + 1;
  return [...new Set([from, ...found.map(({ t }) => t), end])];
}
