import type { SyncOutcome } from "../queries/answers/states.js";
import { distinct, type Facts } from "./facts.js";
import type { SyncTableRow } from "./tables.js";

/** Events of one sync that count, the oldest first: only a foreign id that is no sync's has more. */
export const MAX_EVENTS = 10_000;

const GIT_ERRORS: ReadonlySet<string> = new Set(["git_error", "git_timeout"]);
const APPLY_ERRORS: ReadonlySet<string> = new Set(["apply_error", "conflict", "validation", "auth"]);

/**
 * What the events of one sync add up to, whatever their order and number of copies. Undefined without events.
 */
export function reduceSync(sync: string, rows: Iterable<Facts>): SyncTableRow | undefined {
  const events = distinct(rows).slice(0, MAX_EVENTS);
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return undefined;
  // A retried sync may end more than once: the last end is its outcome.
  const end = events.findLast(({ row }) => row.type === "sync_completed" || row.type === "sync_failed");
  const startedAt = events.find(({ row }) => row.type === "sync_started")?.row.ts ?? null;
  const endedAt = end?.row.ts ?? null;
  const outcome = outcomeOf(end);
  const failedStep = outcome === "failed" || outcome === "timed_out" ? failedStepOf(events, end) : null;
  const failure = end ?? events.findLast(({ row }) => row.error_type !== null);
  const revision = end?.row.revision ?? newest(events, ({ row }) => row.revision);
  const previous = end?.previousRevision ?? newest(events, (facts) => facts.previousRevision);
  const applied = end?.resourcesApplied ?? mostApplied(events);
  return {
    cluster: first.cluster,
    namespace: first.namespace,
    repo: first.repo,
    sync,
    first_ts: first.row.ts,
    last_ts: last.row.ts,
    at_ts: startedAt ?? endedAt ?? first.row.ts,
    started_at: startedAt,
    ended_at: endedAt,
    duration_ms: end?.row.duration_ms ?? (startedAt === null || endedAt === null ? null : endedAt - startedAt),
    outcome,
    failed_step: failedStep,
    error_type: failure?.row.error_type ?? null,
    error_message: failure?.errorMessage ?? null,
    trigger_by: newest(events, ({ trigger }) => trigger),
    revision,
    previous_revision: previous,
    change: revision === null || previous === null ? "unknown" : revision === previous ? "same" : "changed",
    touched: outcome === "failed" || outcome === "timed_out" ? touchedBy(events, end, failedStep) : null,
    rework: newest(events, ({ rework }) => rework),
    rollback: events.some(({ rollback }) => rollback),
    branch: newest(events, ({ branch }) => branch),
    repo_url: newest(events, ({ repoUrl }) => repoUrl),
    committed_at: newest(events, ({ committedAt }) => committedAt),
    resources_applied: applied,
    trace: newest(events, ({ row }) => row.trace),
    rollout_ref: newest(events, ({ rolloutRef }) => rolloutRef),
    environment: newest(events, ({ row }) => row.environment),
    source: (end ?? first).row.source,
    event_id: (end ?? last).row.event_id,
    events: events.length,
  };
}

function outcomeOf(end: Facts | undefined): SyncOutcome {
  if (end === undefined) return "under_way";
  const { outcome, error_type: errorType } = end.row;
  if (outcome === "success") return "succeeded";
  // Cancelled: its outcome is unknown.
  if (outcome === "unknown" || errorType === "cancelled") return "unknown";
  return outcome === "timeout" ? "timed_out" : "failed";
}

function failedStepOf(events: readonly Facts[], end: Facts | undefined): "git" | "apply" | null {
  for (const { row } of events.toReversed()) {
    const failed = row.outcome === "failure" || row.outcome === "timeout";
    if (failed && row.type === "apply_failed") return "apply";
    if (failed && row.type.startsWith("git_")) return "git";
  }
  const errorType = end?.row.error_type ?? "";
  return GIT_ERRORS.has(errorType) ? "git" : APPLY_ERRORS.has(errorType) ? "apply" : null;
}

/** Whether a failed sync changed something: null if unknown. */
function touchedBy(
  events: readonly Facts[],
  end: Facts | undefined,
  failedStep: "git" | "apply" | null,
): boolean | null {
  const applied = mostApplied(events);
  if (applied !== null) return applied > 0;
  // Flux waits for health after it has applied.
  if (end?.reason === "HealthCheckFailed" || events.some(({ row }) => row.type === "apply_completed")) return true;
  if (failedStep === "git" || end?.row.error_type === "parse_error") return false;
  return null;
}

function mostApplied(events: readonly Facts[]): number | null {
  const counts = events.flatMap(({ resourcesApplied }) => resourcesApplied ?? []);
  return counts.length === 0 ? null : Math.max(...counts);
}

/** What the newest event that knows it says. */
function newest<T>(events: readonly Facts[], read: (facts: Facts) => T | null): T | null {
  for (let index = events.length - 1; index >= 0; index--) {
    const facts = events[index];
    const value = facts === undefined ? null : read(facts);
    if (value !== null) return value;
  }
  return null;
}
