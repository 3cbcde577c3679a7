import { type HttpTarget, serve } from "@alumiini-internal/test-support/http-target";
import { isInstalled, needProgram } from "@alumiini-internal/test-support/programs";
import {
  type PrometheusServer,
  promtoolComplaints,
  startPrometheus,
} from "@alumiini-internal/test-support/prometheus-server";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metricsHandler, prometheusSubscriber } from "../src/index.js";
import { EXPECTED, EXPECTED_BUCKETS, runScenario, telemetryOn } from "./scenario.js";

describe("promtool check metrics", () => {
  it("objects to nothing but the unit that the names of ADR-004 say", async (context) => {
    needProgram(context, "promtool");
    const register = new Registry();
    runScenario(telemetryOn(register));
    expect(await promtoolComplaints(await register.metrics())).toEqual([
      'alumiini_apply_duration_milliseconds use base unit "seconds" instead of "milliseconds"',
      'alumiini_git_duration_milliseconds use base unit "seconds" instead of "milliseconds"',
      'alumiini_sync_duration_milliseconds use base unit "seconds" instead of "milliseconds"',
    ]);
  });

  it("objects to nothing in hostile label values", async (context) => {
    needProgram(context, "promtool");
    const register = new Registry();
    const { measure } = prometheusSubscriber({ register });
    const reading = { kind: "cache_access", timestamp: 0, clusterId: "c", result: "hit" } as const;
    for (const cacheName of ['"\\\n\r\t{},=#', "\u0000\u2028\ud800", "__name__", "x".repeat(10_000)]) {
      measure?.({ ...reading, cacheName });
    }
    expect(await promtoolComplaints(await register.metrics())).toEqual([]);
  });
});

describe("a real Prometheus that scrapes the handler", () => {
  let target: HttpTarget;
  let prometheus: PrometheusServer | undefined;

  beforeAll(async () => {
    const register = new Registry();
    runScenario(telemetryOn(register));
    target = await serve(metricsHandler({ register }));
    if (isInstalled("prometheus")) prometheus = await startPrometheus(target.address);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await target.close();
  });

  for (const [series, value] of Object.entries({ ...EXPECTED, ...EXPECTED_BUCKETS })) {
    it(`knows ${series} as ${value}`, async (context) => {
      needProgram(context, "prometheus");
      // A bound that is written 100 may be stored as 100.0.
      const selector = series.replace(/le="(\d+)"/, 'le=~"$1(\\\\.0)?"');
      await expect.poll(() => prometheus?.query(selector)).toEqual([value]);
    });
  }
});
