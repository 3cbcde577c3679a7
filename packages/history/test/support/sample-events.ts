import { cdevents } from "@alumiini/cdevents";
import type { WireEvent } from "@alumiini/core";
import { parseWire } from "@alumiini/core";
import { ulid } from "@alumiini-internal/test-support/ulid";

/** A Monday. */
export const START = Date.UTC(2026, 0, 5);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

let made = 0;

/** The fields of an event under the names of the wire form; what isn't given is plausible. */
export function wire(
  type: string,
  at: number,
  fields: Partial<Omit<WireEvent, "attributes">> & { attributes?: Record<string, unknown>; id?: string } = {},
): WireEvent {
  const { attributes = {}, ...rest } = fields;
  const failed = type.endsWith("failed");
  const underWay = type.endsWith("started") || type === "drift_detected";
  return {
    id: ulid(at, ++made),
    timestamp: new Date(at).toISOString(),
    type,
    severity: failed ? "error" : "info",
    outcome: underWay ? "unknown" : failed ? "failure" : "success",
    repo_name: "checkout",
    namespace: "shop",
    cluster_id: "prod-eu",
    commit: null,
    branch: null,
    resources_applied: null,
    duration_ms: null,
    error_type: failed ? "apply_error" : null,
    error_message: null,
    trigger: type.startsWith("sync_") ? "poll" : null,
    attributes: attributes as WireEvent["attributes"],
    ...rest,
  };
}

export interface SyncShape {
  readonly sync: string;
  readonly at: number;
  readonly took?: number;
  readonly repo?: string;
  readonly commit?: string;
  readonly previous?: string;
  readonly fails?: "git" | "apply" | "early";
  readonly applied?: number;
  readonly attributes?: Record<string, unknown>;
  readonly open?: boolean;
}

/** The events of one sync: started, fetched, applied, ended. */
export function syncEvents(shape: SyncShape): WireEvent[] {
  const { sync, at, took = 10_000, repo = "checkout", commit = null, previous, fails, applied = 3, open } = shape;
  const attributes = {
    ...shape.attributes,
    "alumiini.sync.id": sync,
    ...(previous !== undefined && { "alumiini.repo.previous_commit": previous }),
  };
  const common = { repo_name: repo, commit, attributes };
  const events = [wire("sync_started", at, common)];
  events.push(
    wire("git_fetched", at + took * 0.2, {
      ...common,
      duration_ms: Math.floor(took * 0.2),
      ...(fails === "git" && { outcome: "failure", severity: "error", error_type: "git_error" }),
    }),
  );
  if (open) return events;
  if (fails === "git") {
    events.push(wire("sync_failed", at + took, { ...common, duration_ms: took, error_type: "git_error" }));
    return events;
  }
  const resources = [
    { kind: "Deployment", namespace: "shop", name: `${repo}-api` },
    { kind: "ConfigMap", namespace: "shop", name: repo },
  ];
  const failure = fails === undefined ? undefined : { error_type: "validation", error_message: "limits.memory" };
  const written = fails === "early" ? 0 : applied;
  events.push(
    wire(failure ? "apply_failed" : "apply_completed", at + took * 0.9, {
      ...common,
      duration_ms: Math.floor(took * 0.5),
      resources_applied: written,
      attributes: { ...attributes, ...(written > 0 && { "alumiini.resources": resources }) },
      ...failure,
    }),
    wire(failure ? "sync_failed" : "sync_completed", at + took, {
      ...common,
      duration_ms: took,
      resources_applied: written,
      ...failure,
    }),
  );
  return events;
}

/** The CDEvents of an event, as JSON. */
export function asCdevents(event: WireEvent): unknown[] {
  const parsed = parseWire(event);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return [...cdevents({ profile: "0.5.1" })(parsed.event)].map(({ data }) => JSON.parse(JSON.stringify(data)));
}
