import { Counter, register as globalRegistry, type OpenMetricsContentType, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { prometheusSubscriber } from "../src/index.js";
import { scrape, scrapeRecorded } from "./exposition.js";
import { EXPECTED, runScenario, telemetryOn } from "./scenario.js";

const syncs = 'alumiini_syncs_total{repo_name="my-app",trigger="webhook",outcome="success"}';

function registryAfterScenario(): Registry {
  const register = new Registry();
  runScenario(telemetryOn(register));
  return register;
}

describe("on a registry of prom-client's", () => {
  afterEach(() => globalRegistry.clear());

  it("the global one is the default", async () => {
    prometheusSubscriber();
    expect(globalRegistry.getSingleMetric("alumiini_syncs_total")).toBeInstanceOf(Counter);
  });

  it("getMetricsAsJSON has the same samples as the text", async () => {
    const register = registryAfterScenario();
    const json = await register.getMetricsAsJSON();
    const sums = json.flatMap(({ name, values }) => values.map(({ value }) => [name, value]));
    const texts = Object.entries(await scrape(register)).map(([series, value]) => [
      series.replace(/(_bucket|_sum|_count)?({.*)?$/, ""),
      value,
    ]);
    expect(sums).toEqual(texts);
    const histogram = json.find(({ name }) => name === "alumiini_git_duration_milliseconds");
    expect(histogram).toMatchObject({ type: "histogram", help: "Git operation duration", aggregator: "sum" });
    expect(histogram?.values[0]?.labels).toEqual({ le: 100, repo_name: "my-app", operation: "clone" });
  });

  it("getSingleMetricAsString answers one metric", async () => {
    const text = await registryAfterScenario().getSingleMetricAsString("alumiini_workers_active");
    expect(text.split("\n")).toEqual([
      "# HELP alumiini_workers_active Number of active worker processes",
      "# TYPE alumiini_workers_active gauge",
      "alumiini_workers_active 1",
    ]);
  });

  it("default labels are added, and don't replace a series' own", async () => {
    const register = registryAfterScenario();
    register.setDefaultLabels({ region: "eu", trigger: "default" });
    const samples = await scrape(register);
    expect(samples['alumiini_syncs_total{repo_name="my-app",trigger="webhook",outcome="success",region="eu"}']).toBe(2);
    expect(samples['alumiini_workers_active{region="eu",trigger="default"}']).toBe(1);
    expect(
      samples['alumiini_sync_duration_milliseconds_bucket{le="+Inf",region="eu",repo_name="my-app",trigger="webhook"}'],
    ).toBe(2);
    const json = await register.getMetricsAsJSON();
    expect(json[0]?.values[0]?.labels).toMatchObject({ repo_name: "my-app", region: "eu", trigger: "webhook" });
  });

  it("resetMetrics starts all series anew", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    runScenario(telemetry);
    const begun = Object.keys(await scrape(register)).filter((series) => series.startsWith("alumiini_syncs_total"));
    register.resetMetrics();
    const samples = await scrape(register);
    expect(samples[syncs]).toBe(0);
    // Series that began at 0 begin again.
    expect(Object.keys(samples).filter((series) => series.startsWith("alumiini_syncs_total"))).toEqual(begun);
    runScenario(telemetry);
    expect(await scrape(register)).toMatchObject(EXPECTED);
  });

  it("remove forgets one series, by object and by values", async () => {
    const register = registryAfterScenario();
    const counter = register.getSingleMetric("alumiini_syncs_total");
    counter?.remove({ repo_name: "my-app", trigger: "webhook", outcome: "success" });
    counter?.remove("my-app", "startup", "success");
    counter?.remove("no such repository", "startup", "success");
    register.getSingleMetric("alumiini_git_duration_milliseconds")?.remove("my-app", "clone");
    register.getSingleMetric("alumiini_workers_active")?.remove();
    const left = Object.keys(await scrapeRecorded(register));
    expect(left.filter((series) => series.startsWith("alumiini_syncs_total"))).toEqual([
      'alumiini_syncs_total{repo_name="other",trigger="poll",outcome="failure"}',
    ]);
    expect(left.filter((series) => series.includes('operation="clone"'))).toEqual([
      'alumiini_git_operations_total{repo_name="my-app",operation="clone",outcome="success"}',
    ]);
    expect(left).not.toContain("alumiini_workers_active");
  });

  it("a series that was removed starts at zero when it comes again", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    telemetry.measure("worker_restart", { repoName: "a" });
    register.getSingleMetric("alumiini_workers_restarts_total")?.remove("a");
    telemetry.measure("worker_restart", { repoName: "a" });
    expect(await scrapeRecorded(register)).toEqual({ 'alumiini_workers_restarts_total{repo_name="a"}': 1 });
  });

  it("Registry.merge exposes them beside others", async () => {
    const theirs = new Registry();
    new Counter({ name: "theirs_total", help: "Theirs", registers: [theirs] }).inc(3);
    const samples = await scrape(Registry.merge([registryAfterScenario(), theirs]));
    expect(samples).toMatchObject({ [syncs]: 2, theirs_total: 3 });
  });

  it("of OpenMetrics they are valid OpenMetrics, scrape after scrape", async () => {
    const register = new Registry<OpenMetricsContentType>();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    runScenario(telemetryOn(register));
    const first = await register.metrics();
    expect(first).toContain("# TYPE alumiini_syncs counter\n");
    expect(first).toContain(`\n${syncs} 2\n`);
    expect(first.endsWith("\n# EOF\n")).toBe(true);
    expect(await register.metrics()).toBe(first);
  });

  it("prom-client's own ways to write them are refused", () => {
    const register = registryAfterScenario();
    const counter = register.getSingleMetric("alumiini_syncs_total");
    if (!(counter instanceof Counter)) throw new Error("not a counter");
    expect(() => counter.inc({ repo_name: "a", trigger: "b", outcome: "c" })).toThrow(
      "alumiini_syncs_total is written by @alumiini/prometheus alone: inc() isn't available",
    );
    expect(() => counter.labels("a", "b", "c")).toThrow("labels() isn't available");
  });
});

describe("several subscribers on one registry", () => {
  it("share its metrics: counters add up, gauges hold what came last", async () => {
    const register = new Registry();
    runScenario(telemetryOn(register));
    runScenario(telemetryOn(register));
    const doubled = Object.entries(EXPECTED).map(([series, value]) => [
      series,
      /_total|duration/.test(series) ? value * 2 : value,
    ]);
    expect(await scrape(register)).toMatchObject(Object.fromEntries(doubled));
  });

  it("must agree on maxRepositories", () => {
    const register = new Registry();
    prometheusSubscriber({ register, maxRepositories: 10 });
    expect(() => prometheusSubscriber({ register })).toThrow(
      "this registry's metrics were made with maxRepositories 10, not 5000",
    );
  });

  it("have metrics of their own on registries of their own", async () => {
    const [busy, idle] = [new Registry(), new Registry()];
    telemetryOn(idle);
    runScenario(telemetryOn(busy));
    expect(await scrape(busy)).toMatchObject(EXPECTED);
    expect(await scrapeRecorded(idle)).toEqual({});
  });

  it("get new metrics after clear()", async () => {
    const register = registryAfterScenario();
    register.clear();
    telemetryOn(register).measure("worker_restart", { repoName: "a" });
    expect(await scrapeRecorded(register)).toEqual({ 'alumiini_workers_restarts_total{repo_name="a"}': 1 });
  });

  it("are told what to do about a metric that someone else made, and register nothing", () => {
    const register = new Registry();
    new Counter({ name: "alumiini_cache_total", help: "Mine", registers: [register] });
    expect(() => prometheusSubscriber({ register })).toThrow(
      /already has a metric alumiini_cache_total.*new Registry/s,
    );
    expect(register.getMetricsAsArray()).toHaveLength(1);
  });
});
