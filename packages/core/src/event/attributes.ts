import type { AluminiEvent, AnyEvent, AppliedResource, AttributeValue } from "./event.js";
import { LIMITS } from "./limits.js";
import { TAXONOMY } from "./taxonomy.js";
import { CANCELLED } from "./vocabulary.js";

/** Attributes of the process, set once at start (ADR-004 section 2, "Resource Attributes"). */
export const RESOURCE_ATTRIBUTE_NAMES = {
  serviceName: "service.name",
  serviceVersion: "service.version",
  serviceInstanceId: "service.instance.id",
  clusterName: "k8s.cluster.name",
  namespaceName: "k8s.namespace.name",
  podName: "k8s.pod.name",
  nodeName: "k8s.node.name",
} as const;

/**
 * The custom attribute that names the environment an event is about, such as `production` (OpenTelemetry semantic
 * conventions): `emit("sync_started", { …, attributes: { [ENVIRONMENT_ATTRIBUTE]: "production" } })`.
 */
export const ENVIRONMENT_ATTRIBUTE = "deployment.environment.name";

/** Returns the environment that the event names, if it names one. */
export function environmentOf(event: AluminiEvent): string | undefined {
  const name = event.attributes?.[ENVIRONMENT_ATTRIBUTE];
  return typeof name === "string" && name !== "" ? name : undefined;
}

/**
 * Whether the event reports an operation that was cancelled: aborted by its caller or a shutdown. It is the failed
 * event of its operation, with outcome `unknown`: count it neither as a success nor as a failure.
 *
 * @example
 * ```ts
 * import { type AluminiEvent, isCancelled } from "@alumiini/core";
 *
 * function isFailedSync(event: AluminiEvent): boolean {
 *   return event.type === "sync_failed" && !isCancelled(event);
 * }
 * ```
 */
export function isCancelled(event: AluminiEvent): boolean {
  return "errorType" in event && event.errorType === CANCELLED;
}

/** Fields that logs, spans and the wire form have a place of their own for. */
type PlacedField = "timestamp" | "severity" | "attributes";

/**
 * The OpenTelemetry attribute name of each event field: ADR-004 section 2's names, and ours in the same manner for
 * what the ADR doesn't name.
 */
export const ATTRIBUTE_NAMES = {
  id: "alumiini.event.id",
  type: "alumiini.event.type",
  outcome: "alumiini.event.outcome",
  clusterId: "k8s.cluster.name",
  repoName: "alumiini.repo.name",
  namespace: "alumiini.repo.namespace",
  repoUrl: "alumiini.repo.url",
  branch: "alumiini.repo.branch",
  commit: "alumiini.repo.commit",
  committedAt: "alumiini.repo.committed_at",
  previousCommit: "alumiini.repo.previous_commit",
  repoPath: "alumiini.repo.path",
  trigger: "alumiini.sync.trigger",
  syncId: "alumiini.sync.id",
  /** That of a sync; the other operations' are in {@link DURATION_ATTRIBUTE_NAMES}. */
  durationMs: "alumiini.sync.duration_ms",
  resourcesApplied: "alumiini.sync.resources_applied",
  resources: "alumiini.resources",
  resourceKey: "alumiini.resource.key",
  rolloutRef: "alumiini.rollout.ref",
  workerId: "alumiini.worker.id",
  provider: "alumiini.webhook.provider",
  errorType: "error.type",
  errorMessage: "error.message",
  traceId: "trace_id",
  spanId: "span_id",
} as const satisfies Record<Exclude<keyof AnyEvent, PlacedField>, string>;

/** The attribute name of `durationMs` by operation: what took that long is part of the name. */
export const DURATION_ATTRIBUTE_NAMES = {
  sync: "alumiini.sync.duration_ms",
  git: "alumiini.git.duration_ms",
  apply: "alumiini.apply.duration_ms",
  drift: "alumiini.drift.duration_ms",
  worker: "alumiini.worker.duration_ms",
  webhook: "alumiini.webhook.duration_ms",
} as const satisfies Record<(typeof TAXONOMY)[keyof typeof TAXONOMY]["operation"], string>;

type OwnAttributeName =
  | (typeof ATTRIBUTE_NAMES)[keyof typeof ATTRIBUTE_NAMES]
  | (typeof DURATION_ATTRIBUTE_NAMES)[keyof typeof DURATION_ATTRIBUTE_NAMES];

/** What an event's own fields may become: no other name compiles. */
type OwnAttributes = { [Name in OwnAttributeName]?: AttributeValue };

/** Returns what tells one repository from all others, as one text: its cluster, its namespace and its name. */
export function repositoryKey(fields: Pick<AnyEvent, "clusterId" | "namespace" | "repoName">): string {
  // No identifier of an event has a line break.
  return `${fields.clusterId}\n${fields.namespace}\n${fields.repoName}`;
}

/** `<kind>/<namespace>/<name>`, or `<kind>/<name>` for a cluster-scoped object: the form of `resourceKey`. */
export function resourceKeyOf(resource: AppliedResource): string {
  return resource.namespace === undefined
    ? `${resource.kind}/${resource.name}`
    : `${resource.kind}/${resource.namespace}/${resource.name}`;
}

/**
 * The event as one flat record of OpenTelemetry attributes, for log records and spans. It holds every field that the
 * event has but `timestamp` and `severity`, which records have a place of their own for. `alumiini.resources` lists
 * the first 64 objects by {@link resourceKeyOf}; `alumiini.sync.resources_applied` counts them all. Custom attributes
 * come last and never replace one of the event's own. The record is the caller's to change.
 */
export function toAttributes(event: AluminiEvent): Record<string, AttributeValue> {
  const fields: AnyEvent = event;
  // One statement per field, and names in quotes: stores by a computed key turn a large object into a slow one.
  const own: OwnAttributes = {
    "alumiini.event.id": fields.id,
    "alumiini.event.type": fields.type,
    "alumiini.event.outcome": fields.outcome,
    "k8s.cluster.name": fields.clusterId,
    "alumiini.repo.name": fields.repoName,
    "alumiini.repo.namespace": fields.namespace,
  };
  if (fields.repoUrl !== undefined) own["alumiini.repo.url"] = fields.repoUrl;
  if (fields.branch !== undefined) own["alumiini.repo.branch"] = fields.branch;
  if (fields.commit !== undefined) own["alumiini.repo.commit"] = fields.commit;
  if (fields.committedAt !== undefined) own["alumiini.repo.committed_at"] = fields.committedAt;
  if (fields.previousCommit !== undefined) own["alumiini.repo.previous_commit"] = fields.previousCommit;
  if (fields.repoPath !== undefined) own["alumiini.repo.path"] = fields.repoPath;
  if (fields.trigger !== undefined) own["alumiini.sync.trigger"] = fields.trigger;
  if (fields.syncId !== undefined) own["alumiini.sync.id"] = fields.syncId;
  if (fields.durationMs !== undefined) {
    own[DURATION_ATTRIBUTE_NAMES[TAXONOMY[fields.type].operation]] = fields.durationMs;
  }
  if (fields.resourcesApplied !== undefined) own["alumiini.sync.resources_applied"] = fields.resourcesApplied;
  if (fields.resources !== undefined) {
    own["alumiini.resources"] = fields.resources.slice(0, LIMITS.attributeElements).map(resourceKeyOf);
  }
  if (fields.resourceKey !== undefined) own["alumiini.resource.key"] = fields.resourceKey;
  if (fields.rolloutRef !== undefined) own["alumiini.rollout.ref"] = fields.rolloutRef;
  if (fields.workerId !== undefined) own["alumiini.worker.id"] = fields.workerId;
  if (fields.provider !== undefined) own["alumiini.webhook.provider"] = fields.provider;
  if (fields.errorType !== undefined) own["error.type"] = fields.errorType;
  if (fields.errorMessage !== undefined) own["error.message"] = fields.errorMessage;
  if (fields.traceId !== undefined) own["trace_id"] = fields.traceId;
  if (fields.spanId !== undefined) own["span_id"] = fields.spanId;
  const attributes: Record<string, AttributeValue> = own;
  if (fields.attributes !== undefined) {
    for (const [name, value] of Object.entries(fields.attributes)) {
      if (name !== "__proto__" && !Object.hasOwn(attributes, name)) attributes[name] = value;
    }
  }
  return attributes;
}
