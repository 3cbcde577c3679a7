import { createTelemetry } from "@alumiini/core";
import { OptionError } from "@alumiini/core/adapter";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { OVERFLOW_LABEL_VALUE, prometheusSubscriber } from "../src/index.js";
import { scrapeRecorded } from "./exposition.js";
import { telemetryOn } from "./scenario.js";

const reading = { kind: "cache_access", timestamp: 0, clusterId: "prod-us-east", result: "hit" } as const;

/** The labels of the cache's hits, read back from JSON: past the text form's escapes. */
async function cacheNames(register: Registry): Promise<unknown[]> {
  const json = await register.getMetricsAsJSON();
  const cache = json.find(({ name }) => name === "alumiini_cache_total");
  return cache?.values.filter(({ value }) => value > 0).map(({ labels }) => labels["cache_name"]) ?? [];
}

describe("hostile label values", () => {
  const hostile = [
    'quote"',
    "back\\slash",
    "new\nline",
    "carriage\rreturn",
    "{}=,:",
    "__proto__",
    "constructor",
    "unknown",
    " ",
    "\u0000",
    "ünïcödé 🚀",
    "x".repeat(10_000),
  ];

  it("each have a series of their own, with the value unchanged", async () => {
    const register = new Registry();
    const { measure } = prometheusSubscriber({ register });
    for (const cacheName of hostile) measure?.({ ...reading, cacheName });
    expect(await cacheNames(register)).toEqual(hostile);
    expect(Object.values(await scrapeRecorded(register))).toHaveLength(hostile.length);
  });

  it("are escaped in the text form", async () => {
    const register = new Registry();
    prometheusSubscriber({ register }).measure?.({ ...reading, cacheName: 'a"b\\c\nd' });
    expect(await scrapeRecorded(register)).toEqual({
      'alumiini_cache_total{cache_name="a\\"b\\\\c\\nd",result="hit"}': 1,
    });
  });

  it("that look like other labels are not taken for them", async () => {
    const register = new Registry();
    const { measure } = prometheusSubscriber({ register });
    const error = { kind: "error", timestamp: 0, clusterId: "prod-us-east" } as const;
    measure?.({ ...error, repoName: "a,repo_name:b", errorType: "c" });
    measure?.({ ...error, repoName: "b", errorType: "c,repo_name:a" });
    expect(Object.values(await scrapeRecorded(register))).toEqual([1, 1]);
  });

  it("with a line break don't share a series with those without, events' names included", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    for (const repoName of ["ab", "a\nb", "a\tb"]) telemetry.measure("worker_restart", { repoName });
    expect(Object.values(await scrapeRecorded(register))).toEqual([1, 1, 1]);
  });

  it("that UTF-8 can't hold share the series of what they become", async () => {
    const register = new Registry();
    const { measure } = prometheusSubscriber({ register });
    for (const cacheName of ["a\ud800", "a\udbff", "a\ufffd"]) measure?.({ ...reading, cacheName });
    expect(await scrapeRecorded(register)).toEqual({ 'alumiini_cache_total{cache_name="a\ufffd",result="hit"}': 3 });
  });
});

describe("the bound on series", () => {
  it("gives repositories beyond maxRepositories one series together", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxRepositories: 2 });
    for (const repoName of ["a", "b", "c", "d", "a", "c"]) telemetry.measure("worker_restart", { repoName });
    expect(await scrapeRecorded(register)).toEqual({
      'alumiini_workers_restarts_total{repo_name="a"}': 2,
      'alumiini_workers_restarts_total{repo_name="b"}': 1,
      [`alumiini_workers_restarts_total{repo_name="${OVERFLOW_LABEL_VALUE}"}`]: 3,
      'alumiini_series_dropped_total{metric="alumiini_workers_restarts_total"}': 3,
    });
  });

  it("keeps the same repositories in every metric", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxRepositories: 1 });
    telemetry.measure("worker_restart", { repoName: "a" });
    telemetry.measure("error", { repoName: "b", errorType: "git_error" });
    expect(Object.keys(await scrapeRecorded(register))).toEqual([
      `alumiini_errors_total{repo_name="${OVERFLOW_LABEL_VALUE}",error_type="git_error"}`,
      'alumiini_workers_restarts_total{repo_name="a"}',
      'alumiini_series_dropped_total{metric="alumiini_errors_total"}',
    ]);
  });

  it("holds for other labels too, at maxLabelValues", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxLabelValues: 3 });
    for (let index = 0; index < 10; index++) {
      telemetry.measure("cache_access", { cacheName: `cache-${index}`, result: "hit" });
    }
    expect(await scrapeRecorded(register)).toEqual({
      'alumiini_cache_total{cache_name="cache-0",result="hit"}': 1,
      'alumiini_cache_total{cache_name="cache-1",result="hit"}': 1,
      'alumiini_cache_total{cache_name="cache-2",result="hit"}': 1,
      [`alumiini_cache_total{cache_name="${OVERFLOW_LABEL_VALUE}",result="hit"}`]: 7,
      'alumiini_series_dropped_total{metric="alumiini_cache_total"}': 7,
    });
  });

  it("leaves out a gauge beyond it: the last of many values means nothing", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxLabelValues: 1 });
    telemetry.measure("queue_depth", { queue: "first", depth: 4 });
    telemetry.measure("queue_depth", { queue: "second", depth: 5 });
    expect(await scrapeRecorded(register)).toEqual({
      'alumiini_queue_depth{queue="first"}': 4,
      'alumiini_series_dropped_total{metric="alumiini_queue_depth"}': 1,
    });
  });

  it("counts each recording beyond it once in a metric, and a registration that found no room", async () => {
    const register = new Registry();
    const prometheus = prometheusSubscriber({ register, maxRepositories: 1 });
    const telemetry = createTelemetry({ clusterId: "prod" });
    telemetry.subscribe(prometheus);
    prometheus.registerRepository("a");
    prometheus.registerRepository("b");
    const failed = { repoName: "c", namespace: "n", trigger: "poll", durationMs: 5 } as const;
    telemetry.emit("apply_failed", { ...failed, trigger: "poll", errorType: "conflict" });
    telemetry.emit("sync_failed", { ...failed, errorType: "apply_error" });
    telemetry.emit("sync_failed", { ...failed, errorType: "git_error" });
    const dropped = Object.entries(await scrapeRecorded(register)).filter(([name]) => name.includes("series_dropped"));
    expect(Object.fromEntries(dropped.map(([name, count]) => [/"(.*)"/.exec(name)?.[1], count]))).toEqual({
      alumiini_repo_info: 1,
      alumiini_apply_operations_total: 1,
      alumiini_apply_duration_milliseconds: 1,
      // The apply and the second sync: the first failed for the same reason as its apply.
      alumiini_errors_total: 2,
      alumiini_syncs_total: 2,
      alumiini_sync_duration_milliseconds: 2,
    });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("can't be %d", (limit) => {
    const register = new Registry();
    expect(() => prometheusSubscriber({ register, maxRepositories: limit })).toThrow(OptionError);
    expect(() => prometheusSubscriber({ register, maxLabelValues: limit })).toThrow(OptionError);
  });

  it("holds against 100,000 repository names: memory, scrape and sums", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxRepositories: 100 });
    const emit = (index: number) =>
      telemetry.emit("sync_completed", {
        repoName: `hostile-${index}-${"x".repeat(200)}`,
        namespace: `namespace-${index}`,
        trigger: "webhook",
        durationMs: 5,
      });
    for (let index = 0; index < 1000; index++) emit(index);
    const before = (await register.metrics()).length;
    for (let index = 1000; index < 100_000; index++) emit(index);
    const text = await register.metrics();
    // Only digits of counts have grown.
    expect(text.length).toBeLessThan(before * 1.01);
    const syncs = Object.entries(await scrapeRecorded(register)).filter(([name]) => name.includes("_syncs_total{"));
    expect(syncs).toHaveLength(101);
    expect(syncs.reduce((sum, [, value]) => sum + value, 0)).toBe(100_000);
    expect(text).toContain('alumiini_series_dropped_total{metric="alumiini_syncs_total"} 99900\n');
  });
});
