import { QueryError, type Range, type UnobservedSpan } from "./answers/common.js";
import type { SloAnswer, SloInput, SloItem, SloName, SloObjectives, SloPoint } from "./answers/slo.js";
import { ask, type QueryContext } from "./context.js";
import { rangeOf, Where, whole } from "./input.js";
import { observedMs, unobserved } from "./observed.js";

const MONTH_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
/** A budget that burns this many times as fast as it may, over 6 hours, is burning fast (the rule of the Google SRE workbook). */
const FAST_BURN = 6;

/** What was good, bad, and said nothing, by bucket of time. */
const SYNC_SUCCESS = (where: Where, bucket: string) => `
select floor((s.ended_at - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket, count(*) as total,
  count(*) filter (where s.outcome <> 'succeeded') as bad, 0 as silent
from syncs s ${where} and s.outcome in ('succeeded', 'failed', 'timed_out')
group by floor((s.ended_at - $1::bigint) / nullif(cast(${bucket} as double precision), 0))`;

const SYNC_LATENCY = (where: Where, bucket: string, threshold: string) => `
select floor((s.ended_at - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket, count(s.duration_ms) as total,
  count(*) filter (where s.duration_ms > ${threshold}) as bad, count(*) - count(s.duration_ms) as silent
from syncs s ${where} and s.outcome in ('succeeded', 'failed', 'timed_out')
group by floor((s.ended_at - $1::bigint) / nullif(cast(${bucket} as double precision), 0))`;

/** In several forms an event is one. */
const EVENT_LATENCY = (where: Where, bucket: string, threshold: string) => `
select floor((e.ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket,
  count(distinct case when e.duration_ms is not null then e.event_id end) as total,
  count(distinct case when e.duration_ms > ${threshold} then e.event_id end) as bad,
  count(distinct e.event_id) - count(distinct case when e.duration_ms is not null then e.event_id end) as silent
from events e ${where} and coalesce(e.error_type, '') <> 'cancelled'
group by floor((e.ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0))`;

const BAD_SYNCS = (where: Where) => `
select s.event_id as id from syncs s ${where} order by s.ended_at desc nulls last, s.event_id desc nulls last limit 1000`;

const BAD_EVENTS = (where: Where) => `
select e.event_id as id, max(e.ts) as ts from events e ${where} group by e.event_id order by 2 desc nulls last, 1 desc nulls last limit 1000`;

const RESTARTS = (where: Where) => `
select count(distinct e.event_id) filter (where e.type = 'worker_stopped' and e.outcome in ('failure', 'timeout')) as restarts,
  count(distinct e.cluster || chr(10) || e.namespace || chr(10) || e.repo) as workers
from events e ${where} and e.type in ('worker_started', 'worker_stopped')`;

interface Definition {
  readonly name: SloName;
  readonly objective: number;
  readonly thresholdMs: number | null;
  readonly table: "syncs" | "events";
  readonly types?: string;
  readonly of: string;
}

const DEFAULTS = {
  syncSuccess: { objective: 0.99 },
  syncLatency: { objective: 0.99, thresholdMs: 30_000 },
  gitFetchLatency: { objective: 0.99, thresholdMs: 10_000 },
  applyLatency: { objective: 0.99, thresholdMs: 5_000 },
  workerRestarts: { objective: 1 },
  workerMemory: { objective: 50e6 },
  cacheHitRate: { objective: 0.8 },
} as const;

/** The objectives with what was reached, and the budget that is left. */
export async function slo(context: QueryContext, input: SloInput = {}): Promise<SloAnswer> {
  const asOf = context.now();
  const range = rangeOf(input, { since: (input.until ?? asOf) - MONTH_MS, until: asOf });
  const points = whole("points", input.points, 60, 2, 240);
  const spans = await unobserved(context, input, range);
  const items: SloItem[] = [];
  for (const definition of definitionsOf(input.objectives ?? {})) {
    items.push(await budgetItem(context, input, definition, { range, points, spans }));
  }
  items.push(await restartItem(context, input, range, spans));
  // Events carry neither.
  items.push(notMeasured("workerMemory", DEFAULTS.workerMemory.objective, "level", range, spans));
  items.push(notMeasured("cacheHitRate", DEFAULTS.cacheHitRate.objective, "level", range, spans));
  return { asOf, ...range, items, notObserved: spans };
}

function definitionsOf(given: SloObjectives): Definition[] {
  const latency = (name: "syncLatency" | "gitFetchLatency" | "applyLatency") => ({
    name,
    objective: partOf(`objectives.${name}.objective`, given[name]?.objective ?? DEFAULTS[name].objective),
    thresholdMs: whole(`objectives.${name}.thresholdMs`, given[name]?.thresholdMs, DEFAULTS[name].thresholdMs, 1, 1e12),
  });
  const success = given.syncSuccess?.objective ?? DEFAULTS.syncSuccess.objective;
  return [
    {
      name: "syncSuccess",
      objective: partOf("objectives.syncSuccess.objective", success),
      thresholdMs: null,
      table: "syncs",
      of: "syncs",
    },
    { ...latency("syncLatency"), table: "syncs", of: "syncs" },
    { ...latency("gitFetchLatency"), table: "events", types: "'git_fetched', 'git_cloned'", of: "git fetches" },
    { ...latency("applyLatency"), table: "events", types: "'apply_completed', 'apply_failed'", of: "applies" },
  ];
}

function partOf(field: string, value: number): number {
  if (value > 0 && value < 1) return value;
  throw new QueryError(field, "must be above 0 and below 1");
}

interface Window {
  readonly range: Range;
  readonly points: number;
  readonly spans: readonly UnobservedSpan[];
}

interface Counted {
  readonly bucket: number;
  readonly total: number;
  readonly bad: number;
  readonly silent: number;
}

async function budgetItem(
  context: QueryContext,
  input: SloInput,
  definition: Definition,
  { range, points, spans }: Window,
): Promise<SloItem> {
  const { name, objective, thresholdMs, of } = definition;
  const bucketMs = Math.max(1, Math.ceil((range.until - range.since) / points));
  const counted = await countsOf(context, input, definition, range, bucketMs);
  const sum = (field: "total" | "bad" | "silent") => counted.reduce((all, each) => all + each[field], 0);
  const [total, bad, silent] = [sum("total"), sum("bad"), sum("silent")];
  if (total === 0) return notMeasured(name, objective, "budget", range, spans, thresholdMs, silent, of);
  const allowed = total * (1 - objective);
  const line = burnDown(counted, { allowed, bucketMs, range, spans });
  const budgetLeft = (allowed - bad) / allowed;
  const lastHour = await rateOf(context, input, definition, range, HOUR_MS);
  const last6Hours = await rateOf(context, input, definition, range, 6 * HOUR_MS);
  const burning = last6Hours !== null && last6Hours >= FAST_BURN;
  const state = budgetLeft <= 0 ? "spent" : burning ? "burning_fast" : "holds";
  const days = range.until - range.since;
  return {
    name,
    kind: "budget",
    state,
    objective,
    thresholdMs,
    value: (total - bad) / total,
    budgetLeft,
    allowed,
    bad,
    total,
    burnRate: { lastHour, last6Hours },
    spentInMs: state === "burning_fast" && last6Hours !== null ? Math.round((budgetLeft * days) / last6Hours) : null,
    points: line,
    coverage: { known: total, total: total + silent, of, observed: observedPart(spans, range) },
    evidence: {
      formula: `${total - bad} / ${total}`,
      counted: [
        { reason: "good", count: total - bad },
        { reason: thresholdMs === null ? "failed" : "too_slow", count: bad },
      ],
      leftOut: [],
      missing: [
        ...(silent > 0 ? [{ reason: "no_duration", count: silent, since: null, until: null }] : []),
        ...gapsOf(spans),
      ],
      ids: await badIds(context, input, definition, range),
    },
  };
}

async function countsOf(
  context: QueryContext,
  input: SloInput,
  definition: Definition,
  { since, until }: Range,
  bucketMs: number,
): Promise<Counted[]> {
  const where = new Where();
  where.bind(since, "bigint");
  const bucket = where.bind(bucketMs, "bigint");
  narrow(where, input, definition, { since, until });
  const threshold = definition.thresholdMs === null ? undefined : where.bind(definition.thresholdMs, "bigint");
  const latency = definition.table === "events" ? EVENT_LATENCY : SYNC_LATENCY;
  const sql = threshold === undefined ? SYNC_SUCCESS(where, bucket) : latency(where, bucket, threshold);
  return await ask(context, {
    sql,
    parameters: where.parameters,
    columns: { bucket: "double", total: "bigint", bad: "bigint", silent: "bigint" },
  });
}

function narrow(where: Where, input: SloInput, { table, types }: Definition, { since, until }: Range): void {
  where.within(table === "syncs" ? "s.ended_at" : "e.ts", since, until);
  where.scope(input, table === "syncs" ? "s." : "e.");
  if (types !== undefined) where.and(`e.type in (${types})`);
}

/** How many times as fast as the objective allows, over the last part of the window. */
async function rateOf(
  context: QueryContext,
  input: SloInput,
  definition: Definition,
  { until }: Range,
  lengthMs: number,
) {
  const counted = await countsOf(
    context,
    input,
    definition,
    { since: Math.max(0, until - lengthMs), until },
    lengthMs + 1,
  );
  const total = counted.reduce((all, each) => all + each.total, 0);
  const bad = counted.reduce((all, each) => all + each.bad, 0);
  return total === 0 ? null : bad / total / (1 - definition.objective);
}

interface Line {
  readonly allowed: number;
  readonly bucketMs: number;
  readonly range: Range;
  readonly spans: readonly UnobservedSpan[];
}

/** What was left of the whole budget at the end of each bucket. The last point is what is left now. */
function burnDown(counted: readonly Counted[], { allowed, bucketMs, range, spans }: Line): SloPoint[] {
  const byBucket = new Map(counted.map((each) => [each.bucket, each]));
  const points: SloPoint[] = [];
  let bad = 0;
  for (let since = range.since, index = 0; since < range.until; since += bucketMs, index++) {
    const { total = 0, bad: more = 0 } = byBucket.get(index) ?? {};
    bad += more;
    const until = Math.min(range.until, since + bucketMs);
    const isLast = until === range.until;
    const seen = total > 0 || isLast || observedMs(spans, { since, until }) > 0;
    points.push({ at: until, budgetLeft: seen ? (allowed - bad) / allowed : null, good: total - more, total });
  }
  return points;
}

async function badIds(context: QueryContext, input: SloInput, definition: Definition, range: Range): Promise<string[]> {
  const where = new Where();
  narrow(where, input, definition, range);
  const { table, thresholdMs } = definition;
  if (thresholdMs === null) where.and("s.outcome in ('failed', 'timed_out')");
  else where.and(`${table === "syncs" ? "s" : "e"}.duration_ms > ${where.bind(thresholdMs, "bigint")}`);
  if (table === "syncs") where.and("s.outcome in ('succeeded', 'failed', 'timed_out')");
  else where.and("coalesce(e.error_type, '') <> 'cancelled'");
  const rows = await ask(context, {
    sql: table === "syncs" ? BAD_SYNCS(where) : BAD_EVENTS(where),
    parameters: where.parameters,
    columns: { id: "text" },
  });
  return rows.map(({ id }) => id);
}

/** Restarts of a worker in an hour: a level, so it has no budget. */
async function restartItem(
  context: QueryContext,
  input: SloInput,
  range: Range,
  spans: readonly UnobservedSpan[],
): Promise<SloItem> {
  const objective = input.objectives?.workerRestarts?.objective ?? DEFAULTS.workerRestarts.objective;
  if (!(objective > 0)) throw new QueryError("objectives.workerRestarts.objective", "must be above 0");
  const where = new Where();
  where.within("e.ts", range.since, range.until);
  where.scope(input, "e.");
  const [found] = await ask(context, {
    sql: RESTARTS(where),
    parameters: where.parameters,
    columns: { restarts: "bigint", workers: "bigint" },
  });
  const hours = observedMs(spans, range) / HOUR_MS;
  const empty = notMeasured("workerRestarts", objective, "level", range, spans);
  if (found === undefined || found.workers === 0 || hours === 0) return empty;
  const value = found.restarts / found.workers / hours;
  return {
    ...empty,
    state: value < objective ? "holds" : "spent",
    value,
    bad: found.restarts,
    coverage: { ...empty.coverage, known: found.workers, total: found.workers },
    evidence: {
      ...empty.evidence,
      formula: `${found.restarts} restarts / ${found.workers} workers / ${hours.toFixed(1)} h`,
      counted: [{ reason: "restarted", count: found.restarts }],
    },
  };
}

function notMeasured(
  name: SloName,
  objective: number,
  kind: SloItem["kind"],
  range: Range,
  spans: readonly UnobservedSpan[],
  thresholdMs: number | null = null,
  silent = 0,
  of = "workers",
): SloItem {
  return {
    name,
    kind,
    state: "not_measured",
    objective,
    thresholdMs,
    value: null,
    budgetLeft: null,
    allowed: null,
    bad: null,
    total: null,
    burnRate: { lastHour: null, last6Hours: null },
    spentInMs: null,
    points: [],
    coverage: { known: 0, total: silent, of, observed: observedPart(spans, range) },
    evidence: {
      formula: "no value",
      counted: [],
      leftOut: [],
      missing: [
        ...(silent > 0 ? [{ reason: "no_duration", count: silent, since: null, until: null }] : []),
        ...gapsOf(spans),
      ],
      ids: [],
    },
  };
}

function gapsOf(spans: readonly UnobservedSpan[]) {
  return spans.map(({ reason, since, until }) => ({ reason, count: null, since, until }));
}

function observedPart(spans: readonly UnobservedSpan[], range: Range): number {
  const length = range.until - range.since;
  return length === 0 ? 0 : observedMs(spans, range) / length;
}
