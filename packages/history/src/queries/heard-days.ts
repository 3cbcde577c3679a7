import type { OneOrMore, Range } from "./answers/common.js";
import { ask, type QueryContext } from "./context.js";
import { Where } from "./input.js";
import { EventFold, whereNew } from "./new-events.js";

/** The first and last event of a day, or of another stretch. */
export interface Heard {
  readonly first: number;
  readonly last: number;
}

const DAY_MS = 86_400_000;

const NEW_DAYS = (where: Where) => `
select min(e.ts) as first, max(e.ts) as last from events e ${where} group by floor(e.ts / 86400000.0)`;

const PART = (where: Where) => `select min(e.ts) as first, max(e.ts) as last from events e ${where}`;

/** By cluster, or set of clusters. */
const days = new EventFold<OneOrMore | null, ReadonlyMap<number, Heard>>(
  () => new Map(),
  async (context, clusters, known, fresh) => {
    const where = whereNew(fresh);
    where.scope({ clusterId: clusters ?? undefined }, "e.");
    const rows = await ask(context, {
      sql: NEW_DAYS(where),
      parameters: where.parameters,
      columns: { first: "bigint", last: "bigint" },
    });
    const found = new Map(known);
    for (const heard of rows) {
      const day = Math.floor(heard.first / DAY_MS);
      const before = found.get(day) ?? heard;
      found.set(day, { first: Math.min(heard.first, before.first), last: Math.max(heard.last, before.last) });
    }
    return found;
  },
);

/**
 * The first and last event of each day within a range, in order. A year of a large fleet is a scan of all events, so days
 * are remembered and only new events are read; a day of which a part is asked for is read again.
 */
export async function heardByDay(
  context: QueryContext,
  clusterId: OneOrMore | undefined,
  range: Range,
): Promise<Heard[]> {
  const found: Heard[] = [];
  for (const [day, { first, last }] of [...(await days.of(context, clusterId ?? null))].sort(([a], [b]) => a - b)) {
    if (last < range.since || first >= range.until) continue;
    if (first >= range.since && last < range.until) {
      found.push({ first, last });
      continue;
    }
    const part = new Where();
    part.scope({ clusterId }, "e.");
    part.within("e.ts", Math.max(range.since, day * DAY_MS), Math.min(range.until, (day + 1) * DAY_MS));
    const [row] = await ask(context, {
      sql: PART(part),
      parameters: part.parameters,
      columns: { first: "bigint?", last: "bigint?" },
    });
    if (row !== undefined && row.first !== null && row.last !== null) found.push({ first: row.first, last: row.last });
  }
  return found;
}
