import { repositoryKey } from "../projections/keys.js";
import { EVENTS } from "../projections/tables.js";
import type { RepositoryId } from "./answers/common.js";
import { FLEET_STATES } from "./answers/states.js";
import type { TimelineAnswer, TimelineBucket, TimelineInput, TimelineLane, TimelineMark } from "./answers/timeline.js";
import { ask, type QueryContext } from "./context.js";
import { statesOf } from "./fleet.js";
import { rangeOf, Where, whole } from "./input.js";
import { unobserved } from "./observed.js";
import { titleOf } from "./stored-event.js";
import { outcomeOf } from "./sync-row.js";

/** More marks than that nobody can tell apart. */
const MAX_MARKS = 500;
const DEFAULT_RANGE_MS = 2 * 3_600_000;

const SYNCS = (where: Where, bucket: string) => `
select floor((s.at_ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket, s.outcome, count(*) as n from syncs s ${where}
group by floor((s.at_ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)), s.outcome`;

/** In several forms an event is one. */
const EVENTS_BY_BUCKET = (where: Where, bucket: string) => `
select floor((e.ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket, e.system, count(distinct e.event_id) as n from events e ${where}
group by floor((e.ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)), e.system`;

const LANES = (where: Where) => `
select s.cluster, s.namespace, s.repo, count(*) as n, count(*) filter (where s.outcome in ('failed', 'timed_out')) as failed
from syncs s ${where} group by s.cluster, s.namespace, s.repo`;

const LANE_SYNCS = (where: Where, bucket: string) => `
select s.cluster, s.namespace, s.repo, floor((s.at_ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket, s.outcome, count(*) as n
from syncs s ${where} group by s.cluster, s.namespace, s.repo, floor((s.at_ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)), s.outcome`;

const LANE_DRIFTS = (where: Where, bucket: string) => `
select e.cluster, e.namespace, e.repo, floor((e.ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0)) as bucket, count(distinct e.event_id) as n
from events e ${where} group by e.cluster, e.namespace, e.repo, floor((e.ts - $1::bigint) / nullif(cast(${bucket} as double precision), 0))`;

const MARKED_SYNCS = (where: Where) => `
select s.cluster, s.namespace, s.repo, s.sync, s.at_ts, s.ended_at, s.outcome, s.event_id, s.error_type, s.revision,
  s.duration_ms, s.failed_step
from syncs s ${where} order by s.at_ts, s.sync limit ${MAX_MARKS + 1}`;

const MARKED_EVENTS = (where: Where) => `
select ${["event_id", "ts", "system", "type", "cluster", "namespace", "repo", "outcome", "error_type", "subject", "sync", "rank", "id"].map((column) => `e.${column}`).join(", ")}
from events e ${where} order by e.ts, e.event_id, e.rank, e.id limit ${MAX_MARKS + 1}`;

/** What happened when: counts by bucket, for all and for each lane. */
export async function timeline(context: QueryContext, input: TimelineInput = {}): Promise<TimelineAnswer> {
  const asOf = context.now();
  const range = rangeOf(input, { since: (input.until ?? asOf) - DEFAULT_RANGE_MS, until: asOf });
  const count = whole("buckets", input.buckets, 120, 1, 240);
  const laneCount = whole("lanes", input.lanes, 40, 0, 40);
  const bucketMs = Math.max(1, Math.ceil((range.until - range.since) / count));
  const buckets = new Buckets(range.since, bucketMs);
  const syncs = await ask(context, {
    ...syncQuery((where, bucket) => SYNCS(where, bucket())),
    columns: { bucket: "double", outcome: "text", n: "bigint" },
  });
  for (const { bucket, outcome, n } of syncs) buckets.addSyncs(bucket, outcome, n);
  const drifts = await ask(context, {
    ...eventQuery("e.type = 'drift_detected'", (where, bucket) => EVENTS_BY_BUCKET(where, bucket())),
    columns: { bucket: "double", system: "text", n: "bigint" },
  });
  for (const { bucket, n } of drifts) buckets.add(bucket, "drifts", n);
  const foreign = await ask(context, {
    ...eventQuery("e.system <> 'alumiini'", (where, bucket) => EVENTS_BY_BUCKET(where, bucket())),
    columns: { bucket: "double", system: "text", n: "bigint" },
  });
  const systems = new Map<string, Buckets>();
  for (const { bucket, system, n } of foreign) {
    buckets.add(bucket, "others", n);
    const lane = systems.get(system) ?? new Buckets(range.since, bucketMs);
    systems.set(system, lane.add(bucket, "others", n));
  }
  const active = await ask(context, {
    ...syncQuery((where) => LANES(where)),
    columns: { cluster: "text", namespace: "text", repo: "text", n: "bigint", failed: "bigint" },
  });
  const lanes = await lanesOf(active, laneCount);
  const laneList: TimelineLane[] = [
    ...lanes,
    ...[...systems]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([system, each]) => ({
        repository: null,
        state: null,
        system,
        buckets: each.list(),
      })),
  ];
  return {
    asOf,
    ...range,
    bucketMs,
    buckets: buckets.list(),
    lanes: laneList,
    repositories: active.length,
    syncs: active.reduce((sum, { n }) => sum + n, 0),
    failed: active.reduce((sum, { failed }) => sum + failed, 0),
    marks: await marksOf(laneList),
    notObserved: await unobserved(context, input, range),
  };

  function syncQuery(sql: (where: Where, bucket: () => string) => string) {
    const where = new Where();
    // The first, for the statements count buckets from `$1`.
    where.within("s.at_ts", range.since, range.until);
    where.scope(input, "s.");
    return { sql: sql(where, () => bucketIn(where)), parameters: where.parameters };
  }

  function eventQuery(condition: string, sql: (where: Where, bucket: () => string) => string) {
    const where = new Where();
    where.within("e.ts", range.since, range.until);
    // Other systems know clusters and namespaces, and none of our names.
    const { clusterId, namespace } = input;
    if (condition.includes("system")) where.scope({ clusterId, namespace }, "e.");
    else where.scope(input, "e.");
    where.and(condition);
    return { sql: sql(where, () => bucketIn(where)), parameters: where.parameters };
  }

  function bucketIn(where: Where): string {
    return where.bind(bucketMs, "bigint");
  }

  async function lanesOf(
    repositories: readonly { cluster: string; namespace: string; repo: string; failed: number }[],
    most: number,
  ): Promise<TimelineLane[]> {
    if (most === 0) return [];
    const worst = [...repositories]
      .sort((a, b) => b.failed - a.failed || (repositoryKey(a) < repositoryKey(b) ? -1 : 1))
      .slice(0, 200);
    const states = await statesOf(context, worst.map(idOf));
    const rank = (row: { cluster: string; namespace: string; repo: string }) =>
      FLEET_STATES.indexOf(states.get(repositoryKey(row)) ?? "no_data");
    const shown = worst
      .sort((a, b) => rank(a) - rank(b) || b.failed - a.failed || (repositoryKey(a) < repositoryKey(b) ? -1 : 1))
      .slice(0, most);
    const byLane = new Map(shown.map((row) => [repositoryKey(row), new Buckets(range.since, bucketMs)]));
    const counts = await ask(context, {
      ...syncQuery((where, bucket) => {
        among(where, "s.", shown);
        return LANE_SYNCS(where, bucket());
      }),
      columns: { cluster: "text", namespace: "text", repo: "text", bucket: "double", outcome: "text", n: "bigint" },
    });
    for (const row of counts) byLane.get(repositoryKey(row))?.addSyncs(row.bucket, row.outcome, row.n);
    const drifted = await ask(context, {
      ...eventQuery("e.type = 'drift_detected'", (where, bucket) => {
        among(where, "e.", shown);
        return LANE_DRIFTS(where, bucket());
      }),
      columns: { cluster: "text", namespace: "text", repo: "text", bucket: "double", n: "bigint" },
    });
    for (const row of drifted) byLane.get(repositoryKey(row))?.add(row.bucket, "drifts", row.n);
    return shown.map((row) => ({
      repository: idOf(row),
      state: states.get(repositoryKey(row)) ?? null,
      system: null,
      buckets: byLane.get(repositoryKey(row))?.list() ?? [],
    }));
  }

  async function marksOf(all: readonly TimelineLane[]): Promise<TimelineMark[] | null> {
    const rows = all.flatMap(({ repository }) => (repository === null ? [] : [rowOf(repository)]));
    const laneOf = new Map(all.map((lane, index) => [lane.system ?? repositoryKey(rowOf(lane.repository)), index]));
    const inLanes =
      rows.length === 0
        ? []
        : await ask(context, {
            ...syncQuery((where) => {
              among(where, "s.", rows);
              return MARKED_SYNCS(where);
            }),
            columns: MARKED_SYNC_COLUMNS,
          });
    const events = await ask(context, {
      ...eventQuery("(e.system <> 'alumiini' or e.type = 'drift_detected')", MARKED_EVENTS),
      columns: MARKED_EVENT_COLUMNS,
    });
    if (inLanes.length + events.length > MAX_MARKS) return null;
    const marks: TimelineMark[] = inLanes.flatMap((row) => {
      const lane = laneOf.get(repositoryKey(row));
      return lane === undefined ? [] : [syncMark(row, lane)];
    });
    const seen = new Set<string>();
    for (const row of events) {
      const isOwn = row.system === "alumiini";
      const lane = laneOf.get(
        isOwn
          ? repositoryKey({ cluster: row.cluster ?? "", namespace: row.namespace ?? "", repo: row.repo ?? "" })
          : row.system,
      );
      if (lane === undefined || seen.has(row.event_id)) continue;
      seen.add(row.event_id);
      marks.push({
        at: row.ts,
        endedAt: null,
        lane,
        kind: isOwn ? "drift" : "other",
        outcome: isOwn ? "under_way" : (EVENT_OUTCOMES[row.outcome] ?? "unknown"),
        syncId: row.sync,
        eventId: row.event_id,
        title: titleOf(row),
        errorType: row.error_type,
        revision: null,
        durationMs: null,
      });
    }
    return marks.sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1));
  }
}

const EVENT_OUTCOMES: Readonly<Record<string, TimelineMark["outcome"]>> = {
  success: "succeeded",
  failure: "failed",
  timeout: "timed_out",
};

const MARKED_SYNC_COLUMNS = {
  cluster: "text",
  namespace: "text",
  repo: "text",
  sync: "text",
  at_ts: "bigint",
  ended_at: "bigint?",
  outcome: "text",
  event_id: "text",
  error_type: "text?",
  revision: "text?",
  duration_ms: "bigint?",
  failed_step: "text?",
} as const;

const { event_id, ts, system, type, cluster, namespace, repo, outcome, error_type, subject, sync, rank, id } =
  EVENTS.columns;
const MARKED_EVENT_COLUMNS = {
  event_id,
  ts,
  system,
  type,
  cluster,
  namespace,
  repo,
  outcome,
  error_type,
  subject,
  sync,
  rank,
  id,
};

interface MarkedSync {
  readonly sync: string;
  readonly at_ts: number;
  readonly ended_at: number | null;
  readonly outcome: string;
  readonly event_id: string;
  readonly error_type: string | null;
  readonly revision: string | null;
  readonly duration_ms: number | null;
  readonly failed_step: string | null;
}

function syncMark(row: MarkedSync, lane: number): TimelineMark {
  const how = outcomeOf(row.outcome);
  const step = row.failed_step === null ? "" : ` in ${row.failed_step}`;
  return {
    at: row.at_ts,
    endedAt: row.ended_at,
    lane,
    kind: "sync",
    outcome: how,
    syncId: row.sync,
    eventId: row.event_id,
    title: `sync ${how.replaceAll("_", " ")}${step}${row.error_type === null ? "" : `: ${row.error_type}`}`,
    errorType: row.error_type,
    revision: row.revision,
    durationMs: row.duration_ms,
  };
}

type Draft = { -readonly [K in keyof TimelineBucket]: TimelineBucket[K] };

const FIELD_OF: Readonly<Record<string, "succeeded" | "failed" | "timedOut" | "underWay" | "unknown">> = {
  succeeded: "succeeded",
  failed: "failed",
  timed_out: "timedOut",
  under_way: "underWay",
};

/** Counts by bucket; empty ones are left out. */
class Buckets {
  readonly #since: number;
  readonly #bucketMs: number;
  readonly #byIndex = new Map<number, Draft>();

  constructor(since: number, bucketMs: number) {
    this.#since = since;
    this.#bucketMs = bucketMs;
  }

  addSyncs(index: number, how: string, n: number): void {
    this.add(index, FIELD_OF[how] ?? "unknown", n);
  }

  add(index: number, field: Exclude<keyof TimelineBucket, "at">, n: number): this {
    const bucket = this.#byIndex.get(index) ?? this.#empty(index);
    bucket[field] += n;
    this.#byIndex.set(index, bucket);
    return this;
  }

  list(): TimelineBucket[] {
    return [...this.#byIndex.values()].sort((a, b) => a.at - b.at);
  }

  #empty(index: number): Draft {
    const at = this.#since + index * this.#bucketMs;
    return { at, succeeded: 0, failed: 0, timedOut: 0, underWay: 0, unknown: 0, drifts: 0, others: 0 };
  }
}

function among(
  where: Where,
  alias: string,
  rows: readonly { cluster: string; namespace: string; repo: string }[],
): void {
  const lists = [rows.map((row) => row.cluster), rows.map((row) => row.namespace), rows.map((row) => row.repo)];
  const places = lists.map((list) => `unnest(${where.bind(list, "text[]")})`).join(", ");
  where.and(`(${alias}cluster, ${alias}namespace, ${alias}repo) in (select ${places})`);
}

function idOf(row: { cluster: string; namespace: string; repo: string }): RepositoryId {
  return { clusterId: row.cluster, namespace: row.namespace, repoName: row.repo };
}

function rowOf(repository: RepositoryId | null) {
  const { clusterId = "", namespace: of = "", repoName = "" } = repository ?? {};
  return { cluster: clusterId, namespace: of, repo: repoName };
}
