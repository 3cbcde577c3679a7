import { SYNCS, type SyncTableRow } from "../projections/tables.js";
import { SYNC_OUTCOMES, type SyncOutcome } from "./answers/states.js";
import type { SyncRow } from "./answers/syncs.js";
import { ask, type QueryContext } from "./context.js";
import { Where } from "./input.js";

/** The columns of a sync, for a `select`. */
export const SYNC_COLUMNS = Object.keys(SYNCS.columns)
  .map((column) => `s.${column}`)
  .join(", ");

export function outcomeOf(stored: string): SyncOutcome {
  return SYNC_OUTCOMES.find((outcome) => outcome === stored) ?? "unknown";
}

export function syncRow(row: SyncTableRow): SyncRow {
  return {
    clusterId: row.cluster,
    namespace: row.namespace,
    repoName: row.repo,
    syncId: row.sync,
    environment: row.environment,
    source: row.source,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    at: row.at_ts,
    durationMs: row.duration_ms,
    outcome: row.rollback && row.outcome === "succeeded" ? "rolled_back" : outcomeOf(row.outcome),
    failedStep: row.failed_step === "git" || row.failed_step === "apply" ? row.failed_step : null,
    errorType: row.error_type,
    errorMessage: row.error_message,
    trigger: row.trigger_by,
    revision: row.revision,
    previousRevision: row.previous_revision,
    changed: row.change === "unknown" ? null : row.change === "changed",
    branch: row.branch,
    repoUrl: row.repo_url,
    committedAt: row.committed_at,
    resourcesApplied: row.resources_applied,
    traceId: row.trace,
    rolloutRef: row.rollout_ref,
    eventId: row.event_id,
    events: row.events,
  };
}

/**
 * That a sync went back to a revision that ran before: it succeeded with one, and another had succeeded in between. As a
 * condition on `s`.
 */
export const WENT_BACK = `(s.rollback or exists (
  select 1 from syncs p
  where p.cluster = s.cluster and p.namespace = s.namespace and p.repo = s.repo
    and p.outcome = 'succeeded' and p.revision = s.revision and p.ended_at < s.ended_at
    and exists (
      select 1 from syncs q
      where q.cluster = s.cluster and q.namespace = s.namespace and q.repo = s.repo
        and q.outcome = 'succeeded' and q.revision <> s.revision and q.ended_at < s.ended_at and q.ended_at > p.ended_at
    )
    and not exists (
      select 1 from syncs l
      where l.cluster = s.cluster and l.namespace = s.namespace and l.repo = s.repo
        and l.outcome = 'succeeded' and l.revision = s.revision and l.ended_at < s.ended_at and l.ended_at > p.ended_at
    )
))`;

const WENT_BACK_OF = (where: Where) => `
select s.cluster, s.namespace, s.repo, s.sync,
  max(case when p.revision = s.revision then p.ended_at end) as same_before,
  max(case when p.revision <> s.revision then p.ended_at end) as other_before
from syncs s join syncs p on p.cluster = s.cluster and p.namespace = s.namespace and p.repo = s.repo
  and p.outcome = 'succeeded' and p.revision is not null and p.ended_at < s.ended_at
${where}
group by s.cluster, s.namespace, s.repo, s.sync`;

const ROLLED_BACK_BY_KULTA = `
select distinct e.subject, e.ts from events e
where e.system = 'kulta' and e.type = 'rollout.rolledback' and e.subject in (select unnest($1::text[]))
  and e.ts >= $2::bigint`;

/** The rows with the outcome `rolled_back` where they went back, or the rollout that they began was rolled back. */
export async function withRollbacks(context: QueryContext, rows: readonly SyncRow[]): Promise<SyncRow[]> {
  const candidates = rows.filter(({ outcome, changed, revision }) => {
    return outcome === "succeeded" && changed !== false && revision !== null;
  });
  const wentBack = new Set<SyncRow>();
  if (candidates.length > 0) {
    const where = new Where();
    where.equals(
      "s.sync",
      "syncId",
      candidates.map(({ syncId }) => syncId),
    );
    where.equals("s.repo", "repoName", [...new Set(candidates.map(({ repoName }) => repoName))]);
    const found = await ask(context, {
      sql: WENT_BACK_OF(where),
      parameters: where.parameters,
      columns: {
        cluster: "text",
        namespace: "text",
        repo: "text",
        sync: "text",
        same_before: "bigint?",
        other_before: "bigint?",
      },
    });
    for (const { cluster, namespace, repo, sync, same_before: same, other_before: other } of found) {
      if (same === null || other === null || other <= same) continue;
      const row = candidates.find(
        (each) =>
          each.syncId === sync && each.repoName === repo && each.namespace === namespace && each.clusterId === cluster,
      );
      if (row !== undefined) wentBack.add(row);
    }
  }
  for (const row of await rolledBackByRollout(context, rows)) wentBack.add(row);
  return rows.map((row) => (wentBack.has(row) ? { ...row, outcome: "rolled_back" } : row));
}

async function rolledBackByRollout(context: QueryContext, rows: readonly SyncRow[]): Promise<SyncRow[]> {
  const handedOver = rows.filter(({ rolloutRef, outcome }) => rolloutRef !== null && outcome === "succeeded");
  if (handedOver.length === 0) return [];
  const refs = [...new Set(handedOver.flatMap(({ rolloutRef }) => rolloutRef ?? []))];
  const from = Math.min(...handedOver.map(({ at }) => at));
  const rollbacks = await ask(context, {
    sql: ROLLED_BACK_BY_KULTA,
    parameters: [refs, from],
    columns: { subject: "text?", ts: "bigint" },
  });
  const later = await ask(context, {
    sql: `select s.rollout_ref, s.sync, s.ended_at from syncs s
      where s.rollout_ref in (select unnest($1::text[])) and s.outcome = 'succeeded' and s.ended_at >= $2::bigint`,
    parameters: [refs, from],
    columns: { rollout_ref: "text?", sync: "text", ended_at: "bigint?" },
  });
  return handedOver.filter(({ rolloutRef, syncId, endedAt }) =>
    rollbacks.some(({ subject, ts }) => {
      if (subject !== rolloutRef || endedAt === null || ts < endedAt) return false;
      // It belongs to the newest sync that handed the rollout over before it.
      return !later.some((each) => {
        const ended = each.ended_at ?? 0;
        return each.rollout_ref === rolloutRef && each.sync !== syncId && ended > endedAt && ended <= ts;
      });
    }),
  );
}
