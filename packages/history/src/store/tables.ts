import { checkTable } from "./cells.js";
import { StoreError } from "./errors.js";
import { META } from "./meta.js";
import { defineTable, RAW_COLUMNS, type TableDefinition } from "./table.js";

/**
 * How far each stream has been stored: what a consumer starts from, whatever the stream believes was acknowledged.
 * Where it is not `exact`, more may be stored. `made_at` is when the stream was made, where that is known: one that is
 * made again counts from 1.
 */
export const POSITIONS = defineTable({
  name: "positions",
  columns: {
    stream: "text",
    partition: "bigint",
    sequence: "bigint",
    ts: "bigint",
    exact: "boolean",
    made_at: "bigint?",
    updated_at: "bigint",
  },
  key: ["stream", "partition"],
  time: "updated_at",
  indexes: [],
  role: "bookkeeping",
  retained: false,
});

/** Sequences of a stream that never came. `certain` is false where they may have held something else than events. */
export const GAPS = defineTable({
  name: "gaps",
  columns: {
    stream: "text",
    partition: "bigint",
    first_sequence: "bigint",
    last_sequence: "bigint",
    after_ts: "bigint?",
    before_ts: "bigint?",
    reason: "text",
    certain: "boolean",
    detected_at: "bigint",
  },
  key: ["stream", "partition", "first_sequence"],
  time: "detected_at",
  indexes: [],
  role: "bookkeeping",
});

/** When the store was recording (`kind` store), a stream was read without a gap, and a source was heard. */
export const SPANS = defineTable({
  name: "spans",
  columns: { kind: "text", source: "text", started_at: "bigint", ended_at: "bigint" },
  key: ["kind", "source", "started_at"],
  time: "ended_at",
  indexes: [],
  role: "bookkeeping",
});

/** All tables of a store. */
export interface Catalogue {
  readonly all: readonly TableDefinition[];
  readonly raw: TableDefinition;
  readonly projections: readonly TableDefinition[];
  readonly retained: readonly TableDefinition[];
  /** @throws StoreError where there is none of this name */
  get(name: string): TableDefinition;
}

/** Checks the tables that are given, and adds the store's own. */
export function catalogueOf(given: readonly TableDefinition[]): Catalogue {
  const tables: readonly TableDefinition[] = [...given, POSITIONS, GAPS, SPANS, META];
  const byName = new Map(tables.map((table) => [table.name, table]));
  const all = [...byName.values()];
  if (all.length !== tables.length) throw new StoreError("two tables have one name");
  for (const table of all) checkTable(table);
  const [raw, ...others] = all.filter(({ role }) => role === "raw");
  if (raw === undefined || others.length > 0) throw new StoreError("a store has one table of the role raw");
  for (const [column, type] of Object.entries(RAW_COLUMNS)) {
    if (raw.columns[column] !== type) throw new StoreError(`${raw.name}.${column} must be a ${type} column`);
  }
  if (raw.time !== "ts" || raw.key.join() !== "id") throw new StoreError(`${raw.name} must have key id and time ts`);
  return {
    all,
    raw,
    projections: all.filter(({ role }) => role === "projection"),
    retained: all.filter(({ retained }) => retained !== false),
    get(name) {
      const found = byName.get(name);
      if (found === undefined) throw new StoreError(`the store has no table ${name}`);
      return found;
    },
  };
}
