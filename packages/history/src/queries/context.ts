import type { Query, QueryOptions, Store } from "../store/store.js";
import type { ColumnsOf, RowOf } from "../store/table.js";

/** What every query works on. */
export interface QueryContext {
  readonly store: Pick<Store, "query" | "size" | "engine">;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Ends what runs. */
  readonly signal?: AbortSignal | undefined;
}

/** For questions that read years of a large fleet. */
export const SLOW = { deadlineMs: 60_000 } as const;

/** Runs a statement on a context. */
export async function ask<C extends ColumnsOf>(
  { store, signal }: QueryContext,
  query: Query<C>,
  options?: QueryOptions,
): Promise<RowOf<C>[]> {
  return await store.query(query, signal === undefined ? options : { ...options, signal });
}
