import type { WireEvent } from "@alumiini/core";
import { ulid } from "@alumiini-internal/test-support/ulid";

const START = Date.UTC(2025, 0, 1);
const YEAR_MS = 365 * 86_400_000;
/** Events of one sync: started, fetched, applying, applied, and how it ended. */
const TYPES = ["sync_started", "git_fetched", "apply_started", "apply_completed", "sync_completed"] as const;
const REPOSITORIES = 200;
const CHANGES_EVERY = 5;

/** The events of a synthetic year from one number up to another: five to a sync, every fifth sync brings a revision. */
export function eventsOfYear(from: number, to: number): WireEvent[] {
  return Array.from({ length: to - from }, (_, index) => eventAt(from + index));
}

function eventAt(n: number): WireEvent {
  const sync = Math.floor(n / TYPES.length);
  const round = Math.floor(sync / REPOSITORIES);
  const failed = sync % 20 === 0;
  const step = TYPES[n % TYPES.length] ?? "sync_started";
  const type = step === "sync_completed" && failed ? "sync_failed" : step;
  const started = step.endsWith("started");
  const time = START + Math.floor((n * YEAR_MS) / 1_000_000);
  const change = Math.floor(round / CHANGES_EVERY);
  return {
    id: ulid(time, n),
    timestamp: new Date(time).toISOString(),
    type,
    severity: type === "sync_failed" ? "error" : "info",
    outcome: started ? "unknown" : type === "sync_failed" ? "failure" : "success",
    repo_name: `repo-${sync % REPOSITORIES}`,
    namespace: "shop",
    cluster_id: "prod-eu",
    commit: `${change.toString(16).padStart(8, "0")}${(sync % REPOSITORIES).toString(16).padStart(32, "0")}`,
    branch: "main",
    resources_applied: null,
    duration_ms: started ? null : 1_200,
    error_type: type === "sync_failed" ? "apply_error" : null,
    error_message: type === "sync_failed" ? "the deployment checkout did not become ready in time" : null,
    trigger: step.startsWith("sync_") ? "poll" : null,
    attributes: { "alumiini.sync.id": ulid(START, sync) },
  };
}
