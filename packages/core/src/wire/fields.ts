import type { AnyEvent } from "../event/event.js";

/** What a field holds on the wire; `wire-values.ts` reads it and `wire-schema.ts` writes its JSON Schema. */
export type WireKind =
  | "identifier"
  | "location"
  | "message"
  | "count"
  | "instant"
  | "timestamp"
  | "type"
  | "severity"
  | "outcome"
  | "trigger"
  | "provider"
  | "traceId"
  | "spanId"
  | "resources";

interface WireField {
  readonly field: keyof AnyEvent;
  readonly kind: WireKind;
  /** `null`, empty or missing is an error; for the others it means that the field isn't known. */
  readonly required?: true;
}

/** The keys of the ADR's struct, in its order, without `attributes` (ADR-004 section 1). */
export const WIRE_FIELDS = {
  id: { field: "id", kind: "identifier", required: true },
  timestamp: { field: "timestamp", kind: "timestamp", required: true },
  type: { field: "type", kind: "type", required: true },
  severity: { field: "severity", kind: "severity", required: true },
  outcome: { field: "outcome", kind: "outcome", required: true },
  repo_name: { field: "repoName", kind: "identifier", required: true },
  namespace: { field: "namespace", kind: "identifier", required: true },
  cluster_id: { field: "clusterId", kind: "identifier", required: true },
  commit: { field: "commit", kind: "identifier" },
  branch: { field: "branch", kind: "identifier" },
  resources_applied: { field: "resourcesApplied", kind: "count" },
  duration_ms: { field: "durationMs", kind: "count" },
  error_type: { field: "errorType", kind: "identifier" },
  error_message: { field: "errorMessage", kind: "message" },
  trigger: { field: "trigger", kind: "trigger" },
} as const satisfies Record<string, WireField>;

/** The fields that the struct has no key for: they travel in `attributes` under OpenTelemetry names. */
export const WIRE_ATTRIBUTES = {
  "alumiini.repo.url": { field: "repoUrl", kind: "location" },
  "alumiini.repo.path": { field: "repoPath", kind: "location" },
  "alumiini.sync.id": { field: "syncId", kind: "identifier" },
  "alumiini.repo.previous_commit": { field: "previousCommit", kind: "identifier" },
  "alumiini.repo.committed_at": { field: "committedAt", kind: "instant" },
  "alumiini.rollout.ref": { field: "rolloutRef", kind: "identifier" },
  "alumiini.resources": { field: "resources", kind: "resources" },
  "alumiini.resource.key": { field: "resourceKey", kind: "location" },
  "alumiini.worker.id": { field: "workerId", kind: "identifier" },
  "alumiini.webhook.provider": { field: "provider", kind: "provider" },
  trace_id: { field: "traceId", kind: "traceId" },
  span_id: { field: "spanId", kind: "spanId" },
} as const satisfies Record<string, WireField>;
