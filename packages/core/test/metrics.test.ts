import { describe, expect, it } from "vitest";
import type { AluminiEvent } from "../src/event.js";
import { EVENT_TYPES } from "../src/event-types.js";
import type { Measurement } from "../src/measurement.js";
import { METRICS } from "../src/metrics.js";
import { compileMetrics } from "../src/metrics-compile.js";
import { fromEvents, fromMeasurement, type MetricDefinition } from "../src/metrics-definition.js";
import { TAXONOMY } from "../src/taxonomy.js";

const definitions: readonly MetricDefinition[] = METRICS;

const identity = {
  id: "01JF7Z3J8Q0000000000000000",
  timestamp: 1_734_350_400_000,
  severity: "info",
  clusterId: "prod-us-east",
  repoName: "my-app",
  namespace: "team-a",
} as const;

const reading = { timestamp: identity.timestamp, clusterId: identity.clusterId } as const;

/** Everything that the definitions record of these inputs: `name{label values} value`. */
function recordingsOf(...inputs: (AluminiEvent | Measurement)[]): string[] {
  const lines: string[] = [];
  const compiled = compileMetrics(METRICS, ({ name }) => (labelValues, value) => {
    lines.push(`${name.replace("alumiini_", "")}{${labelValues.join(",")}} ${value}`);
  });
  for (const input of inputs) {
    if ("kind" in input) compiled.measure(input);
    else compiled.handle(input);
  }
  return lines;
}

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
      "gauge alumiini_repo_out_of_sync{repo_name}",
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
      "counter alumiini_sink_deliveries_total{sink,outcome}",
      "histogram alumiini_sink_delivery_duration_milliseconds{sink}",
      "gauge alumiini_sink_queue_depth{sink}",
      "counter alumiini_sink_dropped_total{sink,reason}",
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

describe("compileMetrics", () => {
  it("asks for the types that feed a metric directly, and no others", () => {
    const { types } = compileMetrics(METRICS, () => () => undefined);
    expect([...types].sort()).toEqual([
      "apply_completed",
      "apply_failed",
      "drift_corrected",
      "drift_detected",
      "git_cloned",
      "git_fetched",
      "sync_completed",
      "sync_failed",
      "webhook_received",
      "worker_stopped",
    ]);
  });

  it("asks for no recorder of what is only read", () => {
    const asked: string[] = [];
    compileMetrics(METRICS, ({ name }) => {
      asked.push(name);
      return () => undefined;
    });
    expect(asked).toContain("alumiini_syncs_total");
    expect(asked).not.toContain("alumiini_sync_last_success_timestamp_seconds");
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("records a sync and how long it took, the failed one with its error", () => {
    const sync = { ...identity, trigger: "poll", durationMs: 1500 } as const;
    expect(
      recordingsOf(
        { ...sync, type: "sync_completed", outcome: "success" },
        { ...sync, type: "sync_failed", outcome: "timeout", errorType: "git_timeout" },
      ),
    ).toEqual([
      "syncs_total{my-app,poll,success} 1",
      "sync_duration_milliseconds{my-app,poll} 1500",
      "syncs_total{my-app,poll,timeout} 1",
      "sync_duration_milliseconds{my-app,poll} 1500",
      "errors_total{my-app,git_timeout} 1",
    ]);
  });

  it("tells clone from fetch by the event's type", () => {
    expect(
      recordingsOf(
        { ...identity, type: "git_cloned", outcome: "success", durationMs: 900 },
        { ...identity, type: "git_fetched", outcome: "failure", durationMs: 90, errorType: "auth" },
      ),
    ).toEqual([
      "git_operations_total{my-app,clone,success} 1",
      "git_duration_milliseconds{my-app,clone} 900",
      "git_operations_total{my-app,fetch,failure} 1",
      "git_duration_milliseconds{my-app,fetch} 90",
      "errors_total{my-app,auth} 1",
    ]);
  });

  it("adds applied objects by kind, and those not listed as unknown", () => {
    const apply = { ...identity, type: "apply_completed", outcome: "success", durationMs: 1 } as const;
    const resources = [
      { kind: "Deployment", name: "a" },
      { kind: "Service", name: "a" },
    ];
    expect(
      recordingsOf(
        { ...apply, resources, resourcesApplied: 2 },
        { ...apply, resources, resourcesApplied: 1002 },
        { ...apply, resourcesApplied: 3 },
        { ...apply, resourcesApplied: 0 },
        apply,
      ).filter((line) => line.startsWith("resources_")),
    ).toEqual([
      "resources_applied_total{my-app,Deployment} 1",
      "resources_applied_total{my-app,Service} 1",
      "resources_applied_total{my-app,Deployment} 1",
      "resources_applied_total{my-app,Service} 1",
      "resources_applied_total{my-app,unknown} 1000",
      "resources_applied_total{my-app,unknown} 3",
    ]);
  });

  it("counts an error of any event that failed or timed out, and none of one that did not", () => {
    expect(
      recordingsOf(
        { ...identity, type: "apply_failed", outcome: "failure", errorType: "conflict" },
        { ...identity, type: "drift_corrected", outcome: "timeout" },
        { ...identity, type: "worker_stopped", outcome: "success", errorType: "leftover" },
        { ...identity, type: "webhook_received", outcome: "unknown" },
      ),
    ).toEqual([
      "apply_operations_total{my-app,failure} 1",
      "errors_total{my-app,conflict} 1",
      "errors_total{my-app,unknown} 1",
      "webhooks_received_total{unknown,unknown} 1",
    ]);
  });

  it("records measurements", () => {
    expect(
      recordingsOf(
        { ...reading, kind: "cache_access", cacheName: "commits", result: "hit" },
        { ...reading, kind: "worker_count", count: 10 },
        { ...reading, kind: "worker_restart", repoName: "my-app" },
        { ...reading, kind: "error", repoName: "my-app", errorType: "parse_error" },
        { ...reading, kind: "queue_depth", queue: "webhooks", depth: 4 },
        { ...reading, kind: "worker_memory", repoName: "my-app", bytes: 5 },
        { ...reading, kind: "leadership", leader: true },
      ),
    ).toEqual([
      "cache_total{commits,hit} 1",
      "workers_active{} 10",
      "workers_restarts_total{my-app} 1",
      "errors_total{my-app,parse_error} 1",
      "queue_depth{webhooks} 4",
      "worker_memory_bytes{my-app} 5",
      "leader_status{} 1",
    ]);
  });

  it("calls an absent label unknown and records nothing for an absent value", () => {
    expect(recordingsOf({ ...identity, type: "sync_completed", outcome: "success" })).toEqual([
      "syncs_total{my-app,unknown,success} 1",
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("refuses %d rather than spoil a sum", (durationMs) => {
    const event: AluminiEvent = { ...identity, type: "git_fetched", outcome: "success", durationMs };
    expect(() => recordingsOf(event)).toThrow("alumiini_git_duration_milliseconds can't take");
  });

  it("refuses a definition whose source forgets a label", () => {
    const forgetful: MetricDefinition = {
      name: "forgetful_total",
      kind: "counter",
      unit: "{event}",
      description: "Forgets a label",
      labels: ["repo_name"],
      sources: [fromEvents(["sync_started"], { labels: {}, value: 1 })],
    };
    expect(() => compileMetrics([forgetful], () => () => undefined)).toThrow(
      "forgetful_total: a source says nothing of the label repo_name",
    );
  });
});
