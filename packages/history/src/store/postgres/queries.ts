import type { Pool, PoolClient, QueryArrayResult } from "pg";
import { rowDecoder } from "../cells.js";
import { QueryTimeout } from "../errors.js";
import type { Parameter, Query, QueryOptions } from "../store.js";
import type { ColumnsOf, RowOf } from "../table.js";
import { binaryArray } from "./arrays.js";
import { toStoreError } from "./failures.js";

const DEFAULT_DEADLINE_MS = 10_000;
/** PostgreSQL's limit for a timeout. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Statements that every group repeats: parsed and planned once on a connection. */
const NAMES = new Map<string, string>();
const MOST_NAMES = 100;

/** The name to prepare a statement under; none where there are too many different ones. */
export function nameOf(sql: string): { name?: string } {
  const known = NAMES.get(sql);
  if (known !== undefined) return { name: known };
  if (NAMES.size >= MOST_NAMES) return {};
  const name = `alumiini_${NAMES.size}`;
  NAMES.set(sql, name);
  return { name };
}

/** Runs a query on a connection and reads its rows by their declared types. */
export async function runQuery<C extends ColumnsOf>(
  client: PoolClient,
  query: Query<C>,
  prepared: { name?: string } = {},
): Promise<RowOf<C>[]> {
  const result: QueryArrayResult<unknown[]> = await client.query({
    ...prepared,
    text: query.sql,
    values: (query.parameters ?? []).map(toParameter),
    rowMode: "array",
  });
  const decode = rowDecoder(
    query.columns,
    result.fields.map(({ name }) => name),
  );
  return result.rows.map(decode);
}

/** Runs a statement that returns no rows. Resolves to the number of rows that it changed. */
export async function runStatement(
  client: PoolClient,
  sql: string,
  parameters: readonly Parameter[] = [],
  prepared: { name?: string } = {},
): Promise<number> {
  return (await client.query({ ...prepared, text: sql, values: parameters.map(toParameter) })).rowCount ?? 0;
}

function toParameter(parameter: Parameter): unknown {
  return typeof parameter === "object" && parameter !== null ? binaryArray("text", parameter) : parameter;
}

/** The connections that queries borrow, and the one that ends them. */
export interface Lenders {
  readonly readers: Pool;
  readonly control: Pool;
}

/**
 * Lends a connection for as long as a deadline allows. The server ends what takes longer, also when this process is gone.
 *
 * @throws QueryTimeout, the signal's reason, or a `StoreError` for what PostgreSQL says
 */
export async function lend<T>(
  { readers, control }: Lenders,
  work: (client: PoolClient) => Promise<T>,
  { deadlineMs = DEFAULT_DEADLINE_MS, signal }: QueryOptions = {},
): Promise<T> {
  signal?.throwIfAborted();
  const deadline = performance.now() + deadlineMs;
  const client = await connect(readers, deadlineMs);
  const left = Math.floor(Math.min(deadline - performance.now(), LONGEST_TIMEOUT_MS));
  let broken = false;
  const giveUp = (): void => {
    broken = true;
    // Where that fails the query goes on to its deadline.
    cancel(control, client).catch(() => {});
  };
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", giveUp, { once: true });
    if (left <= 0) throw new QueryTimeout(`The query took longer than ${deadlineMs} ms`);
    // Compiling takes longer than it saves: the queries are many partitions wide and run for milliseconds.
    await client.query(`set statement_timeout to ${left}; set jit to off`);
    return await work(client);
  } catch (error) {
    broken = true;
    signal?.throwIfAborted();
    const failure = toStoreError(error);
    throw failure instanceof QueryTimeout ? new QueryTimeout(`The query took longer than ${deadlineMs} ms`) : failure;
  } finally {
    signal?.removeEventListener("abort", giveUp);
    // What has failed may be in any state; the pool makes another.
    client.release(broken);
  }
}

/** Ends what a connection is running. */
export async function cancel(control: Pool, client: PoolClient): Promise<void> {
  const id: unknown = Reflect.get(client, "processID");
  if (typeof id === "number") await control.query("select pg_cancel_backend($1)", [id]);
}

/** Waits for a free connection no longer than the deadline. One that comes later goes straight back. */
export async function connect(pool: Pool, deadlineMs: number): Promise<PoolClient> {
  const connecting = pool.connect();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new QueryTimeout(`The query waited longer than ${deadlineMs} ms for a connection`)),
      Math.min(deadlineMs, LONGEST_TIMEOUT_MS),
    );
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    void connecting.then(
      (client) => client.release(),
      () => {},
    );
    throw toStoreError(error);
  } finally {
    clearTimeout(timer);
  }
}
