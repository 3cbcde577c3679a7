import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type History, openHistory } from "../../src/history.js";
import type { QueryContext } from "../../src/queries/context.js";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";

export interface TestHistory extends AsyncDisposable {
  readonly history: History;
  readonly path: string;
  /** Stores events in any form. */
  add(events: readonly unknown[]): Promise<void>;
}

/** A history on DuckDB whose clock stands still. */
export async function duckdbHistory(now: number, path?: string): Promise<TestHistory> {
  const directory = path === undefined ? await mkdtemp(join(tmpdir(), "history-h-")) : undefined;
  const file = path ?? join(directory ?? "", "history.duckdb");
  const warnings: string[] = [];
  const history = await openHistory({
    store: duckdbStore({ path: file }),
    now: () => now,
    maxDelayMs: 5,
    onWarning: ({ message }) => warnings.push(message),
  });
  return {
    history,
    path: file,
    async add(events) {
      await history.intake(events.map((value) => ({ value, source: "test", sequence: null })));
    },
    async [Symbol.asyncDispose]() {
      await history.close();
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Returns the store of a history under a new identity, so that no earlier answer is remembered. */
export function unasked({ store }: Pick<History, "store">): QueryContext["store"] {
  return {
    engine: store.engine,
    query: (query, options) => store.query(query, options),
    size: () => store.size(),
  };
}
