import type { AllowedOutcome, AllowedSeverity, EventType, FieldNameOf, RequiredNameOf } from "./taxonomy.js";
import type { ErrorType, Outcome, Severity, Trigger, WebhookProvider } from "./vocabulary.js";

/** The value of a custom attribute (OpenTelemetry attribute types). */
export type AttributeValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];

/**
 * Custom attributes, keyed by OpenTelemetry names. At most 64 of them; names up to 256 characters. The environment that
 * an event is about is `deployment.environment.name`, exported as `ENVIRONMENT_ATTRIBUTE`.
 */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A Kubernetes object that a sync or an apply wrote. */
export interface AppliedResource {
  /** The kind, such as `Deployment`. */
  readonly kind: string;
  /** The object's name. */
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  /** The object's UID, if the cluster gave it. */
  readonly uid?: string;
}

/** What every event may carry, whatever its type. */
interface ContextFields {
  /** Name of the repository, unique in its namespace. At most 256 characters; longer ones are cut. */
  readonly repoName: string;
  /** Kubernetes namespace of the repository's custom resource. */
  readonly namespace: string;
  readonly trigger?: Trigger;
  /** The commit that the event is about: a full or short SHA. */
  readonly commit?: string;
  /**
   * When the commit was made, in whole milliseconds since the Unix epoch. Forges tell it with a push; where it is
   * known, lead times start at it.
   */
  readonly committedAt?: number;
  readonly branch?: string;
  /** The remote, with credentials removed. */
  readonly repoUrl?: string;
  /** Directory inside the repository. */
  readonly repoPath?: string;
  /** Joins all events of one sync. */
  readonly syncId?: string;
  /** The commit that was applied before this one. */
  readonly previousCommit?: string;
  /** The KULTA rollout to hand over to: `<namespace>/<name>`. */
  readonly rolloutRef?: string;
  /** W3C trace id: 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId?: string;
  /** W3C span id: 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId?: string;
  readonly attributes?: Attributes;
}

/** What some types carry beyond the context; the rows of `TAXONOMY` say which. */
interface OwnFields {
  readonly errorType?: ErrorType;
  /** For people; credentials are removed. At most 8,192 characters; longer ones are cut. */
  readonly errorMessage?: string;
  /** Whole milliseconds, 0 or more. */
  readonly durationMs?: number;
  /** Number of objects written, 0 or more. Defaults to the length of `resources` where that is given. */
  readonly resourcesApplied?: number;
  /** The objects written; at most 1,000 are kept. */
  readonly resources?: readonly AppliedResource[];
  /** The object that differs from git: `<kind>/<namespace>/<name>`. */
  readonly resourceKey?: string;
  /** Absent where each repository has one worker, which its repository then names. */
  readonly workerId?: string;
  /** The forge that the webhook came from. */
  readonly provider?: WebhookProvider;
}

interface Identity<T extends EventType> {
  /** Monotonic ULID, unless `generateId` says otherwise. */
  readonly id: string;
  /** Milliseconds since the Unix epoch, whole. */
  readonly timestamp: number;
  readonly type: T;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly clusterId: string;
}

type Flatten<T> = { [K in keyof T]: T[K] };
/** Lets callers pass `undefined` for what they don't know, under `exactOptionalPropertyTypes` too. */
type Loose<T> = { [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K] };
/** The fields that an event of some type may have, beyond its identity. */
export type AnyFields = ContextFields & OwnFields;

/** What the emitter itself puts on every event. */
export type EventIdentity = Identity<EventType>;

/** An event of any type with every field in reach: those that its type lacks are absent. */
export type AnyEvent = EventIdentity & AnyFields;

type FieldsOf<T extends EventType> = ContextFields & Pick<OwnFields, FieldNameOf<T>>;
type RequireFields<T, K extends PropertyKey> = Flatten<Omit<T, K & keyof T> & Required<Pick<T, K & keyof T>>>;

/**
 * The event of type `T`: frozen, shared by all subscribers, and free of credentials. A field that isn't known is
 * absent, never `null`.
 */
export type EventOf<T extends EventType> = T extends EventType ? Flatten<Identity<T> & FieldsOf<T>> : never;

/** Any event: a union discriminated by `type` (ADR-004 section 1, `AluminiEvent`). */
export type AluminiEvent = EventOf<EventType>;

/** What `emit(type, fields)` takes. Severity and outcome default to the taxonomy's. */
export type EmitFields<T extends EventType> = Loose<RequireFields<FieldsOf<T>, RequiredNameOf<T>>> & {
  readonly severity?: AllowedSeverity<T> | undefined;
  readonly outcome?: AllowedOutcome<T> | undefined;
};
