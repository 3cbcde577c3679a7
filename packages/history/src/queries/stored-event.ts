import { EVENTS, type EventRow } from "../projections/tables.js";
import { EVENT_FORMS, type StoredEvent } from "./answers/events.js";

/** The columns of an event, for a `select`. */
export const EVENT_COLUMNS = Object.keys(EVENTS.columns)
  .map((column) => `e.${column}`)
  .join(", ");

/** The events once each, in their richest form, in the order in which they are first named. */
export function onceEach(rows: readonly EventRow[]): EventRow[] {
  const best = new Map<string, EventRow>();
  for (const row of rows) {
    const found = best.get(row.event_id);
    if (found === undefined || row.rank < found.rank || (row.rank === found.rank && row.id < found.id)) {
      best.set(row.event_id, row);
    }
  }
  return [...best.values()];
}

export function storedEvent(row: EventRow): StoredEvent {
  return {
    eventId: row.event_id,
    form: EVENT_FORMS.find((form) => form === row.form) ?? "alumiini",
    system: row.system,
    source: row.source,
    type: row.type,
    at: row.ts,
    receivedAt: row.received_at,
    clusterId: row.cluster,
    namespace: row.namespace,
    repoName: row.repo,
    syncId: row.sync,
    traceId: row.trace,
    outcome: row.outcome,
    severity: row.severity,
    durationMs: row.duration_ms,
    revision: row.revision,
    title: titleOf(row),
    body: JSON.parse(row.body),
  };
}

const PHRASES: Readonly<Record<string, string>> = {
  sync_started: "sync started",
  sync_completed: "sync succeeded",
  sync_failed: "sync failed",
  git_fetched: "git fetch",
  git_cloned: "git clone",
  apply_started: "apply started",
  apply_completed: "apply succeeded",
  apply_failed: "apply failed",
  drift_detected: "drift detected",
  drift_corrected: "drift corrected",
  worker_started: "worker started",
  worker_stopped: "worker stopped",
  webhook_received: "webhook received",
};

/** One line in plain words. */
export function titleOf(row: Pick<EventRow, "type" | "system" | "outcome" | "error_type" | "subject">): string {
  const { type, system, outcome, error_type: errorType, subject } = row;
  if (system !== "alumiini") return subject === null ? type : `${type} ${subject}`;
  const phrase = PHRASES[type] ?? type.replaceAll("_", " ");
  const failedStep = outcome === "failure" || outcome === "timeout";
  const how = failedStep && !type.endsWith("failed") ? (outcome === "timeout" ? " timed out" : " failed") : "";
  const why = errorType === null ? "" : `: ${errorType}`;
  return `${phrase}${how}${subject === null ? "" : ` ${subject}`}${why}`;
}
