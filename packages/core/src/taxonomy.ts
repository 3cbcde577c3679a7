import type { Outcome, Severity, Trigger, WebhookProvider } from "./event.js";

/** What a controller does, as far as events tell of it. */
export type OperationName = "sync" | "git" | "apply" | "drift" | "worker";

interface TaxonomyEntry {
  /** `webhook` is no operation of the controller's own: it only arrives. */
  readonly operation: OperationName | "webhook";
  /** `start` and `stop` as in `:telemetry` (ADR-004 section 4); `event` for what has no duration. */
  readonly phase: "start" | "stop" | "event";
  /** The values of `errorType` (failures) or `provider` (webhooks) that ADR-004 lists. */
  readonly subtypes: readonly string[];
  /** The ADR's severity first, then those that a caller may put in its place. */
  readonly severities: readonly [Severity, ...Severity[]];
  /** The default first, then those that a caller may put in its place. */
  readonly outcomes: readonly [Outcome, ...Outcome[]];
  /** Severity where the outcome is a failure or timeout and the caller says none. */
  readonly failureSeverity: Severity;
  readonly when: string;
}

const info = ["info"] as const;
const raisable = ["info", "warning", "error", "critical"] as const;
const failed = ["error", "warning", "critical"] as const;
const unknown = ["unknown"] as const;
const success = ["success"] as const;
const failure = ["failure", "timeout", "unknown"] as const;
const any = ["success", "failure", "timeout", "unknown"] as const;
const none = [] as const;

/** The event types as data (ADR-004 section 1, "Event Type Taxonomy"). */
export const TAXONOMY = {
  sync_started: {
    operation: "sync",
    phase: "start",
    subtypes: none,
    severities: info,
    outcomes: unknown,
    failureSeverity: "error",
    when: "Sync begins",
  },
  sync_completed: {
    operation: "sync",
    phase: "stop",
    subtypes: none,
    severities: ["info", "warning"],
    outcomes: success,
    failureSeverity: "error",
    when: "Sync succeeds",
  },
  sync_failed: {
    operation: "sync",
    phase: "stop",
    subtypes: ["git_error", "parse_error", "apply_error"],
    severities: failed,
    outcomes: failure,
    failureSeverity: "error",
    when: "Sync fails",
  },
  git_fetched: {
    operation: "git",
    phase: "stop",
    subtypes: none,
    severities: raisable,
    outcomes: any,
    failureSeverity: "error",
    when: "Git fetch completes",
  },
  git_cloned: {
    operation: "git",
    phase: "stop",
    subtypes: none,
    severities: raisable,
    outcomes: any,
    failureSeverity: "error",
    when: "Initial clone completes",
  },
  apply_started: {
    operation: "apply",
    phase: "start",
    subtypes: none,
    severities: info,
    outcomes: unknown,
    failureSeverity: "error",
    when: "K8s apply begins",
  },
  apply_completed: {
    operation: "apply",
    phase: "stop",
    subtypes: none,
    severities: ["info", "warning"],
    outcomes: success,
    failureSeverity: "error",
    when: "K8s apply succeeds",
  },
  apply_failed: {
    operation: "apply",
    phase: "stop",
    subtypes: ["conflict", "validation", "auth"],
    severities: failed,
    outcomes: failure,
    failureSeverity: "error",
    when: "K8s apply fails",
  },
  drift_detected: {
    operation: "drift",
    phase: "start",
    subtypes: none,
    severities: ["warning", "info", "error", "critical"],
    outcomes: unknown,
    failureSeverity: "error",
    when: "K8s differs from git",
  },
  drift_corrected: {
    operation: "drift",
    phase: "stop",
    subtypes: none,
    severities: raisable,
    outcomes: any,
    failureSeverity: "error",
    when: "Drift fixed",
  },
  worker_started: {
    operation: "worker",
    phase: "start",
    subtypes: none,
    severities: info,
    outcomes: unknown,
    failureSeverity: "error",
    when: "Worker process starts",
  },
  worker_stopped: {
    operation: "worker",
    phase: "stop",
    subtypes: none,
    severities: raisable,
    outcomes: any,
    failureSeverity: "error",
    when: "Worker process stops",
  },
  webhook_received: {
    operation: "webhook",
    phase: "event",
    subtypes: ["github", "gitlab", "bitbucket"],
    severities: raisable,
    outcomes: any,
    failureSeverity: "warning",
    when: "Webhook arrives",
  },
} as const satisfies Record<string, TaxonomyEntry>;

/** The 13 event types of ADR-004 section 1. */
export type EventType = keyof typeof TAXONOMY;

/** The severities that `emit` takes for `T`. */
export type AllowedSeverity<T extends EventType> = (typeof TAXONOMY)[T]["severities"][number];

/** The outcomes that `emit` takes for `T`. */
export type AllowedOutcome<T extends EventType> = (typeof TAXONOMY)[T]["outcomes"][number];

/** All event types, in the ADR's order. */
export const EVENT_TYPES = Object.freeze(Object.keys(TAXONOMY)) as readonly EventType[];

/** What a severity may be, lowest first (ADR-004 section 1). */
export const SEVERITIES: readonly Severity[] = raisable;

/** What an outcome may be (ADR-004 section 1). */
export const OUTCOMES: readonly Outcome[] = any;

/** What may trigger a sync (ADR-004 section 1). */
export const TRIGGERS: readonly Trigger[] = ["webhook", "poll", "reconcile", "startup", "manual"];

/** The forges that webhooks come from (ADR-004 section 1, subtypes of `webhook_received`). */
export const PROVIDERS: readonly WebhookProvider[] = TAXONOMY.webhook_received.subtypes;
