import type { Facts } from "./facts.js";
import type { CommitRow, LinkRow } from "./tables.js";

const WEEK_MS = 7 * 86_400_000;

/** The objects that an event says were written, by week. */
export function linksOf({ cluster, namespace, repo, row, resources }: Facts): LinkRow[] {
  const wrote =
    row.type === "sync_completed" ||
    row.type === "apply_completed" ||
    row.type === "apply_failed" ||
    row.type === "sync_failed";
  if (!wrote) return [];
  const week = Math.floor(row.ts / WEEK_MS) * WEEK_MS;
  return resources.map((target) => ({
    cluster,
    namespace,
    repo,
    target,
    week,
    week_end: week + WEEK_MS - 1,
    first_ts: row.ts,
  }));
}

/** When a revision was committed, where the event says it. */
export function commitOf({ row, committedAt }: Facts): CommitRow | undefined {
  if (row.revision === null || committedAt === null) return undefined;
  return { revision: row.revision, committed_at: committedAt, first_ts: row.ts };
}

/** Both rows of one link say the same: it was first seen at the earlier time. */
export function mergeLink(old: LinkRow | undefined, now: LinkRow): LinkRow {
  return old === undefined || now.first_ts < old.first_ts ? now : old;
}

/** Of two times of one commit, the earlier counts. */
export function mergeCommit(old: CommitRow | undefined, now: CommitRow): CommitRow {
  if (old === undefined) return now;
  const committed_at = Math.min(old.committed_at, now.committed_at);
  const first_ts = Math.min(old.first_ts, now.first_ts);
  return committed_at === old.committed_at && first_ts === old.first_ts ? old : { ...old, committed_at, first_ts };
}
