import { at, textAt, wholeAt } from "../intake/json.js";
import { BASELINES } from "../projections/tables.js";
import { ask, type QueryContext } from "../queries/context.js";
import { cursorOf, oneOf, rangeOf, readCursor, Where, whole } from "../queries/input.js";
import { observedMs, unobserved } from "../queries/observed.js";
import {
  DORA_MEASURES,
  type DoraAnswer,
  type DoraBucket,
  type DoraInput,
  type DoraItem,
  type DoraMeasureName,
  type EvidenceCount,
  type Range,
} from "../queries/types.js";
import {
  type Baseline,
  type Deployment,
  type FinishedSync,
  foldDeployments,
  type LeftOut,
  markRolledBackRollouts,
  type RolledBackRollout,
} from "./deployments.js";
import { type Basis, MEASURES, type Measured, newestFirst } from "./measures.js";

/** Years of large fleets take longer than other queries. */
const SLOW = { deadlineMs: 60_000 } as const;
const HALF_YEAR_MS = 26 * 7 * 86_400_000;

/**
 * A finished sync as one text, its fields separated by what no name holds: a year of a large fleet is read as one text
 * for each repository, which takes a fourth of the time that cells take. `readSyncs` reads them.
 */
const LINE = `string_agg(
  cast(s.ended_at as text) || chr(31) || s.outcome || chr(31) || s.event_id || chr(31) || coalesce(s.revision, '')
  || chr(31) || coalesce(s.previous_revision, '') || chr(31) || coalesce(cast(s.touched as text), '')
  || chr(31) || coalesce(cast(s.rework as text), '') || chr(31) || cast(s.rollback as text)
  || chr(31) || coalesce(cast(coalesce(s.committed_at, c.committed_at) as text), '')
  || chr(31) || coalesce(s.rollout_ref, '') || chr(31) || coalesce(s.trigger_by, ''), chr(30)) as lines`;

/** All finished syncs, but successes that say themselves that nothing changed. */
const FINISHED = (where: Where) => `
select s.cluster, s.namespace, s.repo, s.environment, ${LINE}
from syncs s left join commits c on c.revision = s.revision
${where} and (s.outcome <> 'succeeded' or s.change <> 'same')
group by s.cluster, s.namespace, s.repo, s.environment`;

/** Of those, the first after each failure: with it the failure has recovered. */
const RESTORED = (failed: Where) => `
select s.cluster, s.namespace, s.repo, s.environment, ${LINE}
from syncs s left join commits c on c.revision = s.revision
where s.outcome = 'succeeded' and s.change = 'same' and (s.cluster, s.namespace, s.repo, s.ended_at) in (
  select s.cluster, s.namespace, s.repo, min(n.ended_at) from syncs s
  join syncs n on n.cluster = s.cluster and n.namespace = s.namespace and n.repo = s.repo
    and coalesce(n.environment, '') = coalesce(s.environment, '')
    and n.outcome = 'succeeded' and n.change = 'same' and n.ended_at >= s.ended_at
  ${failed}
  group by s.cluster, s.namespace, s.repo, s.environment, s.ended_at
)
group by s.cluster, s.namespace, s.repo, s.environment`;

const HEARTBEATS = (where: Where) =>
  `select count(*) as n from syncs s ${where} and s.outcome = 'succeeded' and s.change = 'same'`;

const CANCELLED = (where: Where) => `select count(*) as n from syncs s ${where} and s.outcome = 'unknown'`;

const ROLLED_BACK = `
select e.event_id, e.ts, e.subject, e.body from events e
where e.system = 'kulta' and e.type = 'rollout.rolledback' order by e.ts, e.event_id, e.rank, e.id`;

const NEWEST = "select max(e.seq) as seq from events e";

const NAMES = `
select s.event_id, s.sync, s.error_type from syncs s
where s.event_id in (select unnest($1::text[])) and s.ended_at >= $2::bigint and s.ended_at <= $3::bigint`;

const BASELINE = (where: Where) => `select * from baselines b ${where}`;

/** The five measures of software delivery. `docs/dora.md` defines them. */
export async function dora(context: QueryContext, input: DoraInput = {}): Promise<DoraAnswer> {
  const asOf = context.now();
  const range = rangeOf(input, { since: (input.until ?? asOf) - HALF_YEAR_MS, until: asOf });
  const by = oneOf("by", input.by ?? "week", ["day", "week", "month"]);
  const explain = input.explain === undefined ? undefined : oneOf("explain", input.explain, DORA_MEASURES);
  const spans = await unobserved(context, input, range);
  const known = await deploymentsOf(context, input);
  const basisOf = (part: Range, alsoLeftOut: readonly EvidenceCount[], brief: boolean): Basis => ({
    range: part,
    deployments: within(known.deployments, part),
    leftOut: within(known.leftOut, part),
    alsoLeftOut,
    spans,
    brief,
  });
  const heartbeatsRead = within(known.restored, range).length;
  const measured = measureAll(basisOf(range, await onlyCounted(context, input, range, heartbeatsRead), false));
  const found = explain === undefined ? null : explained(explain, measured[explain], input);
  return {
    asOf,
    ...range,
    measures: byName((name) => measured[name].measure),
    buckets: bucketsOf(range, by).map((bucket): DoraBucket => {
      const seen = { since: bucket.since, until: Math.max(bucket.since, Math.min(bucket.until, range.until, asOf)) };
      const basis = basisOf({ since: bucket.since, until: Math.min(bucket.until, range.until) }, [], true);
      const each = measureAll({ ...basis, range: seen });
      return {
        ...bucket,
        observed: observedMs(spans, seen) > 0,
        running: bucket.until > asOf,
        deployments: basis.deployments.length,
        measures: byName((name) => ({ value: each[name].measure.value, coverage: each[name].measure.coverage })),
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

const LINES = { cluster: "text", namespace: "text", repo: "text", environment: "text?", lines: "text" } as const;

/** All deployments of a scope, in order of time. */
interface Known {
  readonly deployments: readonly Deployment[];
  readonly leftOut: readonly LeftOut[];
  /** Heartbeats that were read, because a failure recovered with them. */
  readonly restored: readonly { readonly at: number }[];
}

interface Remembered {
  readonly key: string;
  readonly known: Promise<Known>;
}

/** The last answers, for as long as nothing new is stored: a page asks again and again, with other ranges. */
const remembered = new WeakMap<QueryContext, Remembered[]>();
const MAX_REMEMBERED = 4;

async function deploymentsOf(context: QueryContext, input: DoraInput): Promise<Known> {
  const { clusterId, environment, namespace, repoName } = input;
  const [newest] = await ask(context, { sql: NEWEST, columns: { seq: "bigint?" } });
  const key = JSON.stringify([newest?.seq, context.store.cutoff, clusterId, environment, namespace, repoName]);
  const others = remembered.get(context) ?? [];
  const found = others.find((each) => each.key === key);
  if (found !== undefined) return await found.known;
  const known = readDeployments(context, input);
  remembered.set(context, [{ key, known }, ...others].slice(0, MAX_REMEMBERED));
  // What failed is not remembered.
  known.catch(() => remembered.delete(context));
  return await known;
}

async function readDeployments(context: QueryContext, input: DoraInput): Promise<Known> {
  const where = finishedIn(input);
  const finished = await ask(context, { sql: FINISHED(where), parameters: where.parameters, columns: LINES }, SLOW);
  const failed = finishedIn(input, "('failed', 'timed_out')");
  const restored = await ask(context, { sql: RESTORED(failed), parameters: failed.parameters, columns: LINES }, SLOW);
  const groups = new Map<string, FinishedSync[]>();
  const restoredAt: { at: number }[] = [];
  for (const row of finished) groups.set(keyOf(row), readSyncs(row));
  for (const row of restored) {
    const syncs = readSyncs(row);
    groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), ...syncs]);
    restoredAt.push(...syncs.map(({ ended_at: time }) => ({ at: time })));
  }
  const baselines = await baselinesOf(context, input);
  const folded = [...groups].map(([key, group]) => foldDeployments(group, baselines.get(key)));
  const deployments = folded.flatMap((each) => each.deployments);
  const twice = markRolledBackRollouts(deployments, await rolledBack(context));
  const inOrder = <T extends { readonly at: number; readonly eventId: string }>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1));
  return {
    deployments: inOrder(deployments),
    leftOut: inOrder([...folded.flatMap((each) => each.leftOut), ...twice]),
    restored: restoredAt.sort((a, b) => a.at - b.at),
  };
}

function readSyncs({
  cluster,
  namespace,
  repo,
  environment,
  lines,
}: Named & { readonly lines: string }): FinishedSync[] {
  return lines.split("\u001e").flatMap((line) => {
    const fields = line.split("\u001f");
    // A name with a separator in it: nothing else of that sync can be trusted.
    if (fields.length !== 11) return [];
    const [endedAt, outcome, eventId, revision, previous, touched, rework, rollback, committedAt, ref, trigger] =
      fields;
    return {
      cluster,
      namespace,
      repo,
      environment,
      sync: eventId ?? "",
      event_id: eventId ?? "",
      ended_at: Number(endedAt),
      outcome: outcome ?? "",
      error_type: null,
      revision: revision || null,
      previous_revision: previous || null,
      touched: touched === "" ? null : touched === "true",
      rework: rework === "" ? null : rework === "true",
      rollback: rollback === "true",
      committed_at: committedAt ? Number(committedAt) : null,
      rollout_ref: ref || null,
      trigger_by: trigger || null,
    };
  });
}

async function rolledBack(context: QueryContext): Promise<RolledBackRollout[]> {
  const rows = await ask(context, {
    sql: ROLLED_BACK,
    columns: { event_id: "text", ts: "bigint", subject: "text?", body: "text" },
  });
  const seen = new Set<string>();
  return rows.flatMap(({ event_id: eventId, ts, subject, body }) => {
    const parsed: unknown = JSON.parse(body);
    const rollout = at(at(at(parsed, "customData"), "kulta"), "rollout");
    const uid = textAt(rollout, "uid");
    // KULTA tells it for every status that it writes while failed: one rollout of one generation fails once.
    const run = uid === null ? eventId : `${uid} ${wholeAt(rollout, "generation")}`;
    if (subject === null || seen.has(run)) return [];
    seen.add(run);
    return [{ ref: subject, at: ts, eventId }];
  });
}

async function baselinesOf(context: QueryContext, input: DoraInput): Promise<Map<string, Baseline>> {
  const where = new Where();
  where.equals("b.cluster", "clusterId", input.clusterId);
  const rows = await ask(context, {
    sql: BASELINE(where),
    parameters: where.parameters,
    columns: BASELINES.columns,
  });
  return new Map(rows.map((row) => [keyOf(row), { revision: row.revision, seen: seenOf(row.seen) }]));
}

function seenOf(json: string): string[] {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}

/** What is left out and not read one by one. */
async function onlyCounted(
  context: QueryContext,
  input: DoraInput,
  { since, until }: Range,
  heartbeatsRead: number,
): Promise<EvidenceCount[]> {
  const inRange = finishedIn(input);
  inRange.within("s.ended_at", since, until);
  const [heartbeats] = await ask(context, {
    sql: HEARTBEATS(inRange),
    parameters: inRange.parameters,
    columns: { n: "bigint" },
  });
  const ended = new Where();
  ended.within("s.ended_at", since, until);
  ended.scope(input, "s.");
  const [cancelled] = await ask(context, {
    sql: CANCELLED(ended),
    parameters: ended.parameters,
    columns: { n: "bigint" },
  });
  return [
    { reason: "heartbeat", count: (heartbeats?.n ?? 0) - heartbeatsRead },
    { reason: "outcome_unknown", count: cancelled?.n ?? 0 },
  ].filter(({ count }) => count > 0);
}

function finishedIn(input: DoraInput, outcomes = "('succeeded', 'failed', 'timed_out')"): Where {
  const where = new Where();
  where.scope(input, "s.");
  where.and(`s.outcome in ${outcomes}`);
  return where;
}

interface Named {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly environment: string | null;
}

/** One repository may deploy to several environments, each with a revision of its own. */
function keyOf({ cluster, namespace, repo, environment }: Named): string {
  return [cluster, namespace, repo, environment ?? ""].join("\u0000");
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
