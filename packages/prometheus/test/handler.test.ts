import type { RequestListener } from "node:http";
import { gunzipSync } from "node:zlib";
import { serve } from "@alumiini-internal/test-support/http-target";
import { Hono } from "hono";
import { Counter, Gauge, type OpenMetricsContentType, Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { type MetricsHandlerOptions, metricsFetchHandler, metricsHandler } from "../src/index.js";

function registryWithOneMetric(): Registry {
  const register = new Registry();
  new Counter({ name: "things_total", help: "Things", registers: [register] }).inc(7);
  return register;
}

function failingRegistry(): Registry {
  const register = new Registry();
  const collect = () => {
    throw new Error("secret of the backend");
  };
  new Gauge({ name: "broken", help: "Broken", registers: [register], collect });
  return register;
}

/** Serves the listener until the test ends; answers its URL. */
async function metricsUrl(listener: RequestListener): Promise<string> {
  const target = await serve(listener);
  onTestFinished(target.close);
  return `${target.url}/metrics`;
}

type Ask = (method: string, headers?: Record<string, string>) => Promise<Response>;

async function askNodeHttp(options: MetricsHandlerOptions): Promise<Ask> {
  const url = await metricsUrl(metricsHandler(options));
  // fetch asks for gzip itself, and unpacks what it gets.
  return (method, headers = {}) => fetch(url, { method, headers: { "accept-encoding": "identity", ...headers } });
}

async function askHono(options: MetricsHandlerOptions): Promise<Ask> {
  const handler = metricsFetchHandler(options);
  const app = new Hono().all("/metrics", (context) => handler(context.req.raw));
  return async (method, headers = {}) => app.request("/metrics", { method, headers });
}

describe.each([
  ["metricsHandler on node:http", askNodeHttp],
  ["metricsFetchHandler on Hono", askHono],
])("%s", (_name, open) => {
  it("answers GET with the metrics", async () => {
    const ask = await open({ register: registryWithOneMetric() });
    const response = await ask("GET");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toContain("\nthings_total 7\n");
  });

  it("answers HEAD without a body", async () => {
    const ask = await open({ register: registryWithOneMetric() });
    const response = await ask("HEAD");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });

  it.each(["POST", "PUT", "DELETE"])("refuses %s", async (method) => {
    const ask = await open({ register: registryWithOneMetric() });
    const response = await ask(method);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });

  it("has the registry's content type", async () => {
    const register = new Registry<OpenMetricsContentType>();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const ask = await open({ register });
    expect((await ask("GET")).headers.get("content-type")).toBe(Registry.OPENMETRICS_CONTENT_TYPE);
  });

  it.each([
    ["gzip", true],
    ["deflate, gzip;q=0.5", true],
    ["*", true],
    ["gzip;q=0", false],
    ["br", false],
  ])("compresses for a scraper that accepts %s: %s", async (accepted, compresses) => {
    const ask = await open({ register: registryWithOneMetric() });
    const response = await ask("GET", { "accept-encoding": accepted });
    expect(response.headers.get("content-encoding")).toBe(compresses ? "gzip" : null);
    expect(response.headers.get("vary")).toBe("accept, accept-encoding");
    const isPacked = compresses && !response.url.startsWith("http:");
    const text = isPacked ? gunzipSync(await response.arrayBuffer()).toString() : await response.text();
    expect(text).toContain("\nthings_total 7\n");
  });

  it("adds what another library writes, compressed like the rest, and offers no other format then", async () => {
    const ask = await open({ register: registryWithOneMetric(), append: () => "# TYPE more gauge\nmore 1\n" });
    const accept = "application/openmetrics-text;version=1.0.0";
    const response = await ask("GET", { "accept-encoding": "gzip", accept });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("content-type")).toContain("text/plain");
    const body = Buffer.from(await response.arrayBuffer());
    // One of the two ways to ask unpacks what it gets.
    const text = (body[0] === 0x1f ? gunzipSync(body) : body).toString();
    expect(text).toContain("things_total 7\n");
    expect(text).toMatch(/\n# TYPE more gauge\nmore 1\n$/);
  });

  it("compresses nothing where gzip is false", async () => {
    const ask = await open({ register: registryWithOneMetric(), gzip: false });
    const response = await ask("GET", { "accept-encoding": "gzip" });
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(await response.text()).toContain("\nthings_total 7\n");
  });

  it("refuses an option that it doesn't know", async () => {
    const options: object = { onError: () => {} };
    await expect(Promise.resolve().then(() => open(options))).rejects.toThrow(/option "onError" is unknown/);
  });

  it("answers 500 without the cause, which onFailure gets", async () => {
    const errors: unknown[] = [];
    const ask = await open({ register: failingRegistry(), onFailure: (error) => errors.push(error) });
    const response = await ask("GET");
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("The metrics could not be collected\n");
    expect(errors).toEqual([new Error("secret of the backend")]);
  });

  it("answers 500 all the same when onFailure throws", async () => {
    const onFailure = () => {
      throw new Error("the reporter is broken too");
    };
    const ask = await open({ register: failingRegistry(), onFailure });
    expect((await ask("GET")).status).toBe(500);
  });
});

it("a request that something else answered first is told to onFailure, and crashes nothing", async () => {
  const errors: unknown[] = [];
  const handler = metricsHandler({ register: registryWithOneMetric(), onFailure: (error) => errors.push(error) });
  const url = await metricsUrl((request, response) => {
    response.end("answered already");
    handler(request, response);
  });
  expect(await (await fetch(url)).text()).toBe("answered already");
  await expect.poll(() => errors).toEqual([expect.objectContaining({ code: "ERR_HTTP_HEADERS_SENT" })]);
});
