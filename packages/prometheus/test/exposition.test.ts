import { connect } from "node:net";
import { createTelemetry } from "@alumiini/core";
import { serve } from "@alumiini-internal/test-support/http-target";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { metricsFetchHandler, metricsHandler, prometheusSubscriber } from "../src/index.js";
import { samplesOf, scrape } from "./exposition.js";
import { runScenario, telemetryOn } from "./scenario.js";

/** The samples with their labels in one order: prom-client and we write them in different ones. */
function sorted(samples: Record<string, number>): Record<string, number> {
  const inOrder = (series: string) =>
    series.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(",").sort().join(",")}}`);
  return Object.fromEntries(Object.entries(samples).map(([series, value]) => [inOrder(series), value]));
}

async function handled(register: Registry, accept = "*/*"): Promise<Response> {
  return metricsFetchHandler({ register })(new Request("http://localhost/metrics", { headers: { accept } }));
}

function registryWithOthers(): Registry {
  const register = new Registry();
  register.setDefaultLabels({ region: 'e"u\n', trigger: "default" });
  const registers = [register];
  new Counter({ name: "theirs_total", help: "Theirs", labelNames: ["a"], registers }).inc({ a: 'q"uote' }, 3);
  new Counter({ name: "plain", help: "No suffix", registers }).inc();
  new Gauge({ name: "level", help: 'Level\nof "it"', registers }).set(Number.NaN);
  new Histogram({ name: "size", help: "Size", buckets: [1, 2], labelNames: ["b"], registers }).observe({ b: "x" }, 1.5);
  runScenario(telemetryOn(register));
  return register;
}

describe("the handler's text", () => {
  it("has the samples of register.metrics(), those of other metrics and default labels included", async () => {
    const register = registryWithOthers();
    const text = await (await handled(register)).text();
    expect(sorted(samplesOf(text))).toEqual(sorted(await scrape(register)));
  });

  it("comes in pieces, between which other work gets its turn", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    for (let index = 0; index < 300; index++) {
      telemetry.emit("git_fetched", { repoName: `app-${index}`, namespace: "a", durationMs: 5 });
    }
    let turns = 0;
    let open = true;
    const count = () => {
      turns++;
      if (open) setImmediate(count);
    };
    setImmediate(count);
    let pieces = 0;
    for await (const _piece of (await handled(register)).body ?? []) pieces++;
    open = false;
    expect(pieces).toBeGreaterThan(10);
    expect(turns).toBeGreaterThanOrEqual(pieces - 1);
  });

  it("is whole over HTTP, for several scrapers at once, also while series come", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    const emit = (index: number) =>
      telemetry.emit("git_fetched", { repoName: `app-${index}`, namespace: "a", durationMs: 5 });
    for (let index = 0; index < 200; index++) emit(index);
    const target = await serve(metricsHandler({ register }));
    onTestFinished(target.close);
    const scrapes = [0, 1, 2].map(async () => (await fetch(`http://${target.address}/metrics`)).text());
    for (let index = 200; index < 220; index++) emit(index);
    for (const text of await Promise.all(scrapes)) {
      expect(text.endsWith("\n")).toBe(true);
      const buckets = Object.keys(samplesOf(text)).filter((series) => series.startsWith("alumiini_git_duration"));
      expect(buckets.length % 13).toBe(0);
      expect(buckets.length).toBeGreaterThanOrEqual(200 * 13);
    }
  });

  it("stops being made when the scraper leaves", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    for (let index = 0; index < 1000; index++) {
      telemetry.emit("git_fetched", { repoName: `app-${index}`, namespace: "a", durationMs: 5 });
    }
    const errors: unknown[] = [];
    let leave = (_finished: boolean) => {};
    const left = new Promise<boolean>((resolve) => {
      leave = resolve;
    });
    const handler = metricsHandler({ register, onFailure: (error) => errors.push(error) });
    const target = await serve((request, response) => {
      response.on("close", () => leave(response.writableFinished));
      handler(request, response);
    });
    onTestFinished(target.close);
    const socket = connect(Number(new URL(target.url).port), "127.0.0.1", () =>
      socket.write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    socket.once("data", () => socket.destroy());
    expect(await left).toBe(false);
    expect(errors).toEqual([]);
  });

  it("is that of the registry where none of the metrics are ours", async () => {
    const register = new Registry();
    new Counter({ name: "theirs_total", help: "Theirs", registers: [register] }).inc(3);
    expect(await (await handled(register, "application/openmetrics-text")).text()).toBe(await register.metrics());
  });

  it("is never half an answer with status 200: what fails fails first", async () => {
    const register = new Registry();
    prometheusSubscriber({ register });
    const collect = () => Promise.reject(new Error("backend gone"));
    new Gauge({ name: "broken", help: "Broken", registers: [register], collect });
    expect((await handled(register)).status).toBe(500);
  });
});

describe("content negotiation", () => {
  const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  const TEXT = "text/plain; version=0.0.4; charset=utf-8";
  const PROMETHEUS =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

  it.each([
    ["Prometheus", PROMETHEUS, OPENMETRICS],
    ["who prefers text", "application/openmetrics-text;q=0.4,text/plain;q=0.5", TEXT],
    ["who knows an older version only", "application/openmetrics-text;version=0.0.1,text/plain;q=0.5", TEXT],
    ["who refuses it", "application/openmetrics-text;q=0", TEXT],
    ["a browser", "text/html,application/xhtml+xml,*/*;q=0.8", TEXT],
    ["nonsense", ";;;q=,=,application/openmetrics-text;q=x", TEXT],
  ])("answers %s in its format where exemplars are kept", async (_who, accept, contentType) => {
    const register = new Registry();
    runScenario(telemetryOn(register, { exemplars: true }));
    const response = await handled(register, accept);
    expect(response.headers.get("content-type")).toBe(contentType);
    expect((await response.text()).endsWith("# EOF\n")).toBe(contentType === OPENMETRICS);
  });

  it("answers text where none are kept: OpenMetrics would have nothing to add", async () => {
    const register = new Registry();
    telemetryOn(register);
    expect((await handled(register, PROMETHEUS)).headers.get("content-type")).toBe(TEXT);
  });

  it("renames nothing for others", async () => {
    const register = registryWithOthers();
    register.clear();
    const registers = [register];
    new Counter({ name: "theirs_total", help: "Theirs", registers }).inc(3);
    new Counter({ name: "plain", help: "No suffix", registers }).inc();
    const telemetry = createTelemetry({ clusterId: "c" });
    telemetry.subscribe(prometheusSubscriber({ register, exemplars: true }));
    runScenario(telemetry);
    const before = await (await handled(register)).text();
    const open = await (await handled(register, PROMETHEUS)).text();
    expect(open).toContain("# TYPE theirs counter\ntheirs_total 3\n");
    expect(open).toContain("# TYPE plain unknown\nplain 1\n");
    expect(open).toContain("# TYPE alumiini_syncs counter\nalumiini_syncs_total{");
    expect(await (await handled(register)).text()).toBe(before);
  });

  it("on one registry that was set to OpenMetrics for a while renames no counter of ours", async () => {
    const register = new Registry();
    runScenario(telemetryOn(register));
    const before = await register.metrics();
    Reflect.apply(register.setContentType, register, [Registry.OPENMETRICS_CONTENT_TYPE]);
    expect(await register.metrics()).toContain("# TYPE alumiini_syncs counter\nalumiini_syncs_total{");
    register.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
    expect(await register.metrics()).toBe(before);
  });
});
