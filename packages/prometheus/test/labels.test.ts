import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { OVERFLOW_LABEL_VALUE, prometheusSubscriber } from "../src/index.js";
import { scrape } from "./exposition.js";
import { telemetryOn } from "./scenario.js";

const reading = { kind: "cache_access", timestamp: 0, clusterId: "prod-us-east", result: "hit" } as const;

/** The labels of the one cache series, read back from JSON: past the text form's escapes. */
async function cacheNames(register: Registry): Promise<unknown[]> {
  const json = await register.getMetricsAsJSON();
  const cache = json.find(({ name }) => name === "alumiini_cache_total");
  return cache?.values.map(({ labels }) => labels["cache_name"]) ?? [];
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
    expect(Object.values(await scrape(register))).toHaveLength(hostile.length);
  });

  it("are escaped in the text form", async () => {
    const register = new Registry();
    prometheusSubscriber({ register }).measure?.({ ...reading, cacheName: 'a"b\\c\nd' });
    expect(await scrape(register)).toEqual({ 'alumiini_cache_total{cache_name="a\\"b\\\\c\\nd",result="hit"}': 1 });
  });

  it("that look like other labels are not taken for them", async () => {
    const register = new Registry();
    const { measure } = prometheusSubscriber({ register });
    const error = { kind: "error", timestamp: 0, clusterId: "prod-us-east" } as const;
    measure?.({ ...error, repoName: "a,repo_name:b", errorType: "c" });
    measure?.({ ...error, repoName: "b", errorType: "c,repo_name:a" });
    expect(Object.values(await scrape(register))).toEqual([1, 1]);
  });

  it("that UTF-8 can't hold share the series of what they become", async () => {
    const register = new Registry();
    const { measure } = prometheusSubscriber({ register });
    for (const cacheName of ["a\ud800", "a\udbff", "a\ufffd"]) measure?.({ ...reading, cacheName });
    expect(await scrape(register)).toEqual({ 'alumiini_cache_total{cache_name="a\ufffd",result="hit"}': 3 });
  });
});

describe("the bound on series", () => {
  it("gives repositories beyond maxRepositories one series together", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxRepositories: 2 });
    for (const repoName of ["a", "b", "c", "d", "a", "c"]) telemetry.measure("worker_restart", { repoName });
    expect(await scrape(register)).toEqual({
      'alumiini_workers_restarts_total{repo_name="a"}': 2,
      'alumiini_workers_restarts_total{repo_name="b"}': 1,
      [`alumiini_workers_restarts_total{repo_name="${OVERFLOW_LABEL_VALUE}"}`]: 3,
    });
  });

  it("keeps the same repositories in every metric", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { maxRepositories: 1 });
    telemetry.measure("worker_restart", { repoName: "a" });
    telemetry.measure("error", { repoName: "b", errorType: "git_error" });
    expect(Object.keys(await scrape(register))).toEqual([
      'alumiini_workers_restarts_total{repo_name="a"}',
      `alumiini_errors_total{repo_name="${OVERFLOW_LABEL_VALUE}",error_type="git_error"}`,
    ]);
  });

  it("holds for other labels too, at 100 values", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register);
    for (let index = 0; index < 150; index++) {
      telemetry.measure("error", { repoName: "a", errorType: `made-up-${index}` });
    }
    const samples = await scrape(register);
    expect(Object.keys(samples)).toHaveLength(101);
    expect(samples[`alumiini_errors_total{repo_name="a",error_type="${OVERFLOW_LABEL_VALUE}"}`]).toBe(50);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses maxRepositories %d", (maxRepositories) => {
    expect(() => prometheusSubscriber({ register: new Registry(), maxRepositories })).toThrow(RangeError);
  });
});
