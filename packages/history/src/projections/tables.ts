import { defineTable, RAW_COLUMNS, type RowOf } from "../store/table.js";

/**
 * The tables of a history, as data: each engine creates them from this. Times are milliseconds since the Unix epoch.
 * The raw events are the truth; the projections follow from them, and a rebuild makes them again.
 */

/**
 * The events as they came. `id` is form and event id, so one event that came in several forms has several rows with one
 * `event_id`; the row with the lowest `rank` (the richest form) is the one that counts.
 */
export const EVENTS = defineTable({
  name: "events",
  columns: {
    ...RAW_COLUMNS,
    event_id: "text",
    form: "text",
    rank: "bigint",
    system: "text",
    source: "text",
    type: "text",
    cluster: "text?",
    namespace: "text?",
    repo: "text?",
    sync: "text?",
    trace: "text?",
    outcome: "text",
    severity: "text",
    duration_ms: "bigint?",
    revision: "text?",
    environment: "text?",
    error_type: "text?",
    /** What it is about: an object (`<Kind>/<namespace>/<name>`), a rollout (`<namespace>/<name>`). */
    subject: "text?",
    body: "text",
  },
  key: ["id"],
  time: "ts",
  indexes: [
    ["event_id"],
    ["cluster", "namespace", "repo", "ts"],
    ["sync"],
    ["trace"],
    ["system", "ts"],
    ["type", "ts"],
    ["seq"],
  ],
  role: "raw",
});

/** One row for each sync. */
export const SYNCS = defineTable({
  name: "syncs",
  columns: {
    cluster: "text",
    namespace: "text",
    repo: "text",
    sync: "text",
    first_ts: "bigint",
    last_ts: "bigint",
    /** `started_at`, else `ended_at`, else the first event: what lists are sorted by. */
    at_ts: "bigint",
    started_at: "bigint?",
    ended_at: "bigint?",
    duration_ms: "bigint?",
    outcome: "text",
    failed_step: "text?",
    error_type: "text?",
    error_message: "text?",
    trigger_by: "text?",
    revision: "text?",
    previous_revision: "text?",
    /** `changed`, `same`, or `unknown` where the source says no previous revision. */
    change: "text",
    /** Whether a failed one changed something in the cluster; null if unknown. */
    touched: "boolean?",
    /** Whether the source says that it was unplanned work (an explicit marker); null where it says nothing. */
    rework: "boolean?",
    /** Whether the source says that it went back to an earlier state. */
    rollback: "boolean",
    branch: "text?",
    repo_url: "text?",
    committed_at: "bigint?",
    resources_applied: "bigint?",
    trace: "text?",
    rollout_ref: "text?",
    environment: "text?",
    source: "text",
    event_id: "text",
    events: "bigint",
  },
  key: ["cluster", "namespace", "repo", "sync"],
  time: "first_ts",
  indexes: [
    ["at_ts"],
    ["sync"],
    ["cluster", "namespace", "repo", "at_ts"],
    ["cluster", "namespace", "repo", "ended_at", "sync"],
    ["ended_at"],
    ["revision"],
  ],
  role: "projection",
});

/** One row for each repository: its newest facts, from which the fleet's states follow. Each is a maximum, so that order can't matter. */
export const REPOSITORIES = defineTable({
  name: "repositories",
  columns: {
    /** Cluster, namespace and name as one text: rows are replaced often, and one column is found faster than three. */
    id: "text",
    cluster: "text",
    namespace: "text",
    repo: "text",
    /** The hour of its newest event. */
    last_ts: "bigint",
    environment: "text?",
    environment_ts: "bigint",
    /** The newest revision that was attempted, fetched or announced, and when. */
    wanted_revision: "text?",
    wanted_ts: "bigint",
    /** The newest sync that ended with an outcome. */
    finished_at: "bigint?",
    finished_sync: "text?",
    finished_outcome: "text?",
    /** The newest start of those that ended: what has not ended and is older was given up. */
    finished_start: "bigint?",
    success_at: "bigint?",
    failure_at: "bigint?",
    /** The first of the newest outcomes in a row that are all good, or all bad. */
    streak_since: "bigint?",
    /** The revision of the newest success that has one. */
    running_revision: "text?",
    running_at: "bigint?",
    /** The newest success that changed what runs. */
    changed_at: "bigint?",
    /** The newest sync that has not ended. */
    open_sync: "text?",
    open_start: "bigint?",
    suspended: "boolean?",
    suspended_ts: "bigint",
  },
  key: ["id"],
  time: "last_ts",
  indexes: [["cluster", "namespace", "repo"]],
  role: "projection",
});

/** One row for each object that drifted: when that was seen last, and when it was corrected last. */
export const DRIFTS = defineTable({
  name: "drifts",
  columns: {
    cluster: "text",
    namespace: "text",
    repo: "text",
    resource: "text",
    last_ts: "bigint",
    detected_at: "bigint?",
    detected_id: "text?",
    corrected_at: "bigint?",
    corrected_id: "text?",
  },
  key: ["cluster", "namespace", "repo", "resource"],
  time: "last_ts",
  indexes: [],
  role: "projection",
});

/** Which objects a repository wrote, by week: what joins it with what other systems say of these objects. */
export const LINKS = defineTable({
  name: "links",
  columns: {
    cluster: "text",
    namespace: "text",
    repo: "text",
    /** `<Kind>/<namespace>/<name>`, or `<Kind>/<name>`. */
    target: "text",
    /** The first moment of the week, a multiple of seven days. */
    week: "bigint",
    week_end: "bigint",
    first_ts: "bigint",
  },
  key: ["cluster", "namespace", "repo", "target", "week"],
  time: "week_end",
  indexes: [["cluster", "target"]],
  role: "projection",
});

/** When revisions were committed, from any event that says it. */
export const COMMITS = defineTable({
  name: "commits",
  columns: { revision: "text", committed_at: "bigint", first_ts: "bigint" },
  key: ["revision"],
  time: "first_ts",
  indexes: [],
  role: "projection",
  retained: false,
});

/** What repositories ran at the retention's cutoff: changes and rollbacks after the cutoff are still found from it. */
export const BASELINES = defineTable({
  name: "baselines",
  columns: {
    cluster: "text",
    namespace: "text",
    repo: "text",
    /** Empty where the repository's syncs name none. */
    environment: "text",
    ts: "bigint",
    revision: "text?",
    /** Revisions that ran before, as JSON, the newest 1,000. */
    seen: "text",
  },
  key: ["cluster", "namespace", "repo", "environment"],
  time: "ts",
  indexes: [],
  role: "bookkeeping",
  retained: false,
});

/** What could not be read as an event. */
export const DEAD_LETTERS = defineTable({
  name: "dead_letters",
  columns: {
    id: "text",
    received_at: "bigint",
    source: "text",
    sequence: "bigint?",
    reason: "text",
    message: "text",
    sample: "text",
    bytes: "bigint",
  },
  key: ["id"],
  time: "received_at",
  indexes: [["reason"]],
  role: "bookkeeping",
});

/** Counts of what was received, one row; each row adds up by itself. */
export const COUNTS = defineTable({
  name: "counts",
  columns: {
    writer: "text",
    since: "bigint",
    updated_at: "bigint",
    received: "bigint",
    stored: "bigint",
    duplicate: "bigint",
    ignored: "bigint",
    refused: "bigint",
    expired: "bigint",
  },
  key: ["writer"],
  time: "updated_at",
  indexes: [],
  role: "bookkeeping",
  retained: false,
});

/** All tables of a history but the store's own bookkeeping. */
export const TABLES = [EVENTS, SYNCS, REPOSITORIES, DRIFTS, LINKS, COMMITS, BASELINES, DEAD_LETTERS, COUNTS] as const;

export type EventRow = RowOf<typeof EVENTS.columns>;
export type SyncTableRow = RowOf<typeof SYNCS.columns>;
export type RepositoryRow = RowOf<typeof REPOSITORIES.columns>;
export type DriftRow = RowOf<typeof DRIFTS.columns>;
export type LinkRow = RowOf<typeof LINKS.columns>;
export type CommitRow = RowOf<typeof COMMITS.columns>;
