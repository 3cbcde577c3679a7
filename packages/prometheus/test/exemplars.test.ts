import type { AluminiEvent } from "@alumiini/core";
import { serve } from "@alumiini-internal/test-support/http-target";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { property, startPrometheus } from "@alumiini-internal/test-support/prometheus-server";
import { type OpenMetricsContentType, Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { metricsFetchHandler, metricsHandler, prometheusSubscriber } from "../src/index.js";
import { telemetryOn } from "./scenario.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;

async function openMetrics(register: Registry): Promise<string> {
  const headers = { accept: "application/openmetrics-text;version=1.0.0" };
  return (await metricsFetchHandler({ register })(new Request("http://localhost/", { headers }))).text();
}

/** An event as a careless caller of `handle` may pass it, past the emitter's checks. */
function unchecked(fields: Readonly<Record<string, unknown>>): AluminiEvent {
  const common = { id: "1", timestamp: 1, type: "sync_completed", severity: "info", outcome: "success" };
  return { ...common, clusterId: "c", ...app, durationMs: 5, ...fields } as AluminiEvent;
}

describe("exemplars", () => {
  it("carry the trace of the newest event, on counters and on the bucket it fell in", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { exemplars: true });
    telemetry.emit("sync_completed", { ...app, durationMs: 700, traceId: `${traceId.slice(0, -1)}7`, spanId });
    telemetry.emit("sync_completed", { ...app, durationMs: 800, traceId, spanId });
    telemetry.emit("sync_completed", { ...app, durationMs: 900 });
    const lines = (await openMetrics(register)).split("\n").filter((line) => line.includes(" # {"));
    const exemplar = String.raw`# \{trace_id="${traceId}",span_id="${spanId}"\}`;
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(String.raw`^alumiini_syncs_total\{.*\} 3 ${exemplar} 1 \d+\.?\d*$`)),
      expect.stringMatching(
        new RegExp(
          String.raw`^alumiini_sync_duration_milliseconds_bucket\{le="1000.0",.*\} 3 ${exemplar} 800 \d+\.?\d*$`,
        ),
      ),
    ]);
  });

  it("are not kept unless asked for", async () => {
    const register = new Registry();
    telemetryOn(register).emit("sync_completed", { ...app, durationMs: 800, traceId, spanId });
    expect(await openMetrics(register)).not.toContain("trace_id");
  });

  it("are in what an OpenMetrics registry writes itself", async () => {
    const register = new Registry<OpenMetricsContentType>();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    telemetryOn(register, { exemplars: true }).emit("sync_completed", { ...app, durationMs: 800, traceId, spanId });
    expect(await register.metrics()).toContain(`# {trace_id="${traceId}",span_id="${spanId}"} 800 `);
  });

  it("are in no text of a registry that writes the text format", async () => {
    const register = new Registry();
    telemetryOn(register, { exemplars: true }).emit("sync_completed", { ...app, durationMs: 800, traceId, spanId });
    expect(await register.metrics()).not.toContain("trace_id");
  });

  it.each([
    ["longer than the 128 characters that OpenMetrics allows", { traceId: "a".repeat(200) }],
    ["with a quote and a line break", { traceId: `${traceId.slice(0, 30)}"\n` }],
    ["that are no text", { traceId: 7, spanId: {} }],
    ["at no time", { traceId, timestamp: Number.NaN }],
  ])("leave out ids %s", async (_case, fields) => {
    const register = new Registry();
    prometheusSubscriber({ register, exemplars: true }).handle(unchecked(fields));
    const text = await openMetrics(register);
    expect(text).toContain('alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success"} 1\n');
    expect(text).not.toContain(" # {");
  });

  it("leave out a span id that is none", async () => {
    const register = new Registry();
    prometheusSubscriber({ register, exemplars: true }).handle(unchecked({ traceId, spanId: "x".repeat(120) }));
    expect(await openMetrics(register)).toContain(` # {trace_id="${traceId}"} 5 `);
  });

  it("reach a real Prometheus", async (context) => {
    needProgram(context, "prometheus");
    const register = new Registry();
    telemetryOn(register, { exemplars: true }).emit("sync_completed", { ...app, durationMs: 800, traceId, spanId });
    const target = await serve(metricsHandler({ register }));
    onTestFinished(target.close);
    const prometheus = await startPrometheus(target.address, { flags: ["--enable-feature=exemplar-storage"] });
    onTestFinished(prometheus.stop);
    const query = { query: "alumiini_sync_duration_milliseconds_bucket", start: "0", end: "9999999999" };
    const found = async () => {
      const data = property(await prometheus.api("query_exemplars", query), "data");
      return property(property(property(property(data, "0"), "exemplars"), "0"), "labels");
    };
    await expect.poll(found).toEqual({ trace_id: traceId, span_id: spanId });
  });
});
