import { fromEvents, fromMeasurement, type MetricDefinition } from "./metrics-definition.js";

/** Bounds for a whole sync, in milliseconds: one at the objective of 30 s, finite ones above the alert's 60 s. */
const SYNC_BUCKETS = [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000] as const;

/** Bounds for one git operation, in milliseconds: one at the objective of 10 s, finite ones above the alert's 30 s. */
const GIT_BUCKETS = [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000] as const;

const repository = { repo_name: { field: "repoName" } } as const;

/** The metrics of ADR-004 section 3 as data. A metrics backend turns them into instruments with `compileMetrics`. */
export const METRICS = [
  {
    name: "alumiini_syncs_total",
    kind: "counter",
    unit: "{sync}",
    description: "Total syncs by repo, trigger, and outcome",
    labels: ["repo_name", "trigger", "outcome"],
    sources: [
      fromEvents(["sync_completed", "sync_failed"], {
        labels: { ...repository, trigger: { field: "trigger" }, outcome: { field: "outcome" } },
        value: 1,
      }),
    ],
  },
  {
    name: "alumiini_sync_duration_milliseconds",
    kind: "histogram",
    unit: "ms",
    description: "Sync duration in milliseconds",
    labels: ["repo_name", "trigger"],
    buckets: SYNC_BUCKETS,
    sources: [
      fromEvents(["sync_completed", "sync_failed"], {
        labels: { ...repository, trigger: { field: "trigger" } },
        value: { field: "durationMs" },
      }),
    ],
  },
  {
    name: "alumiini_resources_applied_total",
    kind: "counter",
    unit: "{resource}",
    description: "Total resources applied by kind",
    labels: ["repo_name", "resource_kind"],
    sources: [
      fromEvents(["apply_completed"], {
        each: { list: "resources", total: "resourcesApplied" },
        labels: { ...repository, resource_kind: { element: "kind" } },
        value: 1,
      }),
    ],
  },
  {
    name: "alumiini_git_operations_total",
    kind: "counter",
    unit: "{operation}",
    description: "Git operations (clone, fetch) by outcome",
    labels: ["repo_name", "operation", "outcome"],
    sources: [
      fromEvents(["git_fetched"], {
        labels: { ...repository, operation: { constant: "fetch" }, outcome: { field: "outcome" } },
        value: 1,
      }),
      fromEvents(["git_cloned"], {
        labels: { ...repository, operation: { constant: "clone" }, outcome: { field: "outcome" } },
        value: 1,
      }),
    ],
  },
  {
    name: "alumiini_git_duration_milliseconds",
    kind: "histogram",
    unit: "ms",
    description: "Git operation duration",
    labels: ["repo_name", "operation"],
    buckets: GIT_BUCKETS,
    sources: [
      fromEvents(["git_fetched"], {
        labels: { ...repository, operation: { constant: "fetch" } },
        value: { field: "durationMs" },
      }),
      fromEvents(["git_cloned"], {
        labels: { ...repository, operation: { constant: "clone" } },
        value: { field: "durationMs" },
      }),
    ],
  },
  {
    name: "alumiini_workers_active",
    kind: "gauge",
    unit: "{worker}",
    description: "Number of active worker processes",
    labels: [],
    sources: [fromMeasurement("worker_count", { labels: {}, value: { field: "count" } })],
  },
  {
    name: "alumiini_workers_restarts_total",
    kind: "counter",
    unit: "{restart}",
    description: "Worker process restarts",
    labels: ["repo_name"],
    sources: [fromMeasurement("worker_restart", { labels: repository, value: 1 })],
  },
  {
    name: "alumiini_cache_total",
    kind: "counter",
    unit: "{access}",
    description: "Cache access by result",
    labels: ["cache_name", "result"],
    sources: [
      fromMeasurement("cache_access", {
        labels: { cache_name: { field: "cacheName" }, result: { field: "result" } },
        value: 1,
      }),
    ],
  },
  {
    name: "alumiini_errors_total",
    kind: "counter",
    unit: "{error}",
    description: "Errors by type",
    labels: ["repo_name", "error_type"],
    sources: [
      fromEvents(
        [
          "sync_failed",
          "git_fetched",
          "git_cloned",
          "apply_failed",
          "drift_corrected",
          "worker_stopped",
          "webhook_received",
        ],
        {
          outcomes: ["failure", "timeout"],
          labels: { ...repository, error_type: { field: "errorType" } },
          value: 1,
        },
      ),
      fromMeasurement("error", { labels: { ...repository, error_type: { field: "errorType" } }, value: 1 }),
    ],
  },
] as const satisfies readonly MetricDefinition[];

/** The name of one of the {@link METRICS}. */
export type MetricName = (typeof METRICS)[number]["name"];
