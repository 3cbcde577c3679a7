import type { OneOrMore, Range } from "./answers/common.js";
import { ask, type QueryContext } from "./context.js";
import { Where } from "./input.js";
import { newestEvent, whereNew } from "./new-events.js";

/** The first and last event of a day, or of another stretch. */
export interface Heard {
  readonly first: number;
  readonly last: number;
}

const DAY_MS = 86_400_000;

const NEW_DAYS = (where: Where) => `
select min(e.ts) as first, max(e.ts) as last from events e ${where}
group by floor(e.ts / 86400000.0)`;

const PART = (where: Where) => `select min(e.ts) as first, max(e.ts) as last from events e ${where}`;

interface Days {
  seq: number;
  readonly byDay: Map<number, Heard>;
}

interface Memory {
  cutoff: number;
  readonly byCluster: Map<string, Promise<Days>>;
}

/** Clusters, or sets of clusters, whose days are remembered. */
const MOST_CLUSTERS = 50;

const memories = new WeakMap<QueryContext["store"], Memory>();

/**
 * The first and last event of each day within a range, in order. A year of a large fleet is a scan of all events, so days
 * are remembered and only new events are read; a day of which a part is asked for is read again.
 */
export async function heardByDay(
  context: QueryContext,
  clusterId: OneOrMore | undefined,
  range: Range,
): Promise<Heard[]> {
  const days = await upToDate(context, clusterId);
  const found: Heard[] = [];
  for (const [day, { first, last }] of [...days.byDay].sort(([a], [b]) => a - b)) {
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

async function upToDate(context: QueryContext, clusterId: OneOrMore | undefined): Promise<Days> {
  const { cutoff } = context.store;
  const memory = memories.get(context.store) ?? { cutoff, byCluster: new Map() };
  memories.set(context.store, memory);
  if (memory.cutoff !== cutoff) memory.byCluster.clear();
  memory.cutoff = cutoff;
  const key = JSON.stringify(clusterId ?? null);
  const before = memory.byCluster.get(key);
  const next = (async () => withNew(context, clusterId, await before?.catch(() => undefined)))();
  memory.byCluster.delete(key);
  memory.byCluster.set(key, next);
  for (const oldest of memory.byCluster.keys()) {
    if (memory.byCluster.size <= MOST_CLUSTERS) break;
    memory.byCluster.delete(oldest);
  }
  return await next;
}

async function withNew(
  context: QueryContext,
  clusterId: OneOrMore | undefined,
  days: Days = { seq: 0, byDay: new Map() },
): Promise<Days> {
  const last = await newestEvent(context);
  if (last === days.seq) return days;
  const where = whereNew({ after: days.seq, last });
  where.scope({ clusterId }, "e.");
  const rows = await ask(context, {
    sql: NEW_DAYS(where),
    parameters: where.parameters,
    columns: { first: "bigint", last: "bigint" },
  });
  for (const heard of rows) {
    const day = Math.floor(heard.first / DAY_MS);
    const known = days.byDay.get(day) ?? heard;
    days.byDay.set(day, { first: Math.min(heard.first, known.first), last: Math.max(heard.last, known.last) });
  }
  days.seq = last;
  return days;
}
