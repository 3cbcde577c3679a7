import {
  type AluminiEvent,
  type AppliedResource,
  ENVIRONMENT_ATTRIBUTE,
  type ErrorType,
  type EventType,
  LIMITS,
  type Outcome,
  parseWire,
  redactText,
  redactUrl,
  type Severity,
  TAXONOMY,
  type Trigger,
  type WebhookProvider,
} from "@alumiini/core";
import { eventId, type KeyPart } from "./id.js";
import { type MapContext, type SourceObject, Unfit } from "./mapper.js";

/** Custom attributes that the mappers put on events. */
export const INGEST_ATTRIBUTES = {
  /** The system that reported it: `flux`, `argocd`, `github`, … */
  system: "alumiini.source.system",
  /** The kind of the object there. */
  kind: "alumiini.source.kind",
  /** The source's own word for what happened: a reason, a phase, a state. */
  reason: "alumiini.source.reason",
  /** What runs, as the source names it: `main@sha1:…`, a digest, a chart's version, the revisions of several sources. */
  revision: "alumiini.source.revision",
  /** `true` where the source itself calls it a rollback. */
  rollback: "alumiini.source.rollback",
  /** Whether the repository is suspended, if the source says so. */
  suspended: "alumiini.source.suspended",
} as const;

/** Who an event is about. */
export interface Identity {
  readonly clusterId: string;
  readonly repoName: string;
  readonly namespace: string;
  readonly environment: string | undefined;
  readonly object: SourceObject;
}

/** What a mapper says of an event. What it doesn't know is `undefined`. */
export interface EventDraft {
  readonly type: EventType;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** The time in the id, if the source may give the event's time in two ways. */
  readonly idTime?: number | undefined;
  /** What makes the event the same one, besides source and type. */
  readonly key: readonly KeyPart[];
  /** The taxonomy's first where it is not given. */
  readonly severity?: Severity | undefined;
  readonly outcome?: Outcome | undefined;
  readonly trigger?: Trigger | undefined;
  readonly commit?: string | undefined;
  readonly previousCommit?: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly committedAt?: number | undefined;
  readonly branch?: string | undefined;
  readonly repoUrl?: string | undefined;
  readonly repoPath?: string | undefined;
  readonly syncId?: string | undefined;
  readonly rolloutRef?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly resources?: readonly AppliedResource[] | undefined;
  readonly resourceKey?: string | undefined;
  readonly provider?: WebhookProvider | undefined;
  readonly errorType?: ErrorType | undefined;
  readonly errorMessage?: string | undefined;
  readonly reason?: string | undefined;
  readonly revision?: string | undefined;
  readonly rollback?: true | undefined;
  readonly suspended?: boolean | undefined;
}

/** Names the object as the context wishes, else as the mapper does. */
export function identify(object: SourceObject, context: MapContext, defaultName = object.name): Identity {
  return {
    clusterId: context.clusterId,
    repoName: context.repoName?.(object) || defaultName,
    namespace: object.namespace,
    environment: context.environment?.(object) || object.environment,
    object,
  };
}

/**
 * Makes the event: checked, bounded, free of credentials and frozen, as `relay` takes it.
 *
 * @throws {Unfit} where a value that every event needs is not fit for one.
 */
export function createEvent(identity: Identity, draft: EventDraft): AluminiEvent {
  const { type, time, idTime = time, key, resources } = draft;
  const { system } = identity.object;
  const result = parseWire({
    id: eventId(idTime, [system, type, ...key]),
    timestamp: new Date(time).toISOString(),
    type,
    severity: draft.severity ?? TAXONOMY[type].severities[0],
    outcome: draft.outcome ?? TAXONOMY[type].outcomes[0],
    repo_name: bounded(identity.repoName, LIMITS.identifier, redactUrl),
    namespace: bounded(identity.namespace, LIMITS.identifier, redactUrl),
    cluster_id: identity.clusterId,
    commit: bounded(draft.commit, LIMITS.identifier, redactUrl),
    branch: bounded(draft.branch, LIMITS.identifier, redactUrl),
    resources_applied: resources?.length,
    duration_ms: draft.durationMs,
    error_type: draft.errorType,
    error_message: bounded(draft.errorMessage, LIMITS.message, redactText),
    trigger: draft.trigger,
    attributes: attributesOf(identity, draft),
  });
  // What else could be refused was checked by the mapper or cut above.
  if (!result.ok) throw new Unfit([], `makes no event: ${result.error.message}`);
  return result.event;
}

/** The attributes of the wire form that there are: each one that is looked at costs time, also where it is empty. */
function attributesOf(identity: Identity, draft: EventDraft): Record<string, unknown> {
  const { system, kind } = identity.object;
  const { revision, reason, rollback, suspended, repoUrl, repoPath, committedAt, previousCommit, resources } = draft;
  const attributes: Record<string, unknown> = {
    [INGEST_ATTRIBUTES.system]: system,
    [INGEST_ATTRIBUTES.kind]: cut(kind, LIMITS.identifier),
  };
  if (reason) attributes[INGEST_ATTRIBUTES.reason] = cut(reason, LIMITS.identifier);
  if (revision && revision !== draft.commit) attributes[INGEST_ATTRIBUTES.revision] = cut(revision, LIMITS.location);
  if (rollback) attributes[INGEST_ATTRIBUTES.rollback] = true;
  if (suspended !== undefined) attributes[INGEST_ATTRIBUTES.suspended] = suspended;
  if (identity.environment) attributes[ENVIRONMENT_ATTRIBUTE] = cut(identity.environment, LIMITS.identifier);
  if (repoUrl) attributes["alumiini.repo.url"] = bounded(repoUrl, LIMITS.location, redactUrl);
  if (repoPath) attributes["alumiini.repo.path"] = bounded(repoPath, LIMITS.location, redactUrl);
  if (committedAt !== undefined) attributes["alumiini.repo.committed_at"] = committedAt;
  if (previousCommit) {
    attributes["alumiini.repo.previous_commit"] = bounded(previousCommit, LIMITS.identifier, redactUrl);
  }
  if (draft.syncId) attributes["alumiini.sync.id"] = draft.syncId;
  if (draft.rolloutRef) attributes["alumiini.rollout.ref"] = bounded(draft.rolloutRef, LIMITS.identifier, redactUrl);
  if (resources) attributes["alumiini.resources"] = fitting(resources);
  if (draft.resourceKey) attributes["alumiini.resource.key"] = bounded(draft.resourceKey, LIMITS.location, redactUrl);
  if (draft.provider) attributes["alumiini.webhook.provider"] = draft.provider;
  return attributes;
}

/** Characters of one text that are read at all: what is cut off before it is redacted may be half a secret. */
const LONGEST_TEXT = 65_536;

/** Cuts what is too long, and redacts before it cuts; the rest is redacted by `parseWire`. */
function bounded(text: string | undefined, limit: number, redact: (text: string) => string): string | undefined {
  if (text === undefined || text.length <= limit) return text;
  return cut(redact(text.slice(0, LONGEST_TEXT)), limit);
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** As many resources as an event lists, without those whose names fit nowhere. */
function fitting(resources: readonly AppliedResource[]): readonly AppliedResource[] | undefined {
  const fit: AppliedResource[] = [];
  let room: number = LIMITS.resourcesText;
  for (const resource of resources) {
    const names = Object.values(resource).filter((name) => typeof name === "string");
    if (names.some((name) => name === "" || name.length > LIMITS.identifier)) continue;
    // As core counts: what is not plain may take four times as much.
    room -= names.reduce((length, name) => length + (/^[\w./-]*$/.test(name) ? 1 : 4) * name.length, 0);
    if (room < 0 || fit.length === LIMITS.resources) break;
    fit.push(resource);
  }
  return fit.length === 0 ? undefined : fit;
}
