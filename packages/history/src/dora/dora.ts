import { setImmediate } from "node:timers/promises";
import type { EvidenceCount, Range } from "../queries/answers/common.js";
import {
  DORA_MEASURES,
  type DoraAnswer,
  type DoraBucket,
  type DoraInput,
  type DoraItem,
  type DoraMeasureName,
} from "../queries/answers/dora.js";
import { ask, type QueryContext } from "../queries/context.js";
import { cursorOf, oneOf, rangeOf, readCursor, Where, whole } from "../queries/input.js";
import { observedMs, unobserved } from "../queries/observed.js";
import type { Deployment } from "./deployments.js";
import { knownDeployments } from "./known-deployments.js";
import { type Basis, MEASURES, type Measured, newestFirst } from "./measures.js";
import { Tally } from "./tally.js";

const HALF_YEAR_MS = 26 * 7 * 86_400_000;

const NOT_READ = (where: Where) => `
select count(*) filter (where s.outcome = 'succeeded' and s.change = 'same') as heartbeats,
  count(*) filter (where s.outcome = 'unknown') as cancelled
from syncs s ${where}`;

const NAMES = `
select s.event_id, s.sync, s.error_type from syncs s
where s.event_id in (select unnest($1::text[])) and s.ended_at >= $2::bigint and s.ended_at <= $3::bigint`;

/** The five measures of software delivery. `docs/dora.md` defines them. */
export async function dora(context: QueryContext, input: DoraInput = {}): Promise<DoraAnswer> {
  const asOf = context.now();
  const range = rangeOf(input, { since: (input.until ?? asOf) - HALF_YEAR_MS, until: asOf });
  const by = oneOf("by", input.by ?? "week", ["day", "week", "month"]);
  const explain = input.explain === undefined ? undefined : oneOf("explain", input.explain, DORA_MEASURES);
  const spans = await unobserved(context, input, range);
  const known = await knownDeployments(context, input);
  const deployments = within(known.deployments, range);
  const buckets = bucketsOf(range, by);
  const { total, each } = await tallied(deployments, buckets);
  const alsoLeftOut = await onlyCounted(context, input, range, within(known.heartbeats, range).length);
  const measured = measureAll({
    range,
    tally: total,
    leftOut: within(known.leftOut, range),
    spans,
    evidence: { deployments, alsoLeftOut },
  });
  const found = explain === undefined ? null : explained(explain, measured[explain], input);
  return {
    asOf,
    ...range,
    measures: byName((name) => measured[name].measure),
    buckets: buckets.map((bucket, index): DoraBucket => {
      const until = Math.min(bucket.until, range.until);
      const seen = { since: bucket.since, until: Math.max(bucket.since, Math.min(until, asOf)) };
      const tally = each[index] ?? new Tally();
      const leftOut = within(known.leftOut, { since: bucket.since, until });
      const measures = measureAll({ range: seen, tally, leftOut, spans });
      return {
        ...bucket,
        observed: observedMs(spans, seen) > 0,
        running: bucket.until > asOf,
        deployments: tally.deployments,
        measures: byName((name) => ({
          value: measures[name].measure.value,
          coverage: measures[name].measure.coverage,
        })),
      };
    }),
    notObserved: spans,
    explained: found === null ? null : { ...found, items: await withSyncs(context, found.items) },
  };
}

function measureAll(basis: Basis): Record<DoraMeasureName, Measured> {
  return byName((name) => MEASURES[name](basis));
}

function byName<T>(make: (name: DoraMeasureName) => T): Record<DoraMeasureName, T> {
  return {
    deploymentFrequency: make("deploymentFrequency"),
    changeLeadTime: make("changeLeadTime"),
    changeFailRate: make("changeFailRate"),
    failedDeploymentRecoveryTime: make("failedDeploymentRecoveryTime"),
    deploymentReworkRate: make("deploymentReworkRate"),
  };
}

/** Deployments that are counted without giving the event loop its turn. */
const AT_ONCE = 20_000;

/** What is counted of deployments in order of time, and of those in each bucket. */
async function tallied(
  deployments: readonly Deployment[],
  buckets: readonly Range[],
): Promise<{ total: Tally; each: Tally[] }> {
  const total = new Tally();
  const each = buckets.map(() => new Tally());
  let index = 0;
  for (const [place, deployment] of deployments.entries()) {
    if (place % AT_ONCE === AT_ONCE - 1) await setImmediate();
    while (deployment.at >= (buckets[index]?.until ?? Number.POSITIVE_INFINITY)) index++;
    total.add(deployment);
    each[index]?.add(deployment);
  }
  return { total, each };
}

/** Those within a range, from a list in order of time. */
function within<T extends { readonly at: number }>(list: readonly T[], { since, until }: Range): readonly T[] {
  return list.slice(firstFrom(list, since), firstFrom(list, until));
}

function firstFrom(list: readonly { readonly at: number }[], time: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.at ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function explained(measure: DoraMeasureName, { items }: Measured, input: DoraInput) {
  const limit = whole("limit", input.limit, 20, 1, 500);
  const after = readCursor(input.cursor, ["string", "number", "string"]);
  const all = newestFirst(items());
  const start =
    after === undefined ? 0 : all.findIndex((item) => item.at === after[1] && item.eventId === after[2]) + 1;
  const shown = all.slice(start, start + limit);
  const last = shown.at(-1);
  const more = start + shown.length < all.length;
  return {
    measure,
    total: all.length,
    items: shown,
    nextCursor: more && last !== undefined ? cursorOf([measure, last.at, last.eventId]) : null,
  };
}

/** With what is known of their syncs besides. */
async function withSyncs(context: QueryContext, items: readonly DoraItem[]): Promise<DoraItem[]> {
  if (items.length === 0) return [];
  const times = items.map(({ at: time }) => time);
  const rows = await ask(context, {
    sql: NAMES,
    parameters: [items.map(({ eventId }) => eventId), Math.min(...times), Math.max(...times)],
    columns: { event_id: "text", sync: "text", error_type: "text?" },
  });
  const byId = new Map(rows.map((row) => [row.event_id, row]));
  return items.map((item) => {
    const row = byId.get(item.eventId);
    return { ...item, syncId: row?.sync ?? item.syncId, errorType: row?.error_type ?? null };
  });
}

/** What is left out and not read one by one. */
async function onlyCounted(
  context: QueryContext,
  input: DoraInput,
  { since, until }: Range,
  heartbeatsRead: number,
): Promise<EvidenceCount[]> {
  const where = new Where();
  where.within("s.ended_at", since, until);
  where.scope(input, "s.");
  const [found] = await ask(context, {
    sql: NOT_READ(where),
    parameters: where.parameters,
    columns: { heartbeats: "bigint", cancelled: "bigint" },
  });
  return [
    { reason: "heartbeat", count: (found?.heartbeats ?? 0) - heartbeatsRead },
    { reason: "outcome_unknown", count: found?.cancelled ?? 0 },
  ].filter(({ count }) => count > 0);
}

/** At most 1,000. */
function bucketsOf({ since, until }: Range, by: "day" | "week" | "month"): Range[] {
  const found: Range[] = [];
  for (let start = startOf(since, by); start < until && found.length < 1_000; ) {
    const end = nextOf(start, by);
    found.push({ since: Math.max(start, since), until: end });
    start = end;
  }
  return found;
}

const DAY_MS = 86_400_000;

function startOf(time: number, by: "day" | "week" | "month"): number {
  const date = new Date(time);
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  if (by === "day") return day;
  // Weeks begin on Monday.
  if (by === "week") return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

function nextOf(start: number, by: "day" | "week" | "month"): number {
  if (by === "day") return start + DAY_MS;
  if (by === "week") return start + 7 * DAY_MS;
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
