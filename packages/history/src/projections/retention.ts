import { type FinishedSync, foldDeployments } from "../dora/deployments.js";
import type { Change, Reader } from "../store/store.js";
import { factsOf } from "./facts.js";
import { keyOf, partsOf } from "./keys.js";
import { reduceSync } from "./syncs.js";
import { BASELINES, EVENTS, REPOSITORIES, SYNCS, type SyncTableRow } from "./tables.js";

/** Revisions that are remembered of one repository. */
const MAX_SEEN = 1_000;

const ENDED = `
select s.cluster, s.namespace, s.repo, s.environment, s.sync, s.event_id, s.ended_at, s.outcome, s.error_type, s.revision,
  s.previous_revision, s.touched, s.rework, s.rollback, s.committed_at, s.rollout_ref, s.trigger_by
from syncs s where s.ended_at < $1::bigint and s.outcome in ('succeeded', 'failed', 'timed_out')`;

const STRADDLING = `
select s.cluster, s.namespace, s.repo, s.sync, s.first_ts from syncs s
where s.first_ts < $1::bigint and s.last_ts >= $1::bigint`;

const KEPT = `
select ${Object.keys(EVENTS.columns)
  .map((column) => `e.${column}`)
  .join(", ")}
from events e where e.ts >= $1::bigint and e.sync in (select unnest($2::text[]))`;

const HOUR_MS = 3_600_000;

/** A repository's time is the hour of its newest event, which may lie after the cutoff within that hour. */
const SAME_HOUR = `
select r.* from repositories r where r.last_ts < $1::bigint and r.last_ts > $2::bigint and exists (
  select 1 from events e where e.cluster = r.cluster and e.namespace = r.namespace and e.repo = r.repo
    and e.ts >= $1::bigint
)`;

/**
 * What has to be kept of what retention deletes: the revisions that ran at the cutoff and before, the part of syncs
 * across it that stays, and repositories whose newest event stays.
 */
export async function retentionChanges(read: Reader, cutoff: number): Promise<Change[]> {
  const changes = [
    await baselineChange(read, cutoff),
    await straddlingChange(read, cutoff),
    await repositoryChange(read, cutoff),
  ];
  return changes.filter(({ append }) => append.length > 0);
}

async function repositoryChange(read: Reader, cutoff: number): Promise<Change> {
  const append = await read.query({
    sql: SAME_HOUR,
    parameters: [cutoff, cutoff - HOUR_MS],
    columns: REPOSITORIES.columns,
  });
  return { table: REPOSITORIES.name, remove: [], append };
}

async function baselineChange(read: Reader, cutoff: number): Promise<Change> {
  const ended = await read.query({
    sql: ENDED,
    parameters: [cutoff],
    columns: {
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
    },
  });
  const old = await read.query({ sql: "select * from baselines b", columns: BASELINES.columns });
  const known = new Map(old.map((row) => [keyOf(row.cluster, row.namespace, row.repo, row.environment), row]));
  const groups = new Map<string, FinishedSync[]>();
  for (const sync of ended) {
    const key = keyOf(sync.cluster, sync.namespace, sync.repo, sync.environment ?? "");
    groups.set(key, [...(groups.get(key) ?? []), sync]);
  }
  const append = [...groups].map(([key, syncs]) => {
    const before = known.get(key);
    const seen: unknown = JSON.parse(before?.seen ?? "[]");
    const folded = foldDeployments(syncs, {
      revision: before?.revision ?? null,
      seen: Array.isArray(seen) ? seen.filter((each) => typeof each === "string") : [],
    });
    const [cluster = "", namespace = "", repo = "", environment = ""] = partsOf(key);
    return {
      cluster,
      namespace,
      repo,
      environment,
      ts: cutoff,
      revision: folded.current,
      seen: JSON.stringify(folded.seen.slice(-MAX_SEEN)),
    };
  });
  return {
    table: BASELINES.name,
    remove: append.map(({ cluster, namespace, repo, environment }) => [cluster, namespace, repo, environment]),
    append,
  };
}

async function straddlingChange(read: Reader, cutoff: number): Promise<Change> {
  const cut = await read.query({
    sql: STRADDLING,
    parameters: [cutoff],
    columns: { cluster: "text", namespace: "text", repo: "text", sync: "text", first_ts: "bigint" },
  });
  if (cut.length === 0) return { table: SYNCS.name, remove: [], append: [] };
  const kept = await read.query({
    sql: KEPT,
    parameters: [cutoff, cut.map(({ sync }) => sync)],
    columns: EVENTS.columns,
  });
  const facts = kept.flatMap((row) => factsOf(row) ?? []);
  const append = cut.flatMap(({ cluster, namespace, repo, sync }): SyncTableRow[] => {
    const own = facts.filter((each) => {
      return each.row.sync === sync && each.repo === repo && each.namespace === namespace && each.cluster === cluster;
    });
    const row = reduceSync(sync, own);
    return row === undefined ? [] : [row];
  });
  const starts = cut.map(({ first_ts: start }) => start);
  return {
    table: SYNCS.name,
    remove: cut.map(({ cluster, namespace, repo, sync }) => [cluster, namespace, repo, sync]),
    range: { from: Math.min(...starts), to: Math.max(...starts) },
    append,
  };
}
