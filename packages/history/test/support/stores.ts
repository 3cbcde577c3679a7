import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvent } from "../../src/intake/read-event.js";
import { rowOf } from "../../src/intake/rows.js";
import { createProjector } from "../../src/projections/projector.js";
import { TABLES } from "../../src/projections/tables.js";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import type { Projector, Store } from "../../src/store/store.js";
import type { Row } from "../../src/store/table.js";

/** A store with the history's tables, its projector, and a way to remove both. */
export interface Place {
  readonly store: Store;
  readonly projector: Projector;
  /** Stores events in any form, in groups of this size. */
  add(events: readonly unknown[], groupSize?: number): Promise<number>;
  remove(): Promise<void>;
}

export async function duckdbPlace(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), "history-b-"));
  const store = await duckdbStore({ path: join(directory, "h.duckdb") }).open([...TABLES], () => {});
  return placeOf(store, async () => await rm(directory, { recursive: true, force: true }));
}

function placeOf(store: Store, cleanUp: () => Promise<void>): Place {
  const projector = createProjector(store);
  return {
    store,
    projector,
    async add(events, groupSize = 400) {
      let stored = 0;
      const rows = events.map(rowOfAny);
      for (let index = 0; index < rows.length; index += groupSize) {
        const batch = { events: rows.slice(index, index + groupSize), changes: [] };
        stored += (await store.commit(batch, projector)).fresh.length;
      }
      return stored;
    },
    async remove() {
      await store.close();
      await cleanUp();
    },
  };
}

function rowOfAny(event: unknown): Row {
  const read = readEvent(event);
  if (!read.ok) throw new Error(read.message);
  return rowOf(read.event, read.event.ts + 1_000);
}

/** How many rows each table holds. */
export async function rowCounts(
  store: Pick<Store, "query">,
  names: readonly string[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) {
    const [row] = await store.query({ sql: `select count(*) as n from ${name}`, columns: { n: "bigint" } });
    counts[name] = row?.n ?? 0;
  }
  return counts;
}

/** All rows of all projections, in order of their keys. */
export async function projections(store: Store): Promise<Record<string, readonly unknown[]>> {
  const found: Record<string, readonly unknown[]> = {};
  for (const table of TABLES.filter(({ role }) => role === "projection")) {
    const sql = `select ${Object.keys(table.columns).join(", ")} from ${table.name} order by ${table.key.join(", ")}`;
    found[table.name] = await store.query({ sql, columns: table.columns });
  }
  return found;
}
