import { ATTRIBUTE_NAMES } from "./attributes.js";
import type { AnyFields, EventIdentity } from "./event.js";

/** What a field holds on the wire; `wire-values.ts` reads it and `wire-schema.ts` writes its JSON Schema. */
export type WireKind =
  | "identifier"
  | "location"
  | "message"
  | "count"
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
  readonly field: keyof (EventIdentity & AnyFields);
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
  [ATTRIBUTE_NAMES.repoUrl]: { field: "repoUrl", kind: "location" },
  [ATTRIBUTE_NAMES.repoPath]: { field: "repoPath", kind: "location" },
  [ATTRIBUTE_NAMES.syncId]: { field: "syncId", kind: "identifier" },
  [ATTRIBUTE_NAMES.previousCommit]: { field: "previousCommit", kind: "identifier" },
  [ATTRIBUTE_NAMES.rolloutRef]: { field: "rolloutRef", kind: "identifier" },
  [ATTRIBUTE_NAMES.resources]: { field: "resources", kind: "resources" },
  [ATTRIBUTE_NAMES.resourceKey]: { field: "resourceKey", kind: "location" },
  [ATTRIBUTE_NAMES.workerId]: { field: "workerId", kind: "identifier" },
  [ATTRIBUTE_NAMES.provider]: { field: "provider", kind: "provider" },
  [ATTRIBUTE_NAMES.traceId]: { field: "traceId", kind: "traceId" },
  [ATTRIBUTE_NAMES.spanId]: { field: "spanId", kind: "spanId" },
} as const satisfies Record<string, WireField>;
