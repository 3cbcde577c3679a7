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

const COLUMNS = `s.cluster, s.namespace, s.repo, s.environment, s.sync, s.event_id, s.ended_at, s.outcome, s.error_type,
  s.revision, s.previous_revision, s.touched, s.rework, s.rollback, s.committed_at, s.rollout_ref, s.trigger_by`;

/** All finished syncs up to a time, but successes that say themselves that nothing changed. */
const FINISHED = (where: Where) => `
select ${COLUMNS} from syncs s ${where} and (s.outcome <> 'succeeded' or s.change <> 'same')`;

/** Of those, the first after each failure: with it the failure has recovered. */
const RESTORED = (failed: Where) => `
select ${COLUMNS} from syncs s
where s.outcome = 'succeeded' and s.change = 'same' and (s.cluster, s.namespace, s.repo, s.ended_at) in (
  select s.cluster, s.namespace, s.repo, min(n.ended_at) from syncs s
  join syncs n on n.cluster = s.cluster and n.namespace = s.namespace and n.repo = s.repo
    and coalesce(n.environment, '') = coalesce(s.environment, '')
    and n.outcome = 'succeeded' and n.change = 'same' and n.ended_at >= s.ended_at
  ${failed}
  group by s.cluster, s.namespace, s.repo, s.environment, s.ended_at
)`;

const HEARTBEATS = (where: Where) =>
  `select count(*) as n from syncs s ${where} and s.outcome = 'succeeded' and s.change = 'same'`;

/** When revisions were committed, where another event than the sync's own says it. */
const COMMITTED = (where: Where) => `
select s.event_id, c.committed_at from syncs s join commits c on c.revision = s.revision
${where} and s.committed_at is null`;

const CANCELLED = (where: Where) => `select count(*) as n from syncs s ${where} and s.outcome = 'unknown'`;

const ROLLED_BACK = `
select e.event_id, e.ts, e.subject, e.body from events e
where e.system = 'kulta' and e.type = 'rollout.rolledback' and e.ts >= $1::bigint order by e.ts, e.event_id, e.rank, e.id`;

const BASELINE = (where: Where) => `select * from baselines b ${where}`;

/** The five measures of software delivery. `docs/dora.md` defines them. */
export async function dora(context: QueryContext, input: DoraInput = {}): Promise<DoraAnswer> {
  const asOf = context.now();
  const range = rangeOf(input, { since: (input.until ?? asOf) - HALF_YEAR_MS, until: asOf });
  const by = oneOf("by", input.by ?? "week", ["day", "week", "month"]);
  const explain = input.explain === undefined ? undefined : oneOf("explain", input.explain, DORA_MEASURES);
  const spans = await unobserved(context, input, range);
  const { deployments, leftOut, heartbeatsRead } = await deploymentsUntil(context, input, range);
  const isIn = ({ since, until }: Range, { at: time }: { readonly at: number }) => time >= since && time < until;
  const basisOf = (part: Range, alsoLeftOut: readonly EvidenceCount[]): Basis => ({
    range: part,
    deployments: deployments.filter((each) => isIn(part, each)),
    leftOut: leftOut.filter((each) => isIn(part, each)),
    alsoLeftOut,
    spans,
  });
  const whole = basisOf(range, await onlyCounted(context, input, range, heartbeatsRead));
  const measured = measureAll(whole);
  return {
    asOf,
    ...range,
    measures: byName((name) => measured[name].measure),
    buckets: bucketsOf(range, by).map((bucket): DoraBucket => {
      const basis = basisOf({ since: bucket.since, until: Math.min(bucket.until, range.until) }, []);
      const seen = { since: bucket.since, until: Math.max(bucket.since, Math.min(bucket.until, range.until, asOf)) };
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
    explained: explain === undefined ? null : explained(explain, measured[explain], input),
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

function explained(measure: DoraMeasureName, { items }: Measured, input: DoraInput): DoraAnswer["explained"] {
  const limit = whole("limit", input.limit, 20, 1, 500);
  const after = readCursor(input.cursor, ["string", "number", "string"]);
  const all = newestFirst(items);
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

const FINISHED_COLUMNS = {
  cluster: "text",
  namespace: "text",
  repo: "text",
  environment: "text?",
  sync: "text",
  event_id: "text",
  ended_at: "bigint",
  outcome: "text",
  error_type: "text?",
  revision: "text?",
  previous_revision: "text?",
  touched: "boolean?",
  rework: "boolean?",
  rollback: "boolean",
  committed_at: "bigint?",
  rollout_ref: "text?",
  trigger_by: "text?",
} as const;

async function deploymentsUntil(
  context: QueryContext,
  input: DoraInput,
  { since, until }: Range,
): Promise<{ deployments: readonly Deployment[]; leftOut: readonly LeftOut[]; heartbeatsRead: number }> {
  // A failure may recover after the range: what is known by now counts.
  const where = finishedIn(input, 0, Math.max(until, context.now()) + 1);
  const finished = { columns: FINISHED_COLUMNS, parameters: where.parameters };
  const syncs: FinishedSync[] = await ask(context, { ...finished, sql: FINISHED(where) }, SLOW);
  const failed = finishedIn(input, 0, Math.max(until, context.now()) + 1, "('failed', 'timed_out')");
  syncs.push(
    ...(await ask(context, { columns: FINISHED_COLUMNS, parameters: failed.parameters, sql: RESTORED(failed) }, SLOW)),
  );
  const committed = await ask(
    context,
    { sql: COMMITTED(where), parameters: where.parameters, columns: { event_id: "text", committed_at: "bigint" } },
    SLOW,
  );
  const committedAt = new Map(committed.map((row) => [row.event_id, row.committed_at]));
  const baselines = await baselinesOf(context, input);
  const groups = new Map<string, FinishedSync[]>();
  for (const each of syncs) {
    const known = each.committed_at === null ? committedAt.get(each.event_id) : undefined;
    const sync = known === undefined ? each : { ...each, committed_at: known };
    const key = keyOf(sync);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [sync]);
    else group.push(sync);
  }
  const folded = [...groups].map(([key, group]) => foldDeployments(group, baselines.get(key)));
  const deployments = folded.flatMap((each) => each.deployments);
  const heartbeatsRead = syncs.filter(({ outcome, revision, previous_revision: previous, ended_at: at }) => {
    return outcome === "succeeded" && revision !== null && revision === previous && at >= since && at < until;
  }).length;
  const twice = markRolledBackRollouts(deployments, await rolledBackSince(context, since));
  return { deployments, leftOut: [...folded.flatMap((each) => each.leftOut), ...twice], heartbeatsRead };
}

async function rolledBackSince(context: QueryContext, since: number): Promise<RolledBackRollout[]> {
  const rows = await ask(context, {
    sql: ROLLED_BACK,
    parameters: [since],
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
  const finished = finishedIn(input, since, until);
  const [heartbeats] = await ask(context, {
    sql: HEARTBEATS(finished),
    parameters: finished.parameters,
    columns: { n: "bigint" },
  });
  const within = new Where();
  within.within("s.ended_at", since, until);
  within.scope(input, "s.");
  const [cancelled] = await ask(context, {
    sql: CANCELLED(within),
    parameters: within.parameters,
    columns: { n: "bigint" },
  });
  return [
    { reason: "heartbeat", count: (heartbeats?.n ?? 0) - heartbeatsRead },
    { reason: "outcome_unknown", count: cancelled?.n ?? 0 },
  ].filter(({ count }) => count > 0);
}

function finishedIn(
  input: DoraInput,
  since: number,
  until: number,
  outcomes = "('succeeded', 'failed', 'timed_out')",
): Where {
  const where = new Where();
  where.within("s.ended_at", since, until);
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
