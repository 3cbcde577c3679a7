import { createTelemetry, type Telemetry } from "@alumiini/core";
import { type AnyRegistry, type PrometheusOptions, prometheusSubscriber } from "../src/index.js";

/** A telemetry instance on the registry. */
export function telemetryOn(register: AnyRegistry, options: PrometheusOptions = {}): Telemetry {
  const telemetry = createTelemetry({ clusterId: "prod-us-east" });
  telemetry.subscribe(prometheusSubscriber({ ...options, register }));
  return telemetry;
}

/** What a controller with two repositories might have done: every metric that ADR-004 section 3 names gets a value. */
export function runScenario(telemetry: Telemetry): void {
  const app = { repoName: "my-app", namespace: "team-a" } as const;
  const other = { repoName: "other", namespace: "team-b" } as const;

  telemetry.measure("worker_count", { count: 2 });
  telemetry.emit("git_cloned", { ...app, durationMs: 2500 });
  telemetry.emit("apply_completed", {
    ...app,
    durationMs: 40,
    resourcesApplied: 5,
    resources: [
      { kind: "Deployment", name: "web", namespace: "default" },
      { kind: "Deployment", name: "worker", namespace: "default" },
      { kind: "Service", name: "web", namespace: "default" },
    ],
  });
  telemetry.emit("sync_completed", { ...app, trigger: "startup", durationMs: 3000 });
  telemetry.emit("git_fetched", { ...app, durationMs: 90 });
  telemetry.emit("sync_completed", { ...app, trigger: "webhook", durationMs: 100 });
  telemetry.emit("sync_completed", { ...app, trigger: "webhook", durationMs: 101 });
  telemetry.emit("git_fetched", { ...other, durationMs: 700_000, outcome: "timeout", errorType: "git_timeout" });
  telemetry.emit("sync_failed", { ...other, trigger: "poll", durationMs: 700_001, errorType: "git_error" });
  telemetry.emit("drift_corrected", { ...other, resourceKey: "Service/a/b", outcome: "failure" });
  telemetry.measure("worker_restart", { repoName: "other" });
  telemetry.measure("worker_count", { count: 1 });
  telemetry.measure("cache_access", { cacheName: "commits", result: "hit" });
  telemetry.measure("cache_access", { cacheName: "commits", result: "hit" });
  telemetry.measure("cache_access", { cacheName: "commits", result: "miss" });
  telemetry.measure("error", { repoName: "other", errorType: "git_error" });

  const { rejected, subscribers } = telemetry.stats();
  const failed = subscribers.reduce((sum, subscriber) => sum + subscriber.failed, 0);
  if (rejected + failed > 0) throw new Error(`${rejected} rejected, ${failed} failed`);
}

/** The value of each series after {@link runScenario} that isn't 0, buckets and times aside. */
export const EXPECTED: Readonly<Record<string, number>> = {
  'alumiini_syncs_total{repo_name="my-app",trigger="startup",outcome="success"}': 1,
  'alumiini_syncs_total{repo_name="my-app",trigger="webhook",outcome="success"}': 2,
  'alumiini_syncs_total{repo_name="other",trigger="poll",outcome="failure"}': 1,
  'alumiini_sync_duration_milliseconds_sum{repo_name="my-app",trigger="startup"}': 3000,
  'alumiini_sync_duration_milliseconds_count{repo_name="my-app",trigger="startup"}': 1,
  'alumiini_sync_duration_milliseconds_sum{repo_name="my-app",trigger="webhook"}': 201,
  'alumiini_sync_duration_milliseconds_count{repo_name="my-app",trigger="webhook"}': 2,
  'alumiini_sync_duration_milliseconds_sum{repo_name="other",trigger="poll"}': 700_001,
  'alumiini_sync_duration_milliseconds_count{repo_name="other",trigger="poll"}': 1,
  'alumiini_resources_applied_total{repo_name="my-app",resource_kind="Deployment"}': 2,
  'alumiini_resources_applied_total{repo_name="my-app",resource_kind="Service"}': 1,
  'alumiini_resources_applied_total{repo_name="my-app",resource_kind="unknown"}': 2,
  'alumiini_git_operations_total{repo_name="my-app",operation="clone",outcome="success"}': 1,
  'alumiini_git_operations_total{repo_name="my-app",operation="fetch",outcome="success"}': 1,
  'alumiini_git_operations_total{repo_name="other",operation="fetch",outcome="timeout"}': 1,
  'alumiini_git_duration_milliseconds_sum{repo_name="my-app",operation="clone"}': 2500,
  'alumiini_git_duration_milliseconds_count{repo_name="my-app",operation="clone"}': 1,
  'alumiini_git_duration_milliseconds_sum{repo_name="my-app",operation="fetch"}': 90,
  'alumiini_git_duration_milliseconds_count{repo_name="my-app",operation="fetch"}': 1,
  'alumiini_git_duration_milliseconds_sum{repo_name="other",operation="fetch"}': 700_000,
  'alumiini_git_duration_milliseconds_count{repo_name="other",operation="fetch"}': 1,
  'alumiini_apply_operations_total{repo_name="my-app",outcome="success"}': 1,
  'alumiini_apply_duration_milliseconds_sum{repo_name="my-app"}': 40,
  'alumiini_apply_duration_milliseconds_count{repo_name="my-app"}': 1,
  'alumiini_repo_info{repo_name="my-app",branch="unknown",namespace="team-a"}': 1,
  'alumiini_repo_info{repo_name="other",branch="unknown",namespace="team-b"}': 1,
  alumiini_workers_active: 1,
  'alumiini_workers_restarts_total{repo_name="other"}': 1,
  'alumiini_cache_total{cache_name="commits",result="hit"}': 2,
  'alumiini_cache_total{cache_name="commits",result="miss"}': 1,
  'alumiini_errors_total{repo_name="other",error_type="git_timeout"}': 1,
  'alumiini_errors_total{repo_name="other",error_type="git_error"}': 1,
  'alumiini_errors_total{repo_name="other",error_type="unknown"}': 1,
};

/** The cumulative buckets of the webhook syncs: 100 ms lies in the bucket whose bound it is, 101 ms in the next. */
export const EXPECTED_BUCKETS: Readonly<Record<string, number>> = Object.fromEntries(
  [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, "+Inf"].map((bound, index) => [
    `alumiini_sync_duration_milliseconds_bucket{le="${bound}",repo_name="my-app",trigger="webhook"}`,
    index === 0 ? 1 : 2,
  ]),
);
