import { CANCELLED, ERROR_TYPES, TRIGGERS } from "../../event/vocabulary.js";
import { fromEvents, fromMeasurement, type MetricDefinition } from "../definition.js";
import { APPLY_BUCKETS, ENDINGS, GIT_BUCKETS, OTHER_ERROR_TYPE, REPOSITORY, SYNC_BUCKETS } from "./shared.js";

/** What a controller does: syncs, git operations, applies, and their errors. */
export const ACTIVITY_METRICS = /* @__PURE__ */ (() =>
  [
    {
      name: "alumiini_syncs_total",
      kind: "counter",
      unit: "{sync}",
      description: "Total syncs by repo, trigger, and outcome",
      labels: ["repo_name", "trigger", "outcome"],
      initial: { trigger: TRIGGERS, outcome: ENDINGS },
      sources: [
        fromEvents(["sync_completed", "sync_failed"], {
          labels: { ...REPOSITORY, trigger: { field: "trigger" }, outcome: { field: "outcome" } },
          value: 1,
        }),
      ],
    },
    {
      name: "alumiini_sync_duration_milliseconds",
      kind: "histogram",
      unit: "ms",
      description: "Sync duration",
      labels: ["repo_name", "trigger"],
      buckets: SYNC_BUCKETS,
      sources: [
        fromEvents(["sync_completed", "sync_failed"], {
          labels: { ...REPOSITORY, trigger: { field: "trigger" } },
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
          labels: { ...REPOSITORY, resource_kind: { element: "kind" } },
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
      initial: { operation: ["fetch", "clone"], outcome: ENDINGS },
      sources: [
        fromEvents(["git_fetched"], {
          labels: { ...REPOSITORY, operation: { constant: "fetch" }, outcome: { field: "outcome" } },
          value: 1,
        }),
        fromEvents(["git_cloned"], {
          labels: { ...REPOSITORY, operation: { constant: "clone" }, outcome: { field: "outcome" } },
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
          labels: { ...REPOSITORY, operation: { constant: "fetch" } },
          value: { field: "durationMs" },
        }),
        fromEvents(["git_cloned"], {
          labels: { ...REPOSITORY, operation: { constant: "clone" } },
          value: { field: "durationMs" },
        }),
      ],
    },
    {
      name: "alumiini_apply_operations_total",
      kind: "counter",
      unit: "{operation}",
      description: "Applies to the cluster by outcome",
      labels: ["repo_name", "outcome"],
      initial: { outcome: ENDINGS },
      sources: [
        fromEvents(["apply_completed", "apply_failed"], {
          labels: { ...REPOSITORY, outcome: { field: "outcome" } },
          value: 1,
        }),
      ],
    },
    {
      name: "alumiini_apply_duration_milliseconds",
      kind: "histogram",
      unit: "ms",
      description: "Apply duration",
      labels: ["repo_name"],
      buckets: APPLY_BUCKETS,
      sources: [
        fromEvents(["apply_completed", "apply_failed"], { labels: REPOSITORY, value: { field: "durationMs" } }),
      ],
    },
    {
      name: "alumiini_errors_total",
      kind: "counter",
      unit: "{error}",
      description: "Errors by type; a failed sync counts once, at the step that failed",
      labels: ["repo_name", "error_type"],
      // A cancelled operation is no error.
      initial: { error_type: [...ERROR_TYPES.filter((type) => type !== CANCELLED), OTHER_ERROR_TYPE] },
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
            oncePerSync: true,
            labels: { ...REPOSITORY, error_type: { field: "errorType" } },
            value: 1,
          },
        ),
        fromMeasurement("error", { labels: { ...REPOSITORY, error_type: { field: "errorType" } }, value: 1 }),
      ],
    },
  ] as const satisfies readonly MetricDefinition[])();
