import { inDurationUnit, METRICS } from "@alumiini/core/metrics";
import { DataPointType } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { metricNameOf } from "../src/metrics/metric-names.js";
import { attachOtel, base, first } from "./support.js";

const repository = { "alumiini.repo.name": "my-app" };

describe("the catalogue", () => {
  it("has names from which an exporter to Prometheus makes those of the ADR again", () => {
    const suffixes = { s: "_seconds", By: "_bytes" } as const;
    for (const definition of inDurationUnit(METRICS, "seconds")) {
      const unit = definition.unit === "s" || definition.unit === "By" ? suffixes[definition.unit] : "";
      const total = definition.kind === "counter" ? "_total" : "";
      expect(`${metricNameOf(definition).replaceAll(".", "_")}${unit}${total}`).toBe(definition.name);
    }
  });

  it("counts syncs, in seconds and with bounds that suit them", async () => {
    const { telemetry, points, metrics } = attachOtel();
    telemetry.emit("sync_completed", { ...base, durationMs: 1500 });
    telemetry.emit("sync_failed", { ...base, durationMs: 500, errorType: "git_error" });
    expect(await points("alumiini.syncs")).toEqual([
      { attributes: { ...repository, "alumiini.sync.trigger": "poll", "alumiini.event.outcome": "success" }, value: 1 },
      { attributes: { ...repository, "alumiini.sync.trigger": "poll", "alumiini.event.outcome": "failure" }, value: 1 },
    ]);
    expect(await points("alumiini.sync.duration")).toEqual([
      { attributes: { ...repository, "alumiini.sync.trigger": "poll" }, value: { count: 2, sum: 2 } },
    ]);
    const duration = (await metrics()).find(({ descriptor }) => descriptor.name === "alumiini.sync.duration");
    expect(duration?.descriptor).toMatchObject({ unit: "s", description: "Sync duration" });
    expect(
      duration?.dataPointType === DataPointType.HISTOGRAM && duration.dataPoints[0]?.value.buckets.boundaries,
    ).toEqual([0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]);
  });

  it("takes measurements: the last value of what comes and goes", async () => {
    const { telemetry, points } = attachOtel();
    telemetry.measure("worker_count", { count: 3 });
    telemetry.measure("worker_count", { count: 5 });
    telemetry.measure("cache_access", { cacheName: "commits", result: "hit" });
    telemetry.measure("leadership", { leader: true });
    telemetry.measure("leadership", { leader: true });
    telemetry.measure("leadership", { leader: false });
    expect(await points("alumiini.workers.active")).toEqual([{ attributes: {}, value: 5 }]);
    expect(await points("alumiini.cache")).toEqual([
      { attributes: { "alumiini.cache.name": "commits", "alumiini.cache.result": "hit" }, value: 1 },
    ]);
    expect(await points("alumiini.leader.transitions")).toEqual([{ attributes: {}, value: 2 }]);
  });

  it("reads where each repository stands when they are collected", async () => {
    const { telemetry, points } = attachOtel();
    telemetry.emit("drift_detected", { ...base, resourceKey: "a/b" });
    expect(await points("alumiini.drifted.resources")).toEqual([{ attributes: repository, value: 1 }]);
    telemetry.emit("drift_corrected", { ...base, resourceKey: "a/b", branch: "main" });
    telemetry.emit("webhook_received", { ...base, repoName: "forged", provider: "github", outcome: "failure" });
    expect(await points("alumiini.drifted.resources")).toEqual([{ attributes: repository, value: 0 }]);
  });

  it("derives deployments and their lead time", async () => {
    let now = 1_700_000_000_000;
    const { telemetry, points } = attachOtel({}, { clock: { now: () => now, monotonic: () => now } });
    telemetry.emit("git_fetched", { ...base, commit: "abc", durationMs: 1 });
    now += 30_000;
    telemetry.emit("sync_completed", { ...base, commit: "abc", previousCommit: "old", durationMs: 1 });
    expect(await points("alumiini.deployment.lead_time")).toEqual([
      { attributes: repository, value: { count: 1, sum: 30 } },
    ]);
  });
});

describe("the conventions' metrics", () => {
  it("count what runs, and how it ended", async () => {
    const { telemetry, points } = attachOtel();
    const pipeline = { "cicd.pipeline.name": "my-app" };
    const executing = { ...pipeline, "cicd.pipeline.run.state": "executing" };
    telemetry.measure("worker_count", { count: 3 });
    telemetry.emit("sync_started", { ...base, syncId: "1" });
    telemetry.emit("sync_started", { ...base, syncId: "2" });
    expect(await points("cicd.pipeline.run.active")).toEqual([{ attributes: executing, value: 2 }]);
    telemetry.emit("sync_completed", { ...base, syncId: "1", durationMs: 1500 });
    telemetry.emit("sync_failed", { ...base, syncId: "3", durationMs: 500, errorType: "git_timeout" });
    expect(await points("cicd.pipeline.run.active")).toEqual([{ attributes: executing, value: 1 }]);
    expect(await points("cicd.pipeline.run.duration")).toEqual([
      { attributes: { ...executing, "cicd.pipeline.result": "success" }, value: { count: 1, sum: 1.5 } },
      {
        attributes: { ...executing, "cicd.pipeline.result": "timeout", "error.type": "git_timeout" },
        value: { count: 1, sum: 0.5 },
      },
    ]);
    expect(await points("cicd.pipeline.run.errors")).toEqual([
      { attributes: { ...pipeline, "error.type": "git_timeout" }, value: 1 },
    ]);
    expect(await points("cicd.worker.count")).toEqual([
      { attributes: { "cicd.worker.state": "busy" }, value: 1 },
      { attributes: { "cicd.worker.state": "available" }, value: 2 },
    ]);
  });

  it("count the errors of the system itself, by component", async () => {
    const { telemetry, points } = attachOtel();
    telemetry.emit("worker_stopped", { ...base, errorType: "worker_error" });
    telemetry.emit("worker_stopped", base);
    telemetry.emit("webhook_received", { ...base, provider: "github", errorType: "auth" });
    telemetry.measure("error", { repoName: "my-app", errorType: "git_timeout" });
    expect(await points("cicd.system.errors")).toEqual([
      { attributes: { "cicd.system.component": "worker", "error.type": "worker_error" }, value: 1 },
      { attributes: { "cicd.system.component": "webhook", "error.type": "auth" }, value: 1 },
      { attributes: { "cicd.system.component": "controller", "error.type": "git_timeout" }, value: 1 },
    ]);
  });
});

describe("cardinality", () => {
  it("is bounded: repositories beyond the limit share a name, and nothing is lost", async () => {
    const { telemetry, points, metrics } = attachOtel({ maxRepositories: 2 });
    for (const repoName of ["a", "b", "c", "d", "a"])
      telemetry.emit("sync_completed", { ...base, repoName, commit: "abc", durationMs: 1 });
    const syncs = await points("alumiini.syncs");
    expect(syncs.map(({ attributes, value }) => [attributes["alumiini.repo.name"], value])).toEqual([
      ["a", 2],
      ["b", 1],
      ["_other", 2],
    ]);
    const runs = await points("cicd.pipeline.run.duration");
    expect(runs.map(({ attributes }) => attributes["cicd.pipeline.name"])).toEqual(["a", "b", "_other"]);
    expect(await points("alumiini.repo.out_of_sync")).toHaveLength(2);
    for (const { dataPoints } of await metrics()) {
      for (const { attributes } of dataPoints) {
        expect(Object.keys(attributes)).not.toContain("cicd.pipeline.run.id");
        expect(Object.keys(attributes)).not.toContain("alumiini.repo.commit");
      }
    }
  });

  it("is not used up by webhooks that are refused, whatever repositories they name", async () => {
    const { telemetry, points } = attachOtel({ maxRepositories: 2 });
    const refused = { ...base, provider: "github", errorType: "auth" } as const;
    for (let count = 0; count < 10; count++) telemetry.emit("webhook_received", { ...refused, repoName: `x-${count}` });
    for (const repoName of ["a", "b", "c"]) telemetry.emit("sync_completed", { ...base, repoName, durationMs: 1 });
    telemetry.emit("webhook_received", { ...refused, repoName: "a" });
    const byRepository = async (name: string) =>
      (await points(name)).map(({ attributes, value }) => [attributes["alumiini.repo.name"], value]);
    expect(await byRepository("alumiini.errors")).toEqual([
      ["_other", 10],
      ["a", 1],
    ]);
    expect(await byRepository("alumiini.syncs")).toEqual([
      ["a", 1],
      ["b", 1],
      ["_other", 1],
    ]);
  });

  it("is bounded for error types, but for those that are asked for", async () => {
    const { telemetry, points } = attachOtel({ errorTypes: ["quota"] });
    for (const errorType of ["git_error", "quota", "E1", "E2"]) {
      telemetry.emit("sync_failed", { ...base, durationMs: 1, errorType });
    }
    const errors = await points("cicd.pipeline.run.errors");
    expect(errors.map(({ attributes, value }) => [attributes["error.type"], value])).toEqual([
      ["git_error", 1],
      ["quota", 1],
      ["_OTHER", 2],
    ]);
  });

  it("is bounded for kinds of resources", async () => {
    const { telemetry, points } = attachOtel();
    const resources = Array.from({ length: 250 }, (_, index) => ({ kind: `Kind${index}`, name: "x" }));
    telemetry.emit("apply_completed", { ...base, durationMs: 1, resources });
    const applied = await points("alumiini.resources.applied");
    expect(applied).toHaveLength(101);
    expect(first(applied.slice(-1))).toMatchObject({ attributes: { "alumiini.resource.kind": "_other" }, value: 150 });
  });
});
