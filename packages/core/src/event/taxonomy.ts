import { CANCELLED, OUTCOMES, type Outcome, PROVIDERS, SEVERITIES, type Severity } from "./vocabulary.js";

/** What the compiler demands of a row; {@link TAXONOMY} says what each part means. */
export interface TaxonomyEntry {
  /** What happens. `webhook` is no operation of the controller's own: it only arrives. */
  readonly operation: "sync" | "git" | "apply" | "drift" | "worker" | "webhook";
  /** `start` and `stop` as in `:telemetry` (ADR-004 section 4); `event` for what has no duration. */
  readonly phase: "start" | "stop" | "event";
  /** Which `operation` of `start("git", { operation })` the type ends, where there are several. */
  readonly variant?: string;
  /** ADR-004's own words. */
  readonly when: string;
  /** The default first, then those that a caller may choose instead. */
  readonly severities: readonly [Severity, ...Severity[]];
  /** The default severity where the outcome is `failure` or `timeout`. */
  readonly severityOfFailure: Severity;
  /** The default first, then those that a caller may choose instead. */
  readonly outcomes: readonly [Outcome, ...Outcome[]];
  /** The values of `errorType` (failures) or `provider` (webhooks) that ADR-004 lists. */
  readonly subtypes: readonly string[];
  /** The fields that an event of the type may have beyond those that every event may have. */
  readonly fields: readonly string[];
  /** The fields that `emit` needs beyond `repoName` and `namespace`; an event read from the wire may lack them. */
  readonly required: readonly string[];
  /** The sentence of a log line: `<subject> my-app <verb> in 1.5 s`. */
  readonly phrase: { readonly subject: string; readonly verb: string; readonly preposition?: "after" };
}

const error = ["errorType", "errorMessage"] as const;
const durationAndError = ["durationMs", ...error] as const;
const applied = ["durationMs", "resourcesApplied", "resources"] as const;

const started = {
  phase: "start",
  severities: ["info"],
  severityOfFailure: "error",
  outcomes: ["unknown"],
  subtypes: [],
} as const;
const completed = {
  phase: "stop",
  severities: ["info", "warning"],
  severityOfFailure: "error",
  outcomes: ["success"],
  subtypes: [],
} as const;
/** Severity `info` is for operations that were cancelled. */
const failed = {
  phase: "stop",
  severities: ["error", "warning", "critical", "info"],
  severityOfFailure: "error",
  outcomes: ["failure", "timeout", "unknown"],
} as const;
/** The type of the operation's end, whatever came of it. */
const ended = {
  phase: "stop",
  severities: SEVERITIES,
  severityOfFailure: "error",
  outcomes: OUTCOMES,
  subtypes: [],
} as const;

/**
 * The event types (ADR-004 section 1, "Event Type Taxonomy"), one row each, in the ADR's order. Everything that follows
 * from a type follows from its row: what `emit` takes, the defaults of severity and outcome, the events of operations,
 * the samples for tests, names in logs, CDEvents and on diagnostics channels, and the sources of metrics. A type's own
 * name has two parts, `<subject>_<predicate>`.
 */
export const TAXONOMY = {
  sync_started: {
    ...started,
    operation: "sync",
    when: "Sync begins",
    fields: [],
    required: ["trigger"],
    phrase: { subject: "Sync of", verb: "started" },
  },
  sync_completed: {
    ...completed,
    operation: "sync",
    when: "Sync succeeds",
    fields: applied,
    required: ["trigger", "durationMs"],
    phrase: { subject: "Sync of", verb: "completed" },
  },
  sync_failed: {
    ...failed,
    operation: "sync",
    when: "Sync fails",
    subtypes: ["git_error", "parse_error", "apply_error"],
    fields: [...applied, ...error],
    required: ["trigger", "durationMs", "errorType"],
    phrase: { subject: "Sync of", verb: "failed" },
  },
  git_fetched: {
    ...ended,
    operation: "git",
    variant: "fetch",
    when: "Git fetch completes",
    fields: durationAndError,
    required: ["durationMs"],
    phrase: { subject: "Git fetch of", verb: "completed" },
  },
  git_cloned: {
    ...ended,
    operation: "git",
    variant: "clone",
    when: "Initial clone completes",
    fields: durationAndError,
    required: ["durationMs"],
    phrase: { subject: "Git clone of", verb: "completed" },
  },
  apply_started: {
    ...started,
    operation: "apply",
    when: "K8s apply begins",
    fields: [],
    required: [],
    phrase: { subject: "Apply of", verb: "started" },
  },
  apply_completed: {
    ...completed,
    operation: "apply",
    when: "K8s apply succeeds",
    fields: applied,
    required: ["durationMs"],
    phrase: { subject: "Apply of", verb: "completed" },
  },
  apply_failed: {
    ...failed,
    operation: "apply",
    when: "K8s apply fails",
    subtypes: ["conflict", "validation", "auth"],
    fields: [...applied, ...error],
    required: ["durationMs", "errorType"],
    phrase: { subject: "Apply of", verb: "failed" },
  },
  drift_detected: {
    ...started,
    operation: "drift",
    when: "K8s differs from git",
    severities: ["warning", "info", "error", "critical"],
    fields: ["resourceKey"],
    required: ["resourceKey"],
    phrase: { subject: "Drift of", verb: "detected" },
  },
  drift_corrected: {
    ...ended,
    operation: "drift",
    when: "Drift fixed",
    fields: ["resourceKey", ...durationAndError],
    required: ["resourceKey"],
    phrase: { subject: "Drift correction of", verb: "completed" },
  },
  worker_started: {
    ...started,
    operation: "worker",
    when: "Worker process starts",
    fields: ["workerId"],
    required: [],
    phrase: { subject: "Worker of", verb: "started" },
  },
  worker_stopped: {
    ...ended,
    operation: "worker",
    when: "Worker process stops",
    fields: ["workerId", ...durationAndError],
    required: [],
    phrase: { subject: "Worker of", verb: "stopped", preposition: "after" },
  },
  webhook_received: {
    operation: "webhook",
    phase: "event",
    when: "Webhook arrives",
    severities: SEVERITIES,
    severityOfFailure: "warning",
    outcomes: OUTCOMES,
    subtypes: PROVIDERS,
    fields: ["provider", ...durationAndError],
    required: ["provider"],
    phrase: { subject: "Webhook for", verb: "received" },
  },
} as const satisfies Readonly<Record<`${string}_${string}`, TaxonomyEntry>>;

type Taxonomy = typeof TAXONOMY;

/** The name of an event type. */
export type EventType = keyof Taxonomy;

/** One part of every row, by type: `PartOf<"fields">["git_cloned"]`. */
type PartOf<Part extends Exclude<keyof TaxonomyEntry, "variant">> = { readonly [T in EventType]: Taxonomy[T][Part] };

/** The event types, in the order of ADR-004. */
// Object.keys loses the type: these are exactly the keys.
export const EVENT_TYPES = /* @__PURE__ */ Object.keys(TAXONOMY) as readonly EventType[];

/** What a controller does, as far as events report it. */
export type OperationName = Exclude<PartOf<"operation">[EventType], "webhook">;

/** The severities that `emit` takes for `T`. */
export type AllowedSeverity<T extends EventType> = PartOf<"severities">[T][number];

/** The outcomes that `emit` takes for `T`. */
export type AllowedOutcome<T extends EventType> = PartOf<"outcomes">[T][number];

/** The fields that `T` may have beyond those that every event may have. */
export type FieldNameOf<T extends EventType> = PartOf<"fields">[T][number];

/** The fields that `emit` needs for `T`. */
export type RequiredNameOf<T extends EventType> = PartOf<"required">[T][number];

/** The types of one operation and phase that may have one of these outcomes. */
export type TypeOf<
  Operation extends TaxonomyEntry["operation"],
  Phase extends TaxonomyEntry["phase"],
  Result extends Outcome = Outcome,
> = {
  [T in EventType]: Taxonomy[T] extends { readonly operation: Operation; readonly phase: Phase }
    ? Result & AllowedOutcome<T> extends never
      ? never
      : T
    : never;
}[EventType];

/** Returns the row of a type. */
export function rowOf(type: EventType): TaxonomyEntry {
  return TAXONOMY[type];
}

/** Returns the types of one operation and phase that may have this outcome; without one, all of them. */
export function typesOf<
  Operation extends TaxonomyEntry["operation"],
  Phase extends TaxonomyEntry["phase"],
  Result extends Outcome = Outcome,
>(operation: Operation, phase: Phase, outcome?: Result): readonly TypeOf<Operation, Phase, Result>[] {
  return EVENT_TYPES.filter((type): type is TypeOf<Operation, Phase, Result> => {
    const row = rowOf(type);
    const isOf = row.operation === operation && row.phase === phase;
    return isOf && (outcome === undefined || row.outcomes.includes(outcome));
  });
}

/** Returns the default outcome: `failure` where an error type is given, `unknown` while under way or cancelled. */
export function defaultOutcome(type: EventType, errorType: string | undefined): Outcome {
  const { phase, outcomes } = rowOf(type);
  if (phase === "start" || errorType === undefined) return outcomes[0];
  if (errorType === CANCELLED) return "unknown";
  return errorType.endsWith("timeout") ? "timeout" : "failure";
}

/** Returns the default severity: the row's, `info` where cancelled, higher where the event reports a failure. */
export function defaultSeverity(type: EventType, outcome: Outcome, errorType: string | undefined): Severity {
  const { phase, severities, severityOfFailure } = rowOf(type);
  if (phase === "start") return severities[0];
  if (errorType === CANCELLED) return "info";
  return outcome === "failure" || outcome === "timeout" ? severityOfFailure : severities[0];
}
