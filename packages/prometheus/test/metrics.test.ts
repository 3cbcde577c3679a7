import { METRICS } from "@alumiini/core/metrics";
import { subscriberConformance } from "@alumiini/core/testing";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { prometheusSubscriber } from "../src/index.js";
import { scrape, scrapeRecorded } from "./exposition.js";
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

  it("has no series before anything happened but those that belong to no repository, at 0", async () => {
    const register = new Registry();
    prometheusSubscriber({ register, version: "1.2.3" });
    const samples = await scrape(register);
    expect(samples['alumiini_build_info{version="1.2.3"}']).toBe(1);
    expect(samples["alumiini_leader_transitions_total"]).toBe(0);
    expect(samples["alumiini_late_events_total"]).toBe(0);
    expect(samples['alumiini_webhooks_received_total{provider="gitlab",outcome="failure"}']).toBe(0);
    expect(Object.keys(samples)).toHaveLength(3 + 3 * 3);
  });

  it("has exactly the series and values of what happened", async () => {
    const register = new Registry();
    runScenario(telemetryOn(register));
    const recorded = Object.entries(await scrapeRecorded(register));
    const isVariable = (series: string) => /_bucket{|_timestamp_seconds{|_consecutive_failures{/.test(series);
    expect(Object.fromEntries(recorded.filter(([series]) => !isVariable(series)))).toEqual(EXPECTED);
    const samples = await scrape(register);
    expect(samples).toMatchObject(EXPECTED_BUCKETS);
    // 3 series of 12 bounds, 3 of 10 and 1 of 10, each with the infinite one.
    expect(Object.keys(samples).filter((series) => series.includes("_bucket{"))).toHaveLength(3 * 13 + 3 * 11 + 11);
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
