import { passError } from "../error/event-errors.js";
import type { FieldProblem } from "./audit-fields.js";
import type { AluminiEvent, AnyEvent, AnyFields, EventIdentity } from "./event.js";
import type { Measurement, MeasurementFields, MeasurementKind } from "./measurement.js";
import {
  type Check,
  toAttributesCopy,
  toBoolean,
  toCacheResult,
  toCount,
  toEventType,
  toIdentifier,
  toInstant,
  toLocation,
  toMessage,
  toOutcome,
  toProvider,
  toResources,
  toSeverity,
  toSpanId,
  toTraceId,
  toTrigger,
} from "./sanitize.js";
import { defaultOutcome, defaultSeverity, type EventType, rowOf } from "./taxonomy.js";

/** The fields of all types, as a caller without a type checker may pass them. */
export type UncheckedFields = { readonly [K in keyof AnyFields | "severity" | "outcome"]?: unknown };

/** Called for a field that can't be made fit: left out, or `rejected` where nothing can be made without it. */
export type OnInvalid = (path: string, rejected?: boolean, problem?: FieldProblem) => void;

type Draft = { -readonly [K in keyof AnyEvent]: AnyEvent[K] };

/**
 * Makes the event of what the caller gave: checked, bounded, stripped of credentials, frozen to the bottom, and sharing
 * nothing with the caller's objects. Without a usable `repoName` and `namespace` there is none. What contradicts the
 * type, such as the outcome `failure` of `sync_completed`, is left out, unless the event was made elsewhere.
 */
export function buildEvent(
  type: EventType,
  fields: UncheckedFields,
  id: string,
  timestamp: number,
  clusterId: string,
  onInvalid: OnInvalid,
  isRelayed = false,
): AluminiEvent | undefined {
  const repoName = toIdentifier(fields.repoName);
  const namespace = toIdentifier(fields.namespace);
  if (!repoName || !namespace) {
    onInvalid(repoName ? "namespace" : "repoName", true);
    return undefined;
  }
  const row = isRelayed ? undefined : rowOf(type);
  let errorType = read(fields.errorType, "errorType", toIdentifier, onInvalid);
  if (errorType && row && !row.fields.includes("errorType")) {
    onInvalid("errorType", false, "contradictory");
    errorType = undefined;
  }
  const outcome =
    read(fields.outcome, "outcome", toOutcome, onInvalid, row?.outcomes) ?? defaultOutcome(type, errorType);
  const severity =
    read(fields.severity, "severity", toSeverity, onInvalid, row?.severities) ??
    defaultSeverity(type, outcome, errorType);
  // Conditional assignments in one fixed order: a loop over keys takes five times as long.
  const draft: Draft = { id, timestamp, type, severity, outcome, repoName, namespace, clusterId };
  const trigger =
    read(fields.trigger, "trigger", toTrigger, onInvalid) ??
    (rowOf(type).operation === "webhook" ? "webhook" : undefined);
  if (trigger) draft.trigger = trigger;
  const commit = read(fields.commit, "commit", toIdentifier, onInvalid);
  if (commit) draft.commit = commit;
  const committedAt = read(fields.committedAt, "committedAt", toInstant, onInvalid);
  if (committedAt !== undefined) draft.committedAt = committedAt;
  const branch = read(fields.branch, "branch", toIdentifier, onInvalid);
  if (branch) draft.branch = branch;
  const syncId = read(fields.syncId, "syncId", toIdentifier, onInvalid);
  if (syncId) draft.syncId = syncId;
  const repoUrl = read(fields.repoUrl, "repoUrl", toLocation, onInvalid);
  if (repoUrl) draft.repoUrl = repoUrl;
  const repoPath = read(fields.repoPath, "repoPath", toLocation, onInvalid);
  if (repoPath) draft.repoPath = repoPath;
  const previousCommit = read(fields.previousCommit, "previousCommit", toIdentifier, onInvalid);
  if (previousCommit) draft.previousCommit = previousCommit;
  const rolloutRef = read(fields.rolloutRef, "rolloutRef", toIdentifier, onInvalid);
  if (rolloutRef) draft.rolloutRef = rolloutRef;
  const resourceKey = read(fields.resourceKey, "resourceKey", toLocation, onInvalid);
  if (resourceKey) draft.resourceKey = resourceKey;
  const workerId = read(fields.workerId, "workerId", toIdentifier, onInvalid);
  if (workerId) draft.workerId = workerId;
  const provider = read(fields.provider, "provider", toProvider, onInvalid);
  if (provider) draft.provider = provider;
  const traceId = read(fields.traceId, "traceId", toTraceId, onInvalid);
  if (traceId) draft.traceId = traceId;
  const spanId = read(fields.spanId, "spanId", toSpanId, onInvalid);
  if (spanId) draft.spanId = spanId;
  const attributes = read(fields.attributes, "attributes", toAttributesCopy, onInvalid);
  if (attributes && Object.keys(attributes).length > 0) draft.attributes = attributes;
  const resources = read(fields.resources, "resources", toResources, onInvalid);
  if (resources) draft.resources = resources;
  // Counts all that the caller listed, also where the list is cut.
  const listed = Array.isArray(fields.resources) ? fields.resources.length : undefined;
  const resourcesApplied = read(fields.resourcesApplied ?? listed, "resourcesApplied", toCount, onInvalid);
  if (resourcesApplied !== undefined) draft.resourcesApplied = resourcesApplied;
  const durationMs = read(fields.durationMs, "durationMs", toCount, onInvalid);
  if (durationMs !== undefined) draft.durationMs = durationMs;
  if (errorType) draft.errorType = errorType;
  const errorMessage = read(fields.errorMessage, "errorMessage", toMessage, onInvalid);
  if (errorMessage) draft.errorMessage = errorMessage;
  if (errorType) passError(fields, draft);
  // The draft has the fields that `emit` checked against this type at compile time.
  return Object.freeze(draft) as AluminiEvent;
}

/** The fields of each measurement, and what each may hold. */
export const MEASUREMENTS: Readonly<Record<MeasurementKind, Readonly<Record<string, Check>>>> = {
  cache_access: { cacheName: toIdentifier, result: toCacheResult },
  worker_count: { count: toCount },
  worker_restart: { repoName: toIdentifier, namespace: toIdentifier, workerId: toIdentifier },
  worker_memory: { repoName: toIdentifier, namespace: toIdentifier, bytes: toCount, workerId: toIdentifier },
  queue_depth: { queue: toIdentifier, depth: toCount },
  leadership: { leader: toBoolean },
  error: { repoName: toIdentifier, namespace: toIdentifier, errorType: toIdentifier, errorMessage: toMessage },
  suspension: { repoName: toIdentifier, namespace: toIdentifier, suspended: toBoolean, clusterId: toIdentifier },
} satisfies { readonly [K in MeasurementKind]: Readonly<Record<keyof MeasurementFields[K], Check>> };

/**
 * Makes an event of one that was made elsewhere, as `parseWire` and mappers return it: as {@link buildEvent} does, with
 * identity, severity and outcome of its own. Returns the path of the field to blame where that can't be done.
 */
export function rebuildEvent(given: unknown): AluminiEvent | string {
  if (typeof given !== "object" || given === null) return "event";
  const fields: UncheckedFields & { readonly [K in keyof EventIdentity]?: unknown } = given;
  const id = toIdentifier(fields.id);
  const timestamp = toInstant(fields.timestamp);
  const type = toEventType(fields.type);
  const clusterId = toIdentifier(fields.clusterId);
  if (id === undefined) return "id";
  if (timestamp === undefined) return "timestamp";
  if (type === undefined) return "type";
  if (clusterId === undefined) return "clusterId";
  if (fields.severity === undefined) return "severity";
  if (fields.outcome === undefined) return "outcome";
  let invalid: string | undefined;
  const onInvalid = (path: string) => {
    invalid ??= path;
  };
  const event = buildEvent(type, fields, id, timestamp, clusterId, onInvalid, true);
  return invalid ?? event ?? "event";
}

/** Whether a measurement of this kind may lack the field. */
function isOptional(kind: MeasurementKind, field: string): boolean {
  if (field === "namespace") return kind !== "suspension";
  return field === "workerId" || field === "errorMessage" || field === "clusterId";
}

export function isMeasurementKind(kind: unknown): kind is MeasurementKind {
  return typeof kind === "string" && Object.hasOwn(MEASUREMENTS, kind);
}

/** Makes the measurement of what the caller gave, in the same way. */
export function buildMeasurement(
  kind: MeasurementKind,
  fields: Readonly<Record<string, unknown>>,
  timestamp: number,
  clusterId: string,
  onInvalid: OnInvalid,
): Measurement | undefined {
  const draft: Record<string, unknown> = { kind, timestamp, clusterId };
  for (const [name, check] of Object.entries(MEASUREMENTS[kind])) {
    const value = read(fields[name], name, check, onInvalid);
    if (value !== undefined) draft[name] = value;
    else if (!isOptional(kind, name)) {
      onInvalid(name, true);
      return undefined;
    }
  }
  // Every field that MEASUREMENTS lists for the kind has been read.
  return Object.freeze(draft) as Measurement;
}

function read<T>(
  value: unknown,
  path: string,
  check: Check<T>,
  onInvalid: OnInvalid,
  allowed?: readonly T[],
): T | undefined {
  // Most fields are absent most of the time.
  if (value === undefined || value === null || value === "") return undefined;
  const checked = check(value);
  if (checked === undefined) onInvalid(path);
  else if (allowed && !allowed.includes(checked)) {
    onInvalid(path, false, "contradictory");
    return undefined;
  }
  return checked;
}
