import { describe, expect, it } from "vitest";
import type { AluminiEvent } from "../../src/event/event.js";
import type { Measurement } from "../../src/event/measurement.js";
import { METRICS } from "../../src/metrics/catalogue/index.js";
import { compileMetrics } from "../../src/metrics/compile.js";
import { fromEvents, type MetricDefinition } from "../../src/metrics/definition.js";

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

  it("counts a failed sync once as an error: at the step that failed, where there is one", () => {
    const first = { ...identity, syncId: "1" };
    const second = { ...identity, syncId: "2" };
    const other = { ...identity, namespace: "team-b" };
    expect(
      recordingsOf(
        { ...first, type: "git_fetched", outcome: "failure", errorType: "auth" },
        { ...second, type: "sync_failed", outcome: "failure", errorType: "parse_error" },
        { ...first, type: "sync_failed", outcome: "failure", errorType: "git_error" },
        { ...first, type: "sync_failed", outcome: "failure", errorType: "again" },
        // Without ids, what comes since the last end of a sync belongs to the next one of its repository.
        { ...identity, type: "apply_failed", outcome: "timeout", errorType: "timeout" },
        { ...other, type: "sync_failed", outcome: "failure", errorType: "conflict" },
        { ...identity, type: "sync_failed", outcome: "failure", errorType: "apply_error" },
        { ...identity, type: "apply_failed", outcome: "failure", errorType: "validation" },
        { ...identity, type: "sync_completed", outcome: "success" },
        { ...identity, type: "sync_failed", outcome: "unknown", errorType: "cancelled" },
        { ...identity, type: "sync_failed", outcome: "failure", errorType: "sync_error" },
      ).filter((line) => line.startsWith("errors_")),
    ).toEqual(
      ["auth", "parse_error", "again", "timeout", "conflict", "validation", "sync_error"].map(
        (type) => `errors_total{my-app,${type}} 1`,
      ),
    );
  });

  it("records measurements", () => {
    expect(
      recordingsOf(
        { ...reading, kind: "cache_access", cacheName: "commits", result: "hit" },
        { ...reading, kind: "worker_count", count: 10 },
        { ...reading, kind: "worker_restart", repoName: "my-app" },
        { ...reading, kind: "error", repoName: "my-app", errorType: "parse_error" },
        { ...reading, kind: "queue_depth", queue: "webhooks", depth: 4 },
        { ...reading, kind: "leadership", leader: true },
      ),
    ).toEqual([
      "cache_total{commits,hit} 1",
      "workers_active{} 10",
      "workers_restarts_total{my-app} 1",
      "errors_total{my-app,parse_error} 1",
      "queue_depth{webhooks} 4",
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
      "forgetful_total: a source has no value for the label repo_name",
    );
  });
});
