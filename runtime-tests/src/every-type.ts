import type { Telemetry } from "@alumiini/core";

const REPOSITORY = {
  repoName: "shop",
  namespace: "prod",
  branch: "main",
  commit: "4f2a91c",
  trigger: "webhook",
  syncId: "01JF0000000000000000000000",
  attributes: { "deploy.tier": "gold", "deploy.regions": ["eu", "us"] },
} as const;

const RESOURCE = { kind: "Deployment", namespace: "prod", name: "shop", uid: "7c0f" } as const;

/** Emits one event of each of the 13 types, in the taxonomy's order, with all that the type may carry. */
export function emitEveryType(telemetry: Telemetry): void {
  telemetry.emit("sync_started", { ...REPOSITORY, previousCommit: "a11ce00", rolloutRef: "prod/shop" });
  telemetry.emit("sync_completed", { ...REPOSITORY, durationMs: 1500, resources: [RESOURCE] });
  telemetry.emit("sync_failed", { ...REPOSITORY, durationMs: 90, errorType: "parse_error", errorMessage: "bad YAML" });
  telemetry.emit("git_fetched", { ...REPOSITORY, durationMs: 80, repoUrl: "https://forge.example/shop.git" });
  telemetry.emit("git_cloned", { ...REPOSITORY, durationMs: 800, outcome: "timeout", errorType: "git_timeout" });
  telemetry.emit("apply_started", { ...REPOSITORY, repoPath: "deploy/" });
  telemetry.emit("apply_completed", { ...REPOSITORY, durationMs: 300, resourcesApplied: 1, resources: [RESOURCE] });
  telemetry.emit("apply_failed", { ...REPOSITORY, durationMs: 20, errorType: "conflict", severity: "critical" });
  telemetry.emit("drift_detected", { ...REPOSITORY, resourceKey: "Deployment/prod/shop" });
  telemetry.emit("drift_corrected", { ...REPOSITORY, resourceKey: "Deployment/prod/shop", durationMs: 40 });
  telemetry.emit("worker_started", { ...REPOSITORY, workerId: "worker-1" });
  telemetry.emit("worker_stopped", { ...REPOSITORY, workerId: "worker-1", durationMs: 60_000 });
  telemetry.emit("webhook_received", {
    ...REPOSITORY,
    provider: "github",
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
  });
}
