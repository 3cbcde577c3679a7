import type { AluminiEvent, AnyFields, EventIdentity, Outcome, Severity, Trigger, WebhookProvider } from "./event.js";
import { LIMITS } from "./limits.js";
import { toAttributesCopy, toCount, toHexId, toIdentifier, toLocation, toResources, toText } from "./sanitize.js";
import { type EventType, PROVIDERS, TAXONOMY, TRIGGERS } from "./taxonomy.js";

/** The fields of all types, as a caller without a type checker may pass them. */
export type UncheckedFields = { readonly [K in keyof AnyFields | "severity" | "outcome"]?: unknown };

/** Told of a field that no event may have; `rejected` when there is no event without it. */
export type OnInvalid = (path: string, rejected: boolean) => void;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Makes the event of what the caller gave: checked, bounded, stripped of credentials, frozen to the bottom, and sharing
 * nothing with the caller's objects. Fields that can't be made fit are left out and told to `onInvalid`; without a
 * usable `repoName` and `namespace` there is no event.
 */
export function buildEvent(
  type: EventType,
  fields: UncheckedFields,
  id: string,
  timestamp: number,
  clusterId: string,
  onInvalid: OnInvalid,
): AluminiEvent | undefined {
  const repoName = toIdentifier(fields.repoName);
  const namespace = toIdentifier(fields.namespace);
  if (repoName === undefined || namespace === undefined) {
    onInvalid(repoName === undefined ? "repoName" : "namespace", true);
    return undefined;
  }
  const errorType = read(fields.errorType, "errorType", toIdentifier, onInvalid);
  const outcome = chooseOutcome(type, fields.outcome, errorType, onInvalid);
  const severity = chooseSeverity(type, fields.severity, outcome, onInvalid);
  // Conditional assignments in one fixed order: a spread or a loop over the caller's keys costs ten times as much.
  const draft: Writable<EventIdentity & AnyFields> = {
    id,
    timestamp,
    type,
    severity,
    outcome,
    repoName,
    namespace,
    clusterId,
  };
  const trigger = read(fields.trigger, "trigger", toTrigger, onInvalid) ?? defaultTrigger(type);
  if (trigger !== undefined) draft.trigger = trigger;
  const commit = read(fields.commit, "commit", toIdentifier, onInvalid);
  if (commit !== undefined) draft.commit = commit;
  const branch = read(fields.branch, "branch", toIdentifier, onInvalid);
  if (branch !== undefined) draft.branch = branch;
  const durationMs = read(fields.durationMs, "durationMs", toCount, onInvalid);
  if (durationMs !== undefined) draft.durationMs = durationMs;
  if (errorType !== undefined) draft.errorType = errorType;
  const errorMessage = read(fields.errorMessage, "errorMessage", toMessage, onInvalid);
  if (errorMessage !== undefined) draft.errorMessage = errorMessage;
  const syncId = read(fields.syncId, "syncId", toIdentifier, onInvalid);
  if (syncId !== undefined) draft.syncId = syncId;
  const repoUrl = read(fields.repoUrl, "repoUrl", toLocation, onInvalid);
  if (repoUrl !== undefined) draft.repoUrl = repoUrl;
  const repoPath = read(fields.repoPath, "repoPath", toLocation, onInvalid);
  if (repoPath !== undefined) draft.repoPath = repoPath;
  const previousCommit = read(fields.previousCommit, "previousCommit", toIdentifier, onInvalid);
  if (previousCommit !== undefined) draft.previousCommit = previousCommit;
  const rolloutRef = read(fields.rolloutRef, "rolloutRef", toIdentifier, onInvalid);
  if (rolloutRef !== undefined) draft.rolloutRef = rolloutRef;
  const resources = read(fields.resources, "resources", toResources, onInvalid);
  const resourcesApplied = read(fields.resourcesApplied, "resourcesApplied", toCount, onInvalid) ?? resources?.length;
  if (resourcesApplied !== undefined) draft.resourcesApplied = resourcesApplied;
  if (resources !== undefined) draft.resources = resources;
  const resourceKey = read(fields.resourceKey, "resourceKey", toLocation, onInvalid);
  if (resourceKey !== undefined) draft.resourceKey = resourceKey;
  const workerId = read(fields.workerId, "workerId", toIdentifier, onInvalid);
  if (workerId !== undefined) draft.workerId = workerId;
  const provider = read(fields.provider, "provider", toProvider, onInvalid);
  if (provider !== undefined) draft.provider = provider;
  const traceId = read(fields.traceId, "traceId", toTraceId, onInvalid);
  if (traceId !== undefined) draft.traceId = traceId;
  const spanId = read(fields.spanId, "spanId", toSpanId, onInvalid);
  if (spanId !== undefined) draft.spanId = spanId;
  const attributes = read(fields.attributes, "attributes", toAttributesCopy, onInvalid);
  if (attributes !== undefined) draft.attributes = attributes;
  // The draft has the fields that `emit` checked against this type at compile time.
  return Object.freeze(draft) as AluminiEvent;
}

function read<T>(
  value: unknown,
  path: string,
  check: (value: unknown) => T | undefined,
  onInvalid: OnInvalid,
): T | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const checked = check(value);
  if (checked === undefined) onInvalid(path, false);
  return checked;
}

function chooseOutcome(type: EventType, given: unknown, errorType: string | undefined, onInvalid: OnInvalid): Outcome {
  const allowed: readonly Outcome[] = TAXONOMY[type].outcomes;
  const chosen = allowed.find((outcome) => outcome === given);
  if (chosen !== undefined) return chosen;
  if (given !== undefined) onInvalid("outcome", false);
  if (errorType !== undefined) {
    const implied = errorType.endsWith("timeout") ? "timeout" : "failure";
    if (allowed.includes(implied)) return implied;
  }
  return TAXONOMY[type].outcomes[0];
}

function chooseSeverity(type: EventType, given: unknown, outcome: Outcome, onInvalid: OnInvalid): Severity {
  const entry = TAXONOMY[type];
  const allowed: readonly Severity[] = entry.severities;
  const chosen = allowed.find((severity) => severity === given);
  if (chosen !== undefined) return chosen;
  if (given !== undefined) onInvalid("severity", false);
  return outcome === "failure" || outcome === "timeout" ? entry.failureSeverity : entry.severities[0];
}

function defaultTrigger(type: EventType): Trigger | undefined {
  return type === "webhook_received" ? "webhook" : undefined;
}

function toTrigger(value: unknown): Trigger | undefined {
  return TRIGGERS.find((trigger) => trigger === value);
}

function toProvider(value: unknown): WebhookProvider | undefined {
  return PROVIDERS.find((provider) => provider === value);
}

function toMessage(value: unknown): string | undefined {
  return toText(value, LIMITS.message);
}

function toTraceId(value: unknown): string | undefined {
  return toHexId(value, 32);
}

function toSpanId(value: unknown): string | undefined {
  return toHexId(value, 16);
}
