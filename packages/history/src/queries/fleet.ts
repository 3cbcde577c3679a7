import { repositoryKey } from "../projections/keys.js";
import type { RepositoryId } from "./answers/common.js";
import type { FleetAnswer, FleetInput, FleetReason, FleetRow } from "./answers/fleet.js";
import { FLEET_STATES, type FleetState, type OutcomeMark } from "./answers/states.js";
import { ask, type QueryContext } from "./context.js";
import { checkText, cursorOf, oneOf, readCursor, someOf, Where, whole } from "./input.js";
import { outcomeOf } from "./sync-row.js";

/** The state of each repository: the first that fits counts, but for suspension. `$1` stuck before, `$2` stale before. */
const STATES = `
select r.*, coalesce(d.drifted, 0) as drifted, d.drift_since, d.drift_resource,
  case
    when r.suspended then 5
    when r.finished_outcome in ('failed', 'timed_out') then 0
    when r.open_start < $1::bigint then 1
    when d.drifted > 0 then 2
    when r.success_at < $2::bigint then 3
    when r.success_at is null and r.open_start is null then 4
    when r.open_start is not null then 6
    else 7
  end as state_rank
from repositories r
left join (
  select d.cluster, d.namespace, d.repo, count(*) as drifted, min(d.detected_at) as drift_since,
    min(d.resource) as drift_resource
  from drifts d join repositories r on r.cluster = d.cluster and r.namespace = d.namespace and r.repo = d.repo
  where d.detected_at > coalesce(d.corrected_at, -1) and d.detected_at > coalesce(r.changed_at, -1)
  group by d.cluster, d.namespace, d.repo
) d on d.cluster = r.cluster and d.namespace = r.namespace and d.repo = r.repo`;

const COUNTS = (where: Where) => `
with states as (${STATES})
select state_rank, count(*) as n from states ${where} group by state_rank`;

const SCOPES = `
select 'cluster' as kind, cluster as value, count(*) as n from repositories group by cluster
union all select 'environment', environment, count(*) from repositories where environment is not null group by environment
union all select 'namespace', namespace, count(*) from repositories group by namespace
order by 3 desc nulls last, 2`;

const MATCHING = (where: Where) => `
with states as (${STATES})
select count(*) as n from states t
left join syncs f on f.cluster = t.cluster and f.namespace = t.namespace and f.repo = t.repo and f.sync = t.finished_sync
${where}`;

const PAGE = (where: Where, order: string, limit: string) => `
with states as (${STATES}), dated as (
  select t.*, case t.state_rank
      when 0 then coalesce(t.streak_since, t.finished_at) when 1 then t.open_start when 2 then t.drift_since
      when 3 then t.success_at when 5 then t.suspended_ts when 6 then t.open_start
      when 7 then coalesce(t.streak_since, t.finished_at)
    end as since
  from states t
)
select t.*, f.error_type, f.error_message, f.source, f.branch, f.repo_url, f.trigger_by
from dated t
left join syncs f on f.cluster = t.cluster and f.namespace = t.namespace and f.repo = t.repo and f.sync = t.finished_sync
${where}
order by ${order}
limit ${limit}`;

const LAST = `
select * from (
  select s.cluster, s.namespace, s.repo, s.sync, s.at_ts, s.outcome, s.source, s.branch, s.repo_url, s.trigger_by,
    row_number() over (partition by s.cluster, s.namespace, s.repo order by s.at_ts desc nulls last, s.sync desc nulls last) as n
  from syncs s
  where (s.cluster, s.namespace, s.repo) in (select unnest($1::text[]), unnest($2::text[]), unnest($3::text[]))
    and s.at_ts >= $4::bigint
) t where n <= 12 order by at_ts, sync`;

const STUCK_AFTER_SECONDS = 900;
const STALE_AFTER_SECONDS = 3_600;
const RECENT_MS = 45 * 86_400_000;

const SUSPENDED_RANK = FLEET_STATES.indexOf("suspended");

/** The present state of each repository, worst first. */
export async function fleet(context: QueryContext, input: FleetInput = {}): Promise<FleetAnswer> {
  const asOf = context.now();
  const limit = whole("limit", input.limit, 100, 1, 500);
  const stuckAfterSeconds = whole("stuckAfterSeconds", input.stuckAfterSeconds, STUCK_AFTER_SECONDS, 1, 1e9);
  const staleAfterSeconds = whole("staleAfterSeconds", input.staleAfterSeconds, STALE_AFTER_SECONDS, 1, 1e9);
  const states = someOf("states", input.states, FLEET_STATES);
  const search = input.search === undefined ? undefined : checkText("search", input.search);
  const sort = oneOf("sort", input.sort ?? "state", ["state", "name"]);
  const thresholds = [asOf - stuckAfterSeconds * 1000, asOf - staleAfterSeconds * 1000];
  const start = (): Where => {
    const where = new Where();
    where.parameters.push(...thresholds);
    where.scope(input);
    return where;
  };
  const filtered = (): Where => {
    const where = new Where();
    where.parameters.push(...thresholds);
    where.scope(input, "t.");
    if (states !== undefined) {
      const ranks = states.map((state) => FLEET_STATES.indexOf(state));
      where.and(ranks.length === 0 ? "1 = 0" : `t.state_rank in (${ranks.join(", ")})`);
    }
    if (search !== undefined) {
      const columns = [
        "t.repo",
        "t.namespace",
        "t.running_revision",
        "t.wanted_revision",
        "f.error_type",
        "f.error_message",
      ];
      where.contains(columns, search);
    }
    return where;
  };

  const inScope = start();
  const counted = await ask(context, {
    sql: COUNTS(inScope),
    parameters: inScope.parameters,
    columns: { state_rank: "bigint", n: "bigint" },
  });
  const counts = countsOf(counted);
  const total = counted.reduce((sum, { n }) => sum + n, 0);
  const all = filtered();
  const matching =
    states === undefined && search === undefined
      ? total
      : ((await ask(context, { sql: MATCHING(all), parameters: all.parameters, columns: { n: "bigint" } }))[0]?.n ?? 0);

  const page = filtered();
  addCursor(page, sort, input.cursor);
  const names = "t.cluster, t.namespace, t.repo";
  const order = sort === "name" ? names : `t.state_rank, coalesce(t.since, -1) desc nulls last, ${names}`;
  const rows = await ask(context, {
    sql: PAGE(page, order, page.bind(limit + 1, "bigint")),
    parameters: page.parameters,
    columns: PAGE_COLUMNS,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const lastSyncs = await lastOf(context, shown);
  return {
    asOf,
    items: shown.map((row) => fleetRow(row, lastSyncs.get(repositoryKey(row)) ?? [])),
    nextCursor: rows.length > limit && last !== undefined ? cursorAt(sort, last) : null,
    counts,
    total,
    matching,
    staleAfterSeconds,
    stuckAfterSeconds,
    scopes: await scopesOf(context),
  };
}

/** The state of single repositories. */
export async function statesOf(context: QueryContext, ids: readonly RepositoryId[]): Promise<Map<string, FleetState>> {
  const found = new Map<string, FleetState>();
  if (ids.length === 0) return found;
  const where = new Where();
  where.parameters.push(context.now() - STUCK_AFTER_SECONDS * 1000, context.now() - STALE_AFTER_SECONDS * 1000);
  where.equals("repo", "repoName", [...new Set(ids.map(({ repoName }) => repoName))]);
  const rows = await ask(context, {
    sql: `with states as (${STATES}) select cluster, namespace, repo, state_rank from states ${where}`,
    parameters: where.parameters,
    columns: { cluster: "text", namespace: "text", repo: "text", state_rank: "bigint" },
  });
  for (const row of rows) found.set(repositoryKey(row), FLEET_STATES[row.state_rank] ?? "no_data");
  return found;
}

const PAGE_COLUMNS = {
  cluster: "text",
  namespace: "text",
  repo: "text",
  last_ts: "bigint",
  environment: "text?",
  wanted_revision: "text?",
  wanted_ts: "bigint",
  finished_at: "bigint?",
  finished_sync: "text?",
  finished_outcome: "text?",
  success_at: "bigint?",
  failure_at: "bigint?",
  running_revision: "text?",
  open_sync: "text?",
  open_start: "bigint?",
  suspended: "boolean?",
  suspended_ts: "bigint",
  drifted: "bigint",
  drift_resource: "text?",
  state_rank: "bigint",
  since: "bigint?",
  error_type: "text?",
  error_message: "text?",
  source: "text?",
  branch: "text?",
  repo_url: "text?",
  trigger_by: "text?",
} as const;

interface PageRow {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly last_ts: number;
  readonly environment: string | null;
  readonly wanted_revision: string | null;
  readonly wanted_ts: number;
  readonly finished_at: number | null;
  readonly finished_sync: string | null;
  readonly finished_outcome: string | null;
  readonly success_at: number | null;
  readonly failure_at: number | null;
  readonly running_revision: string | null;
  readonly open_sync: string | null;
  readonly open_start: number | null;
  readonly suspended: boolean | null;
  readonly suspended_ts: number;
  readonly drifted: number;
  readonly drift_resource: string | null;
  readonly state_rank: number;
  readonly since: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly source: string | null;
  readonly branch: string | null;
  readonly repo_url: string | null;
}

interface LastSync {
  readonly sync: string;
  readonly at_ts: number;
  readonly outcome: string;
  readonly source: string;
  readonly branch: string | null;
  readonly repo_url: string | null;
  readonly trigger_by: string | null;
}

function addCursor(where: Where, sort: "state" | "name", cursor: string | undefined): void {
  const names = "(t.cluster, t.namespace, t.repo)";
  if (sort === "name") {
    const after = readCursor(cursor, ["string", "string", "string"]);
    if (after !== undefined) where.and(`${names} > (${after.map((value) => where.bind(value, "text")).join(", ")})`);
    return;
  }
  const after = readCursor(cursor, ["number", "number", "string", "string", "string"]);
  if (after === undefined) return;
  const [rank, since, ...name] = after;
  const rankAt = where.bind(rank, "bigint");
  const sinceAt = where.bind(since, "bigint");
  const nameAt = name.map((value) => where.bind(value, "text")).join(", ");
  where.and(
    `(t.state_rank > ${rankAt} or (t.state_rank = ${rankAt} and (coalesce(t.since, -1) < ${sinceAt} or (coalesce(t.since, -1) = ${sinceAt} and ${names} > (${nameAt})))))`,
  );
}

function cursorAt(sort: "state" | "name", row: PageRow): string {
  const names = [row.cluster, row.namespace, row.repo];
  return cursorOf(sort === "name" ? names : [row.state_rank, row.since ?? -1, ...names]);
}

/** Of most repositories the last syncs are recent: only for the others all are looked at. */
async function lastOf(context: QueryContext, rows: readonly PageRow[]): Promise<Map<string, LastSync[]>> {
  const found = await lastSince(context, rows, context.now() - RECENT_MS);
  const others = rows.filter((row) => (found.get(repositoryKey(row))?.length ?? 0) < 12);
  for (const [name, syncs] of await lastSince(context, others, 0)) found.set(name, syncs);
  return found;
}

async function lastSince(
  context: QueryContext,
  rows: readonly PageRow[],
  since: number,
): Promise<Map<string, LastSync[]>> {
  const found = new Map<string, LastSync[]>();
  if (rows.length === 0) return found;
  const last = await ask(context, {
    sql: LAST,
    parameters: [rows.map((row) => row.cluster), rows.map((row) => row.namespace), rows.map((row) => row.repo), since],
    columns: {
      cluster: "text",
      namespace: "text",
      repo: "text",
      sync: "text",
      at_ts: "bigint",
      outcome: "text",
      source: "text",
      branch: "text?",
      repo_url: "text?",
      trigger_by: "text?",
    },
  });
  for (const sync of last) found.set(repositoryKey(sync), [...(found.get(repositoryKey(sync)) ?? []), sync]);
  return found;
}

function fleetRow(row: PageRow, last: readonly LastSync[]): FleetRow {
  const state = FLEET_STATES[row.state_rank] ?? "no_data";
  const newest = last.at(-1);
  const { running_revision: running, wanted_revision: wanted } = row;
  const seen = [row.finished_at, row.open_start, row.wanted_ts, row.suspended_ts].flatMap((ts) => ts ?? []);
  return {
    clusterId: row.cluster,
    namespace: row.namespace,
    repoName: row.repo,
    environment: row.environment,
    source: newest?.source ?? row.source,
    repoUrl: newest?.repo_url ?? row.repo_url,
    branch: newest?.branch ?? row.branch,
    state,
    since: row.since,
    why: reasonOf(state, row, newest),
    runningRevision: running,
    wantedRevision: wanted === running ? null : wanted,
    lastOutcomes: last.map(
      ({ sync, at_ts: at, outcome }): OutcomeMark => ({ syncId: sync, at, outcome: outcomeOf(outcome) }),
    ),
    lastSuccessAt: row.success_at,
    lastFailureAt: row.failure_at,
    syncStartedAt: row.open_start,
    lastSyncId: newest?.sync ?? row.finished_sync,
    driftedResources: row.drifted,
    suspendedAsOf: row.state_rank === SUSPENDED_RANK ? row.suspended_ts : null,
    lastEventAt: Math.max(row.last_ts, ...seen),
  };
}

const CODES: Readonly<Record<FleetState, FleetReason["code"]>> = {
  failing: "sync_failed",
  stuck: "under_way_too_long",
  drifted: "drift_open",
  stale: "no_recent_success",
  no_data: "no_outcome_seen",
  suspended: "suspended",
  syncing: "under_way",
  healthy: "healthy",
};

function reasonOf(state: FleetState, row: PageRow, newest: LastSync | undefined): FleetReason {
  const failed = row.finished_outcome === "failed" || row.finished_outcome === "timed_out";
  // A suspended repository's last failure is shown too.
  const tellsError = state === "failing" || (state === "suspended" && failed);
  return {
    code: state === "failing" && row.finished_outcome === "timed_out" ? "sync_timed_out" : CODES[state],
    errorType: tellsError ? row.error_type : null,
    errorMessage: tellsError ? row.error_message : null,
    resourceKey: state === "drifted" ? row.drift_resource : null,
    trigger: state === "syncing" || state === "stuck" ? (newest?.trigger_by ?? null) : null,
  };
}

function countsOf(rows: readonly { readonly state_rank: number; readonly n: number }[]): Record<FleetState, number> {
  const counts = { failing: 0, stuck: 0, drifted: 0, stale: 0, no_data: 0, suspended: 0, syncing: 0, healthy: 0 };
  for (const { state_rank: rank, n } of rows) {
    const state = FLEET_STATES[rank];
    if (state !== undefined) counts[state] = n;
  }
  return counts;
}

async function scopesOf(context: QueryContext): Promise<FleetAnswer["scopes"]> {
  const rows = await ask(context, {
    sql: SCOPES,
    columns: { kind: "text", value: "text", n: "bigint" },
  });
  const of = (wanted: string) =>
    rows
      .filter(({ kind }) => kind === wanted)
      .slice(0, 200)
      .map(({ value, n }) => ({ value, repositories: n }));
  return { clusters: of("cluster"), environments: of("environment"), namespaces: of("namespace") };
}
