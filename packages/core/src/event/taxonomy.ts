import type { Outcome, Severity } from "./vocabulary.js";
import { type EventType, OUTCOMES, PROVIDERS, SEVERITIES } from "./vocabulary.js";

/** What a controller does, as far as events tell of it. */
export type OperationName = "sync" | "git" | "apply" | "drift" | "worker";

/** One row of the taxonomy. */
export interface TaxonomyEntry<S extends Severity = Severity, O extends Outcome = Outcome> {
  /** `webhook` is no operation of the controller's own: it only arrives. */
  readonly operation: OperationName | "webhook";
  /** `start` and `stop` as in `:telemetry` (ADR-004 section 4); `event` for what has no duration. */
  readonly phase: "start" | "stop" | "event";
  readonly when: string;
  /** The ADR's severity first, then those that a caller may put in its place. */
  readonly severities: readonly [S, ...S[]];
  /** The default first, then those that a caller may put in its place. */
  readonly outcomes: readonly [O, ...O[]];
  /** The values of `errorType` (failures) or `provider` (webhooks) that ADR-004 lists. */
  readonly subtypes: readonly string[];
}

const info = ["info"] as const;
const infoOrWarning = ["info", "warning"] as const;
/** `info` where the operation was cancelled. */
const failed = ["error", "warning", "critical", "info"] as const;
const underWay = ["unknown"] as const;
const success = ["success"] as const;
const failure = ["failure", "timeout", "unknown"] as const;

// @__NO_SIDE_EFFECTS__
function entry<S extends Severity, O extends Outcome>(
  operation: OperationName | "webhook",
  phase: "start" | "stop" | "event",
  when: string,
  severities: readonly [S, ...S[]],
  outcomes: readonly [O, ...O[]],
  subtypes: readonly string[] = [],
): TaxonomyEntry<S, O> {
  return { operation, phase, when, severities, outcomes, subtypes };
}

/**
 * The event types as data (ADR-004 section 1, "Event Type Taxonomy"). Where an event that is not a failure by type has
 * the outcome `failure` or `timeout`, its severity defaults to `error`, for a webhook to `warning`.
 */
export const TAXONOMY = {
  sync_started: entry("sync", "start", "Sync begins", info, underWay),
  sync_completed: entry("sync", "stop", "Sync succeeds", infoOrWarning, success),
  sync_failed: entry("sync", "stop", "Sync fails", failed, failure, ["git_error", "parse_error", "apply_error"]),
  git_fetched: entry("git", "stop", "Git fetch completes", SEVERITIES, OUTCOMES),
  git_cloned: entry("git", "stop", "Initial clone completes", SEVERITIES, OUTCOMES),
  apply_started: entry("apply", "start", "K8s apply begins", info, underWay),
  apply_completed: entry("apply", "stop", "K8s apply succeeds", infoOrWarning, success),
  apply_failed: entry("apply", "stop", "K8s apply fails", failed, failure, ["conflict", "validation", "auth"]),
  drift_detected: entry("drift", "start", "K8s differs from git", ["warning", "info", "error", "critical"], underWay),
  drift_corrected: entry("drift", "stop", "Drift fixed", SEVERITIES, OUTCOMES),
  worker_started: entry("worker", "start", "Worker process starts", info, underWay),
  worker_stopped: entry("worker", "stop", "Worker process stops", SEVERITIES, OUTCOMES),
  webhook_received: entry("webhook", "event", "Webhook arrives", SEVERITIES, OUTCOMES, PROVIDERS),
} satisfies Record<EventType, TaxonomyEntry>;

/** The severities that `emit` takes for `T`. */
export type AllowedSeverity<T extends EventType> = (typeof TAXONOMY)[T]["severities"][number];

/** The outcomes that `emit` takes for `T`. */
export type AllowedOutcome<T extends EventType> = (typeof TAXONOMY)[T]["outcomes"][number];
