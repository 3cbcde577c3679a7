import { describe, expect, it } from "vitest";
import { environmentOf } from "../../src/adapter/index.js";
import { CANCELLED, ENVIRONMENT_ATTRIBUTE, isCancelled, LIMITS, parseWire, toWire } from "../../src/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;

describe("cancelled", () => {
  it.each(["sync_failed", "apply_failed", "git_fetched", "git_cloned", "drift_corrected", "worker_stopped"] as const)(
    "is no failure of %s: outcome unknown, severity info",
    (type) => {
      const { telemetry, recorder } = attach();
      const fields = { ...base, durationMs: 5, errorType: CANCELLED, resourceKey: "Deployment/default/web" };
      telemetry.emit(type, fields);
      const [event] = recorder.events;
      if (event === undefined) throw new Error("nothing was emitted");
      expect(event).toMatchObject({ outcome: "unknown", severity: "info", errorType: "cancelled" });
      expect(isCancelled(event)).toBe(true);
      const parsed = parseWire(JSON.stringify(toWire(event)));
      expect(parsed.ok && isCancelled(parsed.event)).toBe(true);
    },
  );

  it("is not what other failures and successes are", () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("sync_failed", { ...base, durationMs: 5, errorType: "git_error" });
    telemetry.emit("sync_completed", { ...base, durationMs: 5 });
    telemetry.emit("sync_started", base);
    expect(recorder.events.map(isCancelled)).toEqual([false, false, false]);
  });
});

describe("committedAt", () => {
  it("is kept in whole milliseconds, on the wire too", () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("sync_completed", { ...base, durationMs: 5, commit: "4f2a91c", committedAt: 1_734_349_200_000.4 });
    const [event] = recorder.ofType("sync_completed");
    if (event === undefined) throw new Error("nothing was emitted");
    expect(event.committedAt).toBe(1_734_349_200_000);
    expect(toWire(event).attributes).toEqual({ "alumiini.repo.committed_at": 1_734_349_200_000 });
    expect(parseWire(toWire(event))).toEqual({ ok: true, event });
  });

  it.each([-1, Number.NaN, LIMITS.instant * 2, "2024-12-16T11:40:00Z", new Date(0)])("refuses %s", (committedAt) => {
    const { telemetry, recorder, reports } = attach();
    telemetry.emit("apply_started", { ...base, committedAt: committedAt as never });
    expect(recorder.events[0]).not.toHaveProperty("committedAt");
    expect(reports[0]).toMatchObject({ kind: "invalid_fields", path: "committedAt", rejected: false });
  });
});

describe("the environment of an event", () => {
  it("is its attribute deployment.environment.name", () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("apply_started", { ...base, attributes: { [ENVIRONMENT_ATTRIBUTE]: "production" } });
    telemetry.emit("apply_started", { ...base, attributes: { [ENVIRONMENT_ATTRIBUTE]: 5 } });
    telemetry.emit("apply_started", base);
    expect(recorder.events.map(environmentOf)).toEqual(["production", undefined, undefined]);
  });
});

describe("measurements of a repository", () => {
  it("name its namespace where the caller does", () => {
    const { telemetry, recorder, reports } = attach();
    telemetry.measure("worker_memory", { repoName: "shop", namespace: "team-a", bytes: 1 });
    telemetry.measure("worker_restart", { repoName: "shop", namespace: "team-a" });
    telemetry.measure("error", { repoName: "shop", namespace: "team-a", errorType: "git_error" });
    telemetry.measure("suspension", { repoName: "shop", namespace: "team-a", suspended: false });
    expect(recorder.measurements.map((measurement) => "namespace" in measurement && measurement.namespace)).toEqual(
      Array(4).fill("team-a"),
    );
    expect(reports).toEqual([]);
  });

  it("of suspension need a namespace, and may name another cluster", () => {
    const { telemetry, recorder, reports } = attach();
    telemetry.measure("suspension", { repoName: "shop", namespace: "team-a", suspended: true, clusterId: "prod-eu" });
    expect(recorder.ofKind("suspension")).toMatchObject([{ suspended: true, clusterId: "prod-eu" }]);
    telemetry.measure("suspension", { repoName: "shop", suspended: true } as never);
    telemetry.measure("suspension", { repoName: "shop", namespace: "team-a", suspended: "yes" } as never);
    expect(reports.filter((report) => report.kind === "invalid_fields" && report.rejected)).toMatchObject([
      { path: "namespace" },
      { path: "suspended" },
    ]);
  });
});
