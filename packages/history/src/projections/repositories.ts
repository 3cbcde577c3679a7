import { compare, type Facts } from "./facts.js";
import { type RepositoryKey, repositoryKey, storedKey } from "./keys.js";
import type { RepositoryRow, SyncTableRow } from "./tables.js";

/** What a repository's row needs of a sync's. */
export type SyncFacts = Pick<SyncTableRow, "sync" | "at_ts" | "ended_at" | "outcome" | "revision" | "change">;

type Draft = { -readonly [K in keyof RepositoryRow]: RepositoryRow[K] };

/** Nothing is known of it yet. */
export function emptyRepository({ cluster, namespace, repo }: RepositoryKey): RepositoryRow {
  return {
    id: storedKey(repositoryKey({ cluster, namespace, repo })),
    cluster,
    namespace,
    repo,
    last_ts: 0,
    environment: null,
    environment_ts: -1,
    wanted_revision: null,
    wanted_ts: -1,
    finished_at: null,
    finished_sync: null,
    finished_outcome: null,
    finished_start: null,
    success_at: null,
    failure_at: null,
    streak_since: null,
    running_revision: null,
    running_at: null,
    changed_at: null,
    open_sync: null,
    open_start: null,
    suspended: null,
    suspended_ts: -1,
  };
}

/**
 * The row with what events and syncs add. Every column is the newest of something, ties decided by value, so neither
 * order nor repetition matters. Undefined where a late sync breaks the newest outcomes in a row: when those began follows
 * from all syncs of the repository only.
 */
export function mergeRepository(
  row: RepositoryRow,
  events: readonly Facts[],
  syncs: readonly SyncFacts[],
): RepositoryRow | undefined {
  const draft: Draft = { ...row };
  for (const facts of events) mergeEvent(draft, facts);
  const inOrder = [...syncs].sort(
    (a, b) => compare(a.ended_at ?? a.at_ts, b.ended_at ?? b.at_ts) || compare(a.sync, b.sync),
  );
  for (const sync of inOrder) if (!mergeSync(draft, sync)) return undefined;
  // What is under way and older than one that has ended was given up.
  if (draft.open_start !== null && draft.finished_start !== null && draft.open_start <= draft.finished_start) {
    draft.open_sync = null;
    draft.open_start = null;
  }
  return draft;
}

/** The row without what follows from syncs: the part to which they are merged again. */
export function withoutSyncs(row: RepositoryRow): RepositoryRow {
  const { cluster, namespace, repo, environment, environment_ts, wanted_revision, wanted_ts, suspended, suspended_ts } =
    row;
  return {
    ...emptyRepository({ cluster, namespace, repo }),
    last_ts: row.last_ts,
    environment,
    environment_ts,
    wanted_revision,
    wanted_ts,
    suspended,
    suspended_ts,
  };
}

/**
 * Whether a sync's new row takes back what its old one said. Then merging isn't enough: the repository's row is made
 * again from all of its syncs.
 */
export function isRetraction(old: SyncFacts, now: SyncFacts): boolean {
  if (old.outcome === "under_way") return old.at_ts !== now.at_ts;
  return (
    old.outcome !== now.outcome ||
    old.ended_at !== now.ended_at ||
    old.at_ts !== now.at_ts ||
    old.revision !== now.revision ||
    old.change !== now.change
  );
}

const HOUR_MS = 3_600_000;

const NEWEST_BY_TYPE: ReadonlySet<string> = new Set([
  "sync_started",
  "sync_completed",
  "sync_failed",
  "git_fetched",
  "git_cloned",
  "webhook_received",
]);

function mergeEvent(draft: Draft, facts: Facts): void {
  const { row, suspended } = facts;
  if (row.environment !== null && isNewer(row.ts, row.environment, draft.environment_ts, draft.environment)) {
    draft.environment = row.environment;
    draft.environment_ts = row.ts;
  }
  const tells = row.revision !== null && NEWEST_BY_TYPE.has(row.type) && !isFailedFetch(facts);
  if (tells && isNewer(row.ts, row.revision, draft.wanted_ts, draft.wanted_revision)) {
    draft.wanted_revision = row.revision;
    draft.wanted_ts = row.ts;
  }
  if (suspended !== null && isNewer(row.ts, String(suspended), draft.suspended_ts, String(draft.suspended))) {
    draft.suspended = suspended;
    draft.suspended_ts = row.ts;
  }
  // By the hour, or every event would change the row.
  note(draft, Math.floor(row.ts / HOUR_MS) * HOUR_MS);
}

function isFailedFetch({ row }: Facts): boolean {
  return row.type.startsWith("git_") && row.outcome !== "success";
}

/** Returns false if the row alone does not show the streak. */
function mergeSync(draft: Draft, sync: SyncFacts): boolean {
  const { at_ts: at, ended_at: endedAt, outcome, revision } = sync;
  if (outcome === "under_way") {
    if (isNewer(at, sync.sync, draft.open_start, draft.open_sync)) {
      draft.open_start = at;
      draft.open_sync = sync.sync;
    }
    return true;
  }
  draft.finished_start = Math.max(draft.finished_start ?? at, at);
  if (endedAt === null || outcome === "unknown") return true;
  if (!mergeStreak(draft, endedAt, sync)) return false;
  if (isNewer(endedAt, sync.sync, draft.finished_at, draft.finished_sync)) {
    draft.finished_at = endedAt;
    draft.finished_sync = sync.sync;
    draft.finished_outcome = outcome;
  }
  if (outcome !== "succeeded") {
    draft.failure_at = Math.max(draft.failure_at ?? endedAt, endedAt);
    return true;
  }
  draft.success_at = Math.max(draft.success_at ?? endedAt, endedAt);
  if (sync.change !== "same") draft.changed_at = Math.max(draft.changed_at ?? endedAt, endedAt);
  if (revision !== null && isNewer(endedAt, revision, draft.running_at, draft.running_revision)) {
    draft.running_revision = revision;
    draft.running_at = endedAt;
  }
  return true;
}

/**
 * The streak is the earliest sync as good or bad as the newest one that ended after all of the other kind; null where
 * none did, by a tie.
 */
function mergeStreak(draft: Draft, endedAt: number, { sync, outcome }: SyncFacts): boolean {
  const good = outcome === "succeeded";
  const isSame = draft.finished_outcome !== null && (draft.finished_outcome === "succeeded") === good;
  if (isNewer(endedAt, sync, draft.finished_at, draft.finished_sync)) {
    const otherAt = (isSame ? (good ? draft.failure_at : draft.success_at) : draft.finished_at) ?? -1;
    if (!isSame) draft.streak_since = null;
    if (endedAt > otherAt) draft.streak_since ??= endedAt;
    return true;
  }
  // It came late: the newest sync stays the newest.
  const otherAt = (draft.finished_outcome === "succeeded" ? draft.failure_at : draft.success_at) ?? -1;
  if (endedAt <= otherAt) return true;
  const { streak_since: since } = draft;
  if (isSame) draft.streak_since = since === null ? endedAt : Math.min(since, endedAt);
  return isSame || since === null || since > endedAt;
}

function note(draft: Draft, ts: number): void {
  draft.last_ts = Math.max(draft.last_ts, ts);
}

/** Later, or as late and greater. */
function isNewer(ts: number, value: string | null, thanTs: number | null, than: string | null): boolean {
  if (thanTs === null || ts > thanTs) return true;
  return ts === thanTs && (value ?? "") > (than ?? "");
}
