import type { Change, Reader, StoreWarning } from "./store.js";
import { defineTable } from "./table.js";

/** Said where a rebuild that nobody has asked for takes a while. */
export const REBUILDING: StoreWarning = {
  code: "rebuilding",
  message:
    "Another version has made the projections, or they are not complete: they are made again before anything is answered, which takes about a minute for a million events",
};

/** Events whose projection takes a second. */
const SHORT = 10_000;

/** Whether a rebuild has just become a long one: by the events read before, and those read now. */
export function isLongFrom(before: number, more: number): boolean {
  return before <= SHORT && before + more > SHORT;
}

/** What the store knows of itself, one value for each name. */
export const META = defineTable({
  name: "meta",
  columns: { name: "text", value: "text", updated_at: "bigint" },
  key: ["name"],
  time: "updated_at",
  indexes: [],
  role: "bookkeeping",
  retained: false,
});

/**
 * The time before which nothing is kept, the number of deletions and rebuilds, which projector has made all rows (empty:
 * none yet, for tables were emptied), and the number of the first event that it has yet to project.
 */
export type MetaName = "cutoff" | "epoch" | "projected_by" | "unprojected_from";

/** Returns all values. */
export async function readMeta(read: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await read.query({
    sql: `select name, value from ${META.name}`,
    columns: { name: "text", value: "text" },
  });
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/** Returns the change that sets a value, or removes it. */
export function metaChange(name: MetaName, value?: string): Change {
  const append = value === undefined ? [] : [{ name, value, updated_at: Date.now() }];
  return { table: META.name, remove: [[name]], append };
}
