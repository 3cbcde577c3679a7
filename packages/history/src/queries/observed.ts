import type { Range, Scope, UnobservedSpan } from "./answers/common.js";
import { ask, type QueryContext } from "./context.js";
import { type Heard as Day, heardByDay } from "./heard-days.js";
import { valuesOf, Where } from "./input.js";
import { standOf } from "./new-events.js";

/** Without any event for longer, a source counts as silent: nobody can tell a quiet week from a broken one. */
const SILENT_AFTER_MS = 7 * 86_400_000;

/** Gaps in the recording that are shorter are restarts. */
const RESTART_MS = 60_000;

/** With the first of all: before it the history was not there yet. */
const RECORDED = `
select started_at, ended_at from spans where kind = 'store' and (
  (ended_at >= $1::bigint and started_at < $2::bigint)
  or started_at = (select min(s.started_at) from spans s where s.kind = 'store')
) order by started_at`;

const HEARD = `
select p.since from (select unnest($1::text[])::bigint as since, unnest($2::text[])::bigint as until) p
where exists (select 1 from events e where e.ts >= p.since and e.ts < p.until)`;

const AROUND = (earlier: string, later: string) => `
select (select max(e.ts) from events e where ${earlier}) as last, (select min(e.ts) from events e where ${later}) as first`;

/**
 * The same for PostgreSQL, which would read every event: from one event to the newest within the time of silence, or to the
 * next one after it. DuckDB reads a column faster than it hops.
 */
const HOPS = (cluster: string) => `
with recursive hops(ts) as (
  select min(e.ts) from events e where e.ts >= $1::bigint and e.ts < $2::bigint${cluster}
  union all
  select coalesce(
    (select max(e.ts) from events e where e.ts > h.ts and e.ts <= h.ts + $3::bigint and e.ts < $2::bigint${cluster}),
    (select min(e.ts) from events e where e.ts > h.ts and e.ts < $2::bigint${cluster})
  ) from hops h where h.ts is not null
)
select h.ts as first, h.ts as last from hops h where h.ts is not null order by h.ts`;

/**
 * The spans within a range of which nothing can be said: the history was not recording, and no event from that time came
 * later; or everything in scope was silent for over a week.
 */
export async function unobserved(
  context: QueryContext,
  scope: Scope,
  { since, until }: Range,
): Promise<UnobservedSpan[]> {
  const end = Math.min(until, context.now());
  if (end <= since) return [];
  const days = await heardWithin(context, scope, { since, until: end });
  const spans = await ask(context, {
    sql: RECORDED,
    parameters: [since, end],
    columns: { started_at: "bigint", ended_at: "bigint" },
  });
  const heard = await heardAround(context, scope, since, end);
  const range = { since, until: end };
  const paused = await unheard(context, pauses(spans, range));
  const { cutoff } = await standOf(context);
  // What was heard before the cutoff is not known any more; that something was, is.
  const remembered = { ...heard, before: heard.before ?? (cutoff > 0 ? cutoff : null) };
  const expired: UnobservedSpan[] =
    cutoff > since ? [{ since, until: Math.min(cutoff, end), reason: "expired", source: null }] : [];
  return merge([...expired, ...silences(days, remembered, paused, range), ...paused]);
}

/** The first and last events of stretches without a silence. */
async function heardWithin(context: QueryContext, { clusterId }: Scope, { since, until }: Range): Promise<Day[]> {
  if (context.store.engine === "duckdb") return await heardByDay(context, clusterId, { since, until });
  const where = new Where();
  where.within("e.ts", since, until);
  const columns = { first: "bigint", last: "bigint" } as const;
  where.bind(SILENT_AFTER_MS, "bigint");
  const cluster = clusterIs(where, clusterId);
  return await ask(context, { sql: HOPS(cluster), parameters: where.parameters, columns });
}

function clusterIs(where: Where, clusterId: Scope["clusterId"]): string {
  if (clusterId === undefined) return "";
  return ` and e.cluster in (select unnest(${where.bind(valuesOf("clusterId", clusterId), "text[]")}))`;
}

interface Heard {
  /** The newest event before the range, and the oldest after it. */
  readonly before: number | null;
  readonly after: number | null;
}

async function heardAround(context: QueryContext, { clusterId }: Scope, since: number, until: number): Promise<Heard> {
  const where = new Where();
  const cluster = clusterIs(where, clusterId);
  const [heard] = await ask(context, {
    sql: AROUND(`e.ts < ${where.bind(since, "bigint")}${cluster}`, `e.ts >= ${where.bind(until, "bigint")}${cluster}`),
    parameters: where.parameters,
    columns: { last: "bigint?", first: "bigint?" },
  });
  return { before: heard?.last ?? null, after: heard?.first ?? null };
}

/** Time in which the history did not record is no silence of a source. */
function silences(
  days: readonly Day[],
  { before, after }: Heard,
  paused: readonly UnobservedSpan[],
  { since, until }: Range,
): UnobservedSpan[] {
  const found: UnobservedSpan[] = [];
  let last = before;
  for (const day of [...days, { first: after ?? until, last: after ?? until }]) {
    // Before the first event of all, nothing was observed.
    const silent = last === null || observedMs(paused, { since: last, until: day.first }) > SILENT_AFTER_MS;
    const span = { since: Math.max(since, last ?? since), until: Math.min(until, day.first) };
    if (silent && span.until > span.since) found.push({ ...span, reason: "source_silent", source: null });
    last = day.last;
  }
  return found;
}

/** When the history was not recording, after its first start. */
function pauses(
  spans: readonly { readonly started_at: number; readonly ended_at: number }[],
  { since, until }: Range,
): Range[] {
  const [first] = spans;
  if (first === undefined) return [];
  const found: Range[] = [];
  let recordedTo = Math.max(first.started_at, since);
  for (const { started_at: from, ended_at: to } of [...spans, { started_at: until, ended_at: until }]) {
    if (from - recordedTo > RESTART_MS) found.push({ since: recordedTo, until: Math.min(from, until) });
    recordedTo = Math.max(recordedTo, to);
  }
  return found.filter((span) => span.until > span.since);
}

/** Without those from which an event has come later. */
async function unheard(context: QueryContext, spans: readonly Range[]): Promise<UnobservedSpan[]> {
  if (spans.length === 0) return [];
  const heard = await ask(context, {
    sql: HEARD,
    parameters: [spans.map((span) => String(span.since)), spans.map((span) => String(span.until))],
    columns: { since: "bigint" },
  });
  const starts = new Set(heard.map((span) => span.since));
  return spans
    .filter((span) => !starts.has(span.since))
    .map((span) => ({ ...span, reason: "not_recording", source: null }));
}

/** In order, and without overlaps: where several reasons hold, the span that began first has its. */
function merge(spans: readonly UnobservedSpan[]): UnobservedSpan[] {
  const merged: UnobservedSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.since - b.since || a.until - b.until)) {
    const last = merged.at(-1);
    if (last === undefined || span.since > last.until) merged.push(span);
    else if (span.until > last.until && span.reason === last.reason) {
      merged[merged.length - 1] = { ...last, until: span.until };
    } else if (span.until > last.until) merged.push({ ...span, since: last.until });
  }
  return merged;
}

/** The length of what was observed within a span. */
export function observedMs(spans: readonly UnobservedSpan[], { since, until }: Range): number {
  let lost = 0;
  for (const span of spans) lost += Math.max(0, Math.min(until, span.until) - Math.max(since, span.since));
  return Math.max(0, until - since - lost);
}
