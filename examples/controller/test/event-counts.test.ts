import { createTelemetry } from "@alumiini/core";
import { prometheusSubscriber } from "@alumiini/prometheus";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { EventCounts } from "../src/demo/event-counts.js";

describe("the demo's counts", () => {
  it("counts resources as the metrics do, also those that an event has no room for", async () => {
    const telemetry = createTelemetry({ clusterId: "test" });
    const counts = new EventCounts();
    const register = new Registry();
    telemetry.subscribe(counts);
    telemetry.subscribe(prometheusSubscriber({ register }));
    const resources = Array.from({ length: 3000 }, (_, index) => ({ kind: "ConfigMap", name: `${index}` }));
    telemetry.emit("apply_completed", { repoName: "app", namespace: "default", durationMs: 1, resources });
    expect(counts.resourcesApplied).toBe(3000);
    const metrics = await register.getSingleMetric("alumiini_resources_applied_total")?.get();
    expect(metrics?.values.reduce((total, { value }) => total + value, 0)).toBe(3000);
    expect(counts.summary()).toMatch(/ConfigMap +1000\n/);
  });
});
