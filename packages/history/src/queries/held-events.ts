import type { SourceStats, StatsAnswer } from "./answers/delivery.js";
import { ask, type QueryContext, SLOW } from "./context.js";
import { EventFold, type NewEvents, whereNew } from "./new-events.js";

/** The events that the store holds, counted. */
interface Held {
  /** Each once, in however many forms it came. */
  readonly events: number;
  /** Rows by form. */
  readonly forms: ReadonlyMap<string, number>;
  readonly sources: ReadonlyMap<string, SourceStats>;
}

/** Sources that an answer lists. */
const MOST_SOURCES = 500;

/** Counting distinct ids takes seconds at a million events, and a page asks every ten. */
const held = new EventFold<null, Held>(
  () => ({ events: 0, forms: new Map(), sources: new Map() }),
  async (context, _, known, fresh) => ({
    events: known.events + (await eventsIn(context, fresh)),
    forms: await formsWith(context, known, fresh),
    sources: await sourcesWith(context, known, fresh),
  }),
);

export async function heldEvents(
  context: QueryContext,
): Promise<Pick<StatsAnswer, "events" | "oldestAt" | "newestAt" | "byForm" | "sources">> {
  const { events, forms, sources } = await held.of(context, null);
  const all = [...sources.values()];
  return {
    events,
    oldestAt: all.length === 0 ? null : all.reduce((least, { firstEventAt: at }) => Math.min(least, at), Infinity),
    newestAt: all.length === 0 ? null : all.reduce((most, { lastEventAt: at }) => Math.max(most, at), -Infinity),
    byForm: [...forms].sort(byKey).map(([form, count]) => ({ form, count })),
    sources: [...sources]
      .sort((a, b) => b[1].stored - a[1].stored || byKey(a, b))
      .slice(0, MOST_SOURCES)
      .map(([, source]) => source),
  };
}

async function eventsIn(context: QueryContext, fresh: NewEvents): Promise<number> {
  const where = whereNew(fresh);
  const sql = `select count(distinct e.event_id) as n from events e ${where} and ${isFirst(fresh)}`;
  const [row] = await ask(context, { sql, parameters: where.parameters, columns: { n: "bigint" } }, SLOW);
  return row?.n ?? 0;
}

async function formsWith(context: QueryContext, { forms }: Held, fresh: NewEvents): Promise<Held["forms"]> {
  const where = whereNew(fresh);
  const sql = `select e.form, count(*) as n from events e ${where} group by e.form`;
  const columns = { form: "text", n: "bigint" } as const;
  const rows = await ask(context, { sql, parameters: where.parameters, columns }, SLOW);
  return rows.reduce((sums, { form, n }) => sums.set(form, n + (sums.get(form) ?? 0)), new Map(forms));
}

async function sourcesWith(context: QueryContext, { sources }: Held, fresh: NewEvents): Promise<Held["sources"]> {
  const where = whereNew(fresh);
  // Not `=`: without statistics PostgreSQL would take the index of systems as well, which holds all events of one.
  const sameSource = ["source", "cluster", "system"]
    .map((name) => `o.${name} is not distinct from e.${name}`)
    .join(" and ");
  const sql = `
select e.source, e.cluster, e.system, count(distinct case when ${isFirst(fresh, sameSource)} then e.event_id end) as n,
  min(e.ts) as first, max(e.ts) as last, max(e.received_at) as received,
  count(*) filter (where e.type in ('sync_completed', 'sync_failed')) as outcomes
from events e ${where} group by e.source, e.cluster, e.system`;
  const rows = await ask(context, { sql, parameters: where.parameters, columns: SOURCE }, SLOW);
  const found = new Map(sources);
  for (const { source, cluster, system, n, first, last, received, outcomes } of rows) {
    const key = JSON.stringify([source, cluster, system]);
    const before = found.get(key);
    found.set(key, {
      source,
      clusterId: cluster,
      system,
      stored: n + (before?.stored ?? 0),
      firstEventAt: Math.min(first, before?.firstEventAt ?? first),
      lastEventAt: Math.max(last, before?.lastEventAt ?? last),
      lastReceivedAt: Math.max(received, before?.lastReceivedAt ?? received),
      tellsOutcomes: outcomes > 0 || before?.tellsOutcomes === true,
    });
  }
  return found;
}

const SOURCE = {
  source: "text",
  cluster: "text?",
  system: "text",
  n: "bigint",
  first: "bigint",
  last: "bigint",
  received: "bigint",
  outcomes: "bigint",
} as const;

/**
 * That an event was not counted before, in another form. `$1` is the number after which rows are new. The least number of
 * each is looked up: PostgreSQL may make a join of `not exists`, and read all events for it. `+ 0` keeps it from walking the
 * index of numbers from the oldest event on, once for each new one, as it does without statistics: 30 s for 2,000 of 20,000.
 */
function isFirst({ after }: NewEvents, and = "true"): string {
  return after === 0
    ? "true"
    : `(select min(o.seq + 0) from events o where o.event_id = e.event_id and ${and}) > $1::bigint`;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
