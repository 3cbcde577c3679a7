import { describe, expect, it } from "vitest";
import { EVENT_TYPES, TAXONOMY } from "../../src/event/taxonomy.js";
import { METRICS } from "../../src/metrics/catalogue/index.js";
import { fromEvents, fromMeasurement, type MetricDefinition } from "../../src/metrics/definition.js";

const definitions: readonly MetricDefinition[] = METRICS;

describe("the metric definitions", () => {
  it("are those of ADR-004 section 3, then those that its objectives need", () => {
    expect(definitions.map(({ name, kind, labels }) => `${kind} ${name}{${labels.join(",")}}`)).toEqual([
      "counter alumiini_syncs_total{repo_name,trigger,outcome}",
      "histogram alumiini_sync_duration_milliseconds{repo_name,trigger}",
      "counter alumiini_resources_applied_total{repo_name,resource_kind}",
      "counter alumiini_git_operations_total{repo_name,operation,outcome}",
      "histogram alumiini_git_duration_milliseconds{repo_name,operation}",
      "counter alumiini_apply_operations_total{repo_name,outcome}",
      "histogram alumiini_apply_duration_milliseconds{repo_name}",
      "counter alumiini_errors_total{repo_name,error_type}",
      "gauge alumiini_sync_last_success_timestamp_seconds{repo_name}",
      "gauge alumiini_sync_started_timestamp_seconds{repo_name}",
      "gauge alumiini_sync_consecutive_failures{repo_name}",
      "gauge alumiini_sync_last_end_timestamp_seconds{repo_name,trigger,outcome,error_type}",
      "gauge alumiini_repo_out_of_sync{repo_name}",
      "gauge alumiini_repository_suspended{repo_name}",
      "gauge alumiini_repo_info{repo_name,branch,namespace}",
      "counter alumiini_drift_detected_total{repo_name}",
      "counter alumiini_drift_corrected_total{repo_name}",
      "gauge alumiini_drifted_resources{repo_name}",
      "counter alumiini_deployments_total{repo_name,outcome}",
      "histogram alumiini_deployment_lead_time_seconds{repo_name}",
      "histogram alumiini_recovery_time_seconds{repo_name}",
      "gauge alumiini_workers_active{}",
      "counter alumiini_workers_restarts_total{repo_name}",
      "gauge alumiini_worker_memory_bytes{repo_name}",
      "counter alumiini_cache_total{cache_name,result}",
      "counter alumiini_webhooks_received_total{provider,outcome}",
      "gauge alumiini_queue_depth{queue}",
      "gauge alumiini_leader_status{}",
      "counter alumiini_leader_transitions_total{}",
      "gauge alumiini_build_info{version}",
      "gauge alumiini_cluster_info{cluster_id}",
      "counter alumiini_sink_deliveries_total{sink,outcome}",
      "histogram alumiini_sink_delivery_duration_milliseconds{sink}",
      "gauge alumiini_sink_queue_depth{sink}",
      "gauge alumiini_sink_oldest_pending_seconds{sink}",
      "gauge alumiini_outbox_records{sink}",
      "gauge alumiini_outbox_bytes{sink}",
      "gauge alumiini_outbox_degraded{sink}",
      "gauge alumiini_outbox_dead_letters{sink}",
      "counter alumiini_outbox_lost_total{sink,reason}",
      "counter alumiini_sink_dropped_total{sink,reason}",
      "counter alumiini_late_events_total{}",
      "counter alumiini_series_dropped_total{metric}",
    ]);
  });

  it("say of each label where each source takes it from, and of nothing else", () => {
    for (const { labels, sources } of definitions) {
      for (const source of sources) if (!("read" in source)) expect(Object.keys(source.labels)).toEqual(labels);
    }
  });

  it("have a bound at each objective and a finite one above each alert threshold (ADR-004 sections 5 and 6)", () => {
    const bucketsOf = (name: string) => {
      const definition = definitions.find((candidate) => candidate.name === name);
      return definition?.kind === "histogram" ? definition.buckets : [];
    };
    const sync = bucketsOf("alumiini_sync_duration_milliseconds");
    const git = bucketsOf("alumiini_git_duration_milliseconds");
    expect(sync).toEqual(expect.arrayContaining([30_000, 60_000]));
    expect(sync.at(-1)).toBeGreaterThan(60_000);
    expect(git).toEqual(expect.arrayContaining([10_000, 30_000]));
    expect(git.at(-1)).toBeGreaterThan(30_000);
    const apply = bucketsOf("alumiini_apply_duration_milliseconds");
    expect(apply).toEqual(expect.arrayContaining([5000, 10_000]));
    expect(apply.at(-1)).toBeGreaterThan(10_000);
    for (const buckets of [sync, git, apply]) expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
  });

  it("count an error for every event type that can end in one", () => {
    const failing = EVENT_TYPES.filter((type) => TAXONOMY[type].outcomes.some((outcome) => outcome === "failure"));
    const errors = definitions.find(({ name }) => name === "alumiini_errors_total");
    const counted = errors?.sources.flatMap((source) => ("events" in source ? source.events : []));
    expect(counted).toEqual(failing);
  });

  it("take only fields that the events or the measurement have", () => {
    fromEvents(["sync_failed", "git_fetched"], { labels: { type: { field: "errorType" } }, value: 1 });
    // @ts-expect-error sync_completed has no errorType
    fromEvents(["sync_failed", "sync_completed"], { labels: { type: { field: "errorType" } }, value: 1 });
    // @ts-expect-error a label is a text
    fromEvents(["sync_failed"], { labels: { duration: { field: "durationMs" } }, value: 1 });
    // @ts-expect-error a value is a number
    fromEvents(["sync_failed"], { labels: {}, value: { field: "repoName" } });
    // @ts-expect-error bytes belong to worker_memory
    fromMeasurement("worker_count", { labels: {}, value: { field: "bytes" } });
  });
});
