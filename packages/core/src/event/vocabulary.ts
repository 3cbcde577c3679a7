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
  "rate_limited",
  "sync_error",
  "drift_error",
  "worker_error",
  CANCELLED,
] as const;

/** An error type of {@link ERROR_TYPES}: those that ADR-004 names, and those of the default classification. */
export type KnownErrorType = (typeof ERROR_TYPES)[number];

/** An error type: a {@link KnownErrorType} for completion in editors, or a string of your own. */
export type ErrorType = KnownErrorType | (string & {});
