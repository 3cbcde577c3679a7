import { createTelemetry } from "@alumiini/core";
import { Registry } from "prom-client";
import { expect, it, vi } from "vitest";
import { scrapeRecorded } from "./exposition.js";

const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;

/** The package as a program loads it anew: after a hot reload, or as CommonJS beside ESM. */
async function loadCopy() {
  vi.resetModules();
  return import("../src/index.js");
}

it("several copies of the package share the metrics of one registry", async () => {
  const register = new Registry();
  const [first, second] = [await loadCopy(), await loadCopy()];
  expect(second.prometheusSubscriber).not.toBe(first.prometheusSubscriber);
  for (const { prometheusSubscriber } of [first, second]) {
    const telemetry = createTelemetry({ clusterId: "prod-us-east" });
    telemetry.subscribe(prometheusSubscriber({ register }));
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
  }
  const series = 'alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success"}';
  expect(await scrapeRecorded(register)).toMatchObject({ [series]: 2 });
  for (const { metricsFetchHandler } of [first, second]) {
    const response = await metricsFetchHandler({ register })(new Request("http://localhost/metrics"));
    expect(await response.text()).toContain(`${series} 2\n`);
  }
  expect(() => second.prometheusSubscriber({ register, maxRepositories: 3 })).toThrow("were made with maxRepositories");
});
