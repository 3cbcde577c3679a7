import { LEAD_TIME_BUCKETS } from "../../metrics-buckets.js";
import { fromDerived, fromEvents, type MetricDefinition } from "../definition.js";
import { REPOSITORY } from "./shared.js";

/** Where a repository stands: freshness, drift, and what was deployed. */
export const STATE_METRICS = /* @__PURE__ */ (() =>
  [
    {
      name: "alumiini_sync_last_success_timestamp_seconds",
      kind: "gauge",
      unit: "s",
      description: "When the last successful sync ended, in seconds since the Unix epoch; 0 before the first",
      labels: ["repo_name"],
      sources: [{ read: "repository", reading: "lastSuccessSeconds" }],
    },
    {
      name: "alumiini_sync_started_timestamp_seconds",
      kind: "gauge",
      unit: "s",
      description: "When the sync under way began, in seconds since the Unix epoch; 0 when there is none",
      labels: ["repo_name"],
      sources: [{ read: "repository", reading: "syncStartedSeconds" }],
    },
    {
      name: "alumiini_repo_out_of_sync",
      kind: "gauge",
      unit: "1",
      description: "1 while git holds a commit that the cluster does not or an apply has failed, else 0",
      labels: ["repo_name"],
      sources: [{ read: "repository", reading: "outOfSync" }],
    },
    {
      name: "alumiini_repo_info",
      kind: "gauge",
      unit: "1",
      description: "Always 1; the labels say what is known of the repository",
      labels: ["repo_name", "branch", "namespace"],
      sources: [{ read: "backend", reading: "repositories" }],
    },
    {
      name: "alumiini_drift_detected_total",
      kind: "counter",
      unit: "{resource}",
      description: "Objects found to differ from git",
      labels: ["repo_name"],
      initial: {},
      sources: [fromEvents(["drift_detected"], { labels: REPOSITORY, value: 1 })],
    },
    {
      name: "alumiini_drift_corrected_total",
      kind: "counter",
      unit: "{resource}",
      description: "Objects brought back to what git holds",
      labels: ["repo_name"],
      initial: {},
      sources: [fromEvents(["drift_corrected"], { outcomes: ["success"], labels: REPOSITORY, value: 1 })],
    },
    {
      name: "alumiini_drifted_resources",
      kind: "gauge",
      unit: "{resource}",
      description: "Objects that differ from git and were not corrected",
      labels: ["repo_name"],
      sources: [{ read: "repository", reading: "driftedResources" }],
    },
    {
      name: "alumiini_deployments_total",
      kind: "counter",
      unit: "{deployment}",
      description: "New commits synced, or failed to sync, each once",
      labels: ["repo_name", "outcome"],
      initial: { outcome: ["success", "failure"] },
      sources: [fromDerived("deployment", { labels: { ...REPOSITORY, outcome: { field: "outcome" } }, value: 1 })],
    },
    {
      name: "alumiini_deployment_lead_time_seconds",
      kind: "histogram",
      unit: "s",
      description: "From the first sight of a commit to its deployment",
      labels: ["repo_name"],
      buckets: LEAD_TIME_BUCKETS,
      sources: [fromDerived("deployment", { labels: REPOSITORY, value: { field: "leadTimeSeconds" } })],
    },
    {
      name: "alumiini_recovery_time_seconds",
      kind: "histogram",
      unit: "s",
      description: "From the first failed sync to the next successful one",
      labels: ["repo_name"],
      buckets: LEAD_TIME_BUCKETS,
      sources: [fromDerived("recovery", { labels: REPOSITORY, value: { field: "recoverySeconds" } })],
    },
  ] as const satisfies readonly MetricDefinition[])();
