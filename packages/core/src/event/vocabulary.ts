/** The 13 event types of ADR-004 section 1, in its order. */
export const EVENT_TYPES = [
  "sync_started",
  "sync_completed",
  "sync_failed",
  "git_fetched",
  "git_cloned",
  "apply_started",
  "apply_completed",
  "apply_failed",
  "drift_detected",
  "drift_corrected",
  "worker_started",
  "worker_stopped",
  "webhook_received",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** What a severity may be, lowest first (ADR-004 section 1). */
export const SEVERITIES = ["info", "warning", "error", "critical"] as const;

/** How grave an event is, lowest first. */
export type Severity = (typeof SEVERITIES)[number];

/** What an outcome may be (ADR-004 section 1). */
export const OUTCOMES = ["success", "failure", "timeout", "unknown"] as const;

/** How what the event describes ended; `unknown` while it is under way. */
export type Outcome = (typeof OUTCOMES)[number];

/** What may trigger a sync (ADR-004 section 1). */
export const TRIGGERS = ["webhook", "poll", "reconcile", "startup", "manual"] as const;

/** What made the controller act. */
export type Trigger = (typeof TRIGGERS)[number];

/** The forges that webhooks come from (ADR-004 section 1, subtypes of `webhook_received`). */
export const PROVIDERS = ["github", "gitlab", "bitbucket"] as const;

/** The forge that a webhook came from. */
export type WebhookProvider = (typeof PROVIDERS)[number];

/**
 * The error type of an operation that was called off before it ended: aborted by its caller or by a shutdown. Nothing
 * is known to be wrong, so it is no failure: outcome `unknown`, severity `info`.
 */
export const CANCELLED = "cancelled";

/** The default outcome: `failure` where an error type is given, `unknown` while under way or cancelled. */
export function defaultOutcome(type: EventType, errorType = type.endsWith("failed") ? type : ""): Outcome {
  if (type.endsWith("started") || type === "drift_detected" || errorType === CANCELLED) return "unknown";
  if (errorType.endsWith("timeout")) return "timeout";
  return errorType === "" ? "success" : "failure";
}

/** The default severity: the taxonomy's, `info` where cancelled, raised where the event reports a failure. */
export function defaultSeverity(type: EventType, outcome: Outcome, errorType?: string): Severity {
  if (type === "drift_detected") return "warning";
  if (errorType === CANCELLED) return "info";
  if (type.endsWith("failed")) return "error";
  if (outcome !== "failure" && outcome !== "timeout") return "info";
  return type === "webhook_received" ? "warning" : "error";
}

/**
 * The values of `error_type` that metrics keep apart: those of ADR-004 and those of the default classification. Others
 * become `other`, unless a backend is told to keep them.
 */
export const ERROR_TYPES = [
  "git_error",
  "git_timeout",
  "parse_error",
  "apply_error",
  "conflict",
  "validation",
  "auth",
  "timeout",
  "sync_error",
  "drift_error",
  "worker_error",
  CANCELLED,
] as const;

/** An error type of {@link ERROR_TYPES}: those that ADR-004 names, and those of the default classification. */
export type KnownErrorType = (typeof ERROR_TYPES)[number];

/** An error type: a {@link KnownErrorType} for completion in editors, or a string of your own. */
export type ErrorType = KnownErrorType | (string & {});
