import { type AluminiEvent, type AnyFields, type EventIdentity, toWire } from "@alumiini/core";
import type { EventForm } from "../queries/answers/events.js";
import { wellFormed } from "./json.js";

/** An event that was read, in whatever form it came. */
export interface ReadEvent {
  /** Unique among the events of this form. */
  readonly messageId: string;
  /** The same in all forms of the event. */
  readonly eventId: string;
  readonly form: EventForm;
  /** How rich the form is: 0 is all of the event. */
  readonly rank: number;
  readonly system: string;
  readonly source: string;
  readonly type: string;
  readonly ts: number;
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly repo: string | null;
  readonly sync: string | null;
  readonly trace: string | null;
  readonly outcome: string;
  readonly severity: string;
  readonly durationMs: number | null;
  readonly revision: string | null;
  readonly environment: string | null;
  readonly errorType: string | null;
  readonly subject: string | null;
  /** What is stored: JSON in the form it came in, without credentials. */
  readonly body: unknown;
  /** The event of ours, or what of it could be made out; undefined for other systems' events. */
  readonly own: AluminiEvent | undefined;
}

/** What `readEvent` returns. */
export type ReadResult =
  | { readonly ok: true; readonly event: ReadEvent }
  | { readonly ok: false; readonly reason: RefusedReason; readonly message: string };

/** Why something is no event: a stable word. */
export type RefusedReason =
  | "not_json"
  | "too_large"
  | "unknown_form"
  | "invalid_event"
  | "unreadable"
  | "not_storable"
  | "ahead_of_clock";

/** Attributes that say what runs where; the ingest and controllers set them. */
export const ATTRIBUTES = {
  environment: "deployment.environment.name",
  /** The system that reported it, if another: `flux`, `argocd`, `github`. */
  source: "alumiini.source.system",
  /** What the source calls the revision that runs, where that is no commit: a chart's version, a digest. */
  revision: "alumiini.source.revision",
  /** The source's own word for what happened. */
  reason: "alumiini.source.reason",
  /** `true` where the source calls it a rollback. */
  rollback: "alumiini.source.rollback",
  suspended: "alumiini.source.suspended",
  /** Whether the deployment was unplanned work, such as a hotfix: `true` or `false`. */
  rework: "alumiini.deployment.rework",
} as const;

interface Shape {
  readonly form: EventForm;
  readonly rank: number;
  readonly messageId: string;
  /** Default: the wire form. */
  readonly body?: unknown;
}

/** An event of ours, whatever it came in. */
export function ownEvent(event: AluminiEvent, { form, rank, messageId, body }: Shape): ReadEvent {
  const fields: EventIdentity & AnyFields = event;
  const { attributes = {} } = fields;
  const told = (name: string): string | undefined => {
    const value = attributes[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    messageId,
    eventId: fields.id,
    form,
    rank,
    system: "alumiini",
    source: told(ATTRIBUTES.source) ?? "alumiini",
    type: fields.type,
    ts: fields.timestamp,
    cluster: fields.clusterId,
    namespace: fields.namespace,
    repo: fields.repoName,
    sync: fields.syncId ?? (fields.type.startsWith("sync_") ? fields.id : null),
    trace: fields.traceId ?? null,
    outcome: fields.outcome,
    severity: fields.severity,
    durationMs: fields.durationMs ?? null,
    revision: fields.commit ?? told(ATTRIBUTES.revision) ?? null,
    environment: told(ATTRIBUTES.environment) ?? null,
    errorType: fields.errorType ?? null,
    subject: fields.resourceKey ?? fields.rolloutRef ?? null,
    body: body ?? toWire(event),
    own: event,
  };
}

/** What an event of another system has none of. */
export const NOTHING = {
  cluster: null,
  namespace: null,
  repo: null,
  sync: null,
  trace: null,
  durationMs: null,
  revision: null,
  environment: null,
  errorType: null,
  subject: null,
  own: undefined,
} as const;

export function textOrNull(text: string | null): string | null {
  return text === null || text === "" ? null : bounded(text);
}

/** Names and ids, cut to 512 characters. */
export function bounded(text: string): string {
  return wellFormed(text).slice(0, 512);
}

export function refuse(reason: RefusedReason, message: string): ReadResult {
  return { ok: false, reason, message };
}
