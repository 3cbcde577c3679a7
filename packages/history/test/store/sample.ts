import type { Change, Projector, Reader } from "../../src/store/store.js";
import { defineTable, type Row, type RowOf } from "../../src/store/table.js";

/** A raw table and a projection that are small enough to be checked by hand. */
export const EVENTS = defineTable({
  name: "events",
  columns: {
    id: "text",
    ts: "bigint",
    received_at: "bigint",
    seq: "bigint",
    sync: "text?",
    outcome: "text?",
    duration_ms: "double?",
    late: "boolean?",
    body: "text",
  },
  key: ["id"],
  time: "ts",
  indexes: [["sync"]],
  role: "raw",
});

export const SYNCS = defineTable({
  name: "syncs",
  columns: { sync: "text", first_ts: "bigint", last_ts: "bigint", events: "bigint" },
  key: ["sync"],
  time: "first_ts",
  indexes: [],
  role: "projection",
});

export const TABLES = [EVENTS, SYNCS];

/** 1 January 2026. */
export const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
export const DAY = 86_400_000;

/** The n-th event: one a second, ten to a sync. */
export function eventAt(n: number, change: Row = {}): Row {
  return {
    id: `event-${String(n).padStart(9, "0")}`,
    ts: START + n * SECOND,
    received_at: START + n * SECOND + 5,
    seq: 0,
    sync: `sync-${Math.floor(n / 10)}`,
    outcome: n % 3 === 0 ? "failure" : "success",
    duration_ms: n / 4,
    late: n % 2 === 0,
    body: JSON.stringify({ n, text: "ä😀" }),
    ...change,
  };
}

/** Events from one number up to another, the latter left out. */
export function events(from: number, to: number): Row[] {
  return Array.from({ length: to - from }, (_, index) => eventAt(from + index));
}

/** Reads the syncs of the new events again and writes their rows anew. It remembers how often it was told what. */
export class SyncProjector implements Projector {
  readonly version = "1";
  readonly told: string[] = [];

  async project(fresh: readonly Row[], read: Reader): Promise<Change[]> {
    const syncs = [...new Set(fresh.flatMap(({ sync }) => (typeof sync === "string" ? [sync] : [])))];
    const rows = await read.query({
      sql: `select sync, min(ts) as first_ts, max(ts) as last_ts, count(*) as events from events
            where sync in (select unnest($1::text[])) group by sync`,
      parameters: [syncs],
      columns: SYNCS.columns,
    });
    return [{ table: "syncs", remove: rows.map(({ sync }) => [sync]), append: rows }];
  }

  committed(): void {
    this.told.push("committed");
  }

  reset(): void {
    this.told.push("reset");
  }
}

/** A projector of nothing. */
export const NO_PROJECTOR: Projector = { version: "0", project: async () => [], committed() {}, reset() {} };

export type SyncRow = RowOf<typeof SYNCS.columns>;
