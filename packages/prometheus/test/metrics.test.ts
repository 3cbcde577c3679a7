import { METRICS } from "@alumiini/core";
import { subscriberConformance } from "@alumiini/core/testing";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { prometheusSubscriber } from "../src/index.js";
import { scrape } from "./exposition.js";
import { EXPECTED, EXPECTED_BUCKETS, runScenario, telemetryOn } from "./scenario.js";

describe("the exposition", () => {
  it("has every metric of ADR-004 section 3 with its help and type", async () => {
    const register = new Registry();
    prometheusSubscriber({ register });
    const text = await register.metrics();
    for (const { name, kind, description } of METRICS) {
      expect(text).toContain(`# HELP ${name} ${description}\n# TYPE ${name} ${kind}\n`);
    }
  });

  it("has no series before anything happened", async () => {
    const register = new Registry();
    prometheusSubscriber({ register });
    expect(await scrape(register)).toEqual({});
  });

  it("has exactly the series and values of what happened", async () => {
    const register = new Registry();
    runScenario(telemetryOn(register));
    const samples = await scrape(register);
    const isBucket = (series: string) => series.includes("_bucket{");
    expect(Object.fromEntries(Object.entries(samples).filter(([series]) => !isBucket(series)))).toEqual(EXPECTED);
    expect(samples).toMatchObject(EXPECTED_BUCKETS);
    // 3 sync histograms of 12 bounds and 3 git histograms of 10, each with the infinite one.
    expect(Object.keys(samples).filter(isBucket)).toHaveLength(3 * 13 + 3 * 11);
  });

  it("counts what is beyond the last bound in the infinite bucket alone", async () => {
    const register = new Registry();
    runScenario(telemetryOn(register));
    const samples = await scrape(register);
    const bucket = (le: string) =>
      samples[`alumiini_sync_duration_milliseconds_bucket{le="${le}",repo_name="other",trigger="poll"}`];
    expect([bucket("600000"), bucket("+Inf")]).toEqual([0, 1]);
  });
});

describe("conformance", () => {
  for (const { name, run } of subscriberConformance(() => prometheusSubscriber({ register: new Registry() }))) {
    it(name, run);
  }
});
