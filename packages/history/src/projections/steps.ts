import type { SyncOutcome } from "../queries/answers/states.js";
import type { SyncStep } from "../queries/answers/sync.js";
import { distinct, type Facts } from "./facts.js";
import type { SyncTableRow } from "./tables.js";

/** The part of a sync in which nothing was reported is worth a row of its own from this on, in milliseconds. */
const SMALLEST_GAP = 100;

/**
 * The waterfall of a sync: what its events say took how long, and the gaps between, in order of their start. Times are
 * as reported; a start that no event reported is computed from the duration, and marked as imprecise.
 */
export function reduceSteps(sync: SyncTableRow, rows: Iterable<Facts>): SyncStep[] {
  const events = distinct(rows);
  const origin = sync.started_at ?? (sync.ended_at === null ? sync.first_ts : sync.ended_at - (sync.duration_ms ?? 0));
  const whole: SyncStep = {
    kind: "sync",
    type: sync.ended_at === null ? "sync_started" : sync.outcome === "succeeded" ? "sync_completed" : "sync_failed",
    startedAt: sync.started_at ?? (sync.duration_ms === null ? null : origin),
    endedAt: sync.ended_at,
    durationMs: sync.duration_ms,
    offsetMs: 0,
    precise: sync.started_at !== null && !isWholeSecond(sync.ended_at),
    outcome: outcomeWord(sync.outcome),
    errorType: sync.error_type,
    errorMessage: sync.error_message,
    resourceKey: null,
    resourcesApplied: sync.resources_applied,
    eventIds: events.filter(({ row }) => row.type.startsWith("sync_")).map(({ row }) => row.event_id),
  };
  const steps = [...operations(events, origin), ...moments(events, origin)];
  const all = [whole, ...steps, ...gaps(sync, steps, origin)];
  return all.sort((a, b) => a.offsetMs - b.offsetMs || rank(a) - rank(b));
}

/** Git and apply: an end, with its start if one was reported. */
function operations(events: readonly Facts[], origin: number): SyncStep[] {
  const starts = events.filter(({ row }) => row.type === "apply_started");
  const steps = events.flatMap((facts) => {
    const kind = facts.row.type.startsWith("git_")
      ? "git"
      : /^apply_(?:completed|failed)$/.test(facts.row.type)
        ? "apply"
        : undefined;
    if (kind === undefined) return [];
    const index = kind === "apply" ? starts.findIndex(({ row }) => row.ts <= facts.row.ts) : -1;
    const [start] = index < 0 ? [] : starts.splice(index, 1);
    return [operation(kind, facts, start, origin)];
  });
  const open = starts.map((start) => ({
    ...operation("apply", start, start, origin),
    endedAt: null,
    durationMs: null,
    outcome: "under_way" as const,
  }));
  return [...steps, ...open];
}

function operation(kind: "git" | "apply", end: Facts, start: Facts | undefined, origin: number): SyncStep {
  const { row } = end;
  const computed = row.duration_ms === null ? null : row.ts - row.duration_ms;
  const startedAt = start?.row.ts ?? computed;
  return {
    kind,
    type: row.type,
    startedAt,
    endedAt: row.ts,
    durationMs: row.duration_ms ?? (start === undefined ? null : row.ts - start.row.ts),
    offsetMs: (startedAt ?? row.ts) - origin,
    precise: start !== undefined && !isWholeSecond(row.ts),
    outcome: eventOutcome(row.outcome),
    errorType: row.error_type,
    errorMessage: end.errorMessage,
    resourceKey: null,
    resourcesApplied: end.resourcesApplied,
    eventIds: start === undefined || start === end ? [row.event_id] : [start.row.event_id, row.event_id],
  };
}

const MOMENTS: Readonly<Record<string, "webhook" | "drift" | "worker">> = {
  webhook_received: "webhook",
  drift_detected: "drift",
  drift_corrected: "drift",
  worker_started: "worker",
  worker_stopped: "worker",
};

function moments(events: readonly Facts[], origin: number): SyncStep[] {
  return events.flatMap(({ row, errorMessage }) => {
    const kind = MOMENTS[row.type];
    if (kind === undefined) return [];
    const step: SyncStep = {
      kind,
      type: row.type,
      startedAt: row.ts,
      endedAt: row.type === "drift_detected" ? null : row.ts,
      durationMs: row.duration_ms,
      offsetMs: row.ts - origin,
      precise: !isWholeSecond(row.ts),
      outcome: row.type === "drift_detected" ? "under_way" : eventOutcome(row.outcome),
      errorType: row.error_type,
      errorMessage,
      resourceKey: row.subject,
      resourcesApplied: null,
      eventIds: [row.event_id],
    };
    return [step];
  });
}

/** The time within the sync in which no step was under way. Without any step, nothing is known of any. */
function gaps(sync: SyncTableRow, steps: readonly SyncStep[], origin: number): SyncStep[] {
  const timed = steps
    .filter(
      ({ kind, startedAt, endedAt }) => (kind === "git" || kind === "apply") && startedAt !== null && endedAt !== null,
    )
    .map(({ startedAt, endedAt }) => ({ from: startedAt ?? 0, to: endedAt ?? 0 }))
    .sort((a, b) => a.from - b.from);
  if (timed.length === 0 || sync.ended_at === null) return [];
  const found: SyncStep[] = [];
  let covered = origin;
  for (const { from, to } of [...timed, { from: sync.ended_at, to: sync.ended_at }]) {
    if (from - covered >= SMALLEST_GAP) found.push(gap(covered, from, origin));
    covered = Math.max(covered, to);
  }
  return found;
}

function gap(from: number, to: number, origin: number): SyncStep {
  return {
    kind: "gap",
    type: null,
    startedAt: from,
    endedAt: to,
    durationMs: to - from,
    offsetMs: from - origin,
    precise: true,
    outcome: "unknown",
    errorType: null,
    errorMessage: null,
    resourceKey: null,
    resourcesApplied: null,
    eventIds: [],
  };
}

function eventOutcome(outcome: string): SyncOutcome {
  if (outcome === "success") return "succeeded";
  if (outcome === "timeout") return "timed_out";
  return outcome === "failure" ? "failed" : "unknown";
}

function outcomeWord(outcome: string): SyncOutcome {
  return outcome === "succeeded" || outcome === "failed" || outcome === "timed_out" || outcome === "under_way"
    ? outcome
    : "unknown";
}

/** Flux reports whole seconds only. */
function isWholeSecond(time: number | null): boolean {
  return time === null || time % 1000 === 0;
}

function rank({ kind }: SyncStep): number {
  return kind === "sync" ? 0 : kind === "gap" ? 2 : 1;
}
