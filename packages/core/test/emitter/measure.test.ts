import { describe, expect, it, vi } from "vitest";
import { MEASUREMENT_KINDS } from "../../src/index.js";
import { sampleMeasurements } from "../../src/testing/index.js";
import { attach } from "../support.js";

describe("measure", () => {
  it("delivers every kind, frozen, to those that take measurements", () => {
    const measurements = sampleMeasurements();
    expect(measurements.map((measurement) => measurement.kind)).toEqual(MEASUREMENT_KINDS);
    for (const measurement of measurements) expect(Object.isFrozen(measurement)).toBe(true);
    expect(measurements[0]).toEqual({
      kind: "cache_access",
      timestamp: expect.any(Number),
      clusterId: "prod-us-east",
      cacheName: "commits",
      result: "hit",
    });
  });

  it("is never seen by subscribers without measure", () => {
    const { telemetry } = attach();
    const handle = vi.fn();
    const plain = telemetry.subscribe({ name: "plain", handle });
    telemetry.measure("leadership", { leader: false });
    expect(handle).not.toHaveBeenCalled();
    expect(plain.stats().accepted).toBe(0);
  });

  it("keeps its place among events", () => {
    const { telemetry } = attach();
    const seen: string[] = [];
    telemetry.subscribe({ name: "first", handle: () => telemetry.measure("worker_count", { count: 1 }) });
    telemetry.subscribe({
      name: "second",
      handle: (event) => void seen.push(event.type),
      measure: (measurement) => void seen.push(measurement.kind),
    });
    telemetry.emit("worker_started", { repoName: "my-app", namespace: "default" });
    expect(seen).toEqual(["worker_started", "worker_count"]);
  });

  it.each([
    ["worker_count", { count: -1 }, "count"],
    ["worker_count", { count: Number.NaN }, "count"],
    ["worker_memory", { repoName: "a" }, "bytes"],
    ["worker_restart", {}, "repoName"],
    ["cache_access", { cacheName: "a", result: "maybe" }, "result"],
    ["leadership", { leader: 1 }, "leader"],
    ["error", { repoName: "a" }, "errorType"],
    ["nonsense", {}, "type"],
    ["toString", {}, "type"],
    ["worker_count", undefined, "fields"],
  ])("refuses %s %j and names %s", (kind, fields, path) => {
    const { telemetry, recorder, reports } = attach();
    telemetry.measure(kind as never, fields as never);
    expect(recorder.measurements).toEqual([]);
    expect(telemetry.stats().rejected).toBe(1);
    expect(reports.at(-1)).toMatchObject({ kind: "invalid_fields", path, rejected: true });
  });

  it("removes credentials from messages", () => {
    const { telemetry, recorder } = attach();
    telemetry.measure("error", { repoName: "a", errorType: "x", errorMessage: "password=hunter22" });
    expect(recorder.ofKind("error")[0]?.errorMessage).toBe("password=[redacted]");
  });
});
