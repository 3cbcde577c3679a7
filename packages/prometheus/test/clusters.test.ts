import { createTelemetry } from "@alumiini/core";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { type PrometheusOptions, prometheusSubscriber } from "../src/index.js";
import { scrape } from "./exposition.js";

const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;

/** Telemetry of several clusters in one process, and the series of it that a name begins. */
function open(clusterIds: readonly string[], options: PrometheusOptions = {}) {
  const register = new Registry();
  const subscriber = prometheusSubscriber({ ...options, register });
  const telemetry = clusterIds.map((clusterId) => {
    const one = createTelemetry({ clusterId });
    one.subscribe(subscriber);
    return one;
  });
  const of = async (name: string) => Object.keys(await scrape(register)).filter((series) => series.startsWith(name));
  return { register, telemetry, of };
}

it("the clusters that a process reports on are named by one metric, and ADR-004's metrics by no label", async () => {
  const { telemetry, of } = open(["prod-eu", "prod-us"]);
  expect(await of("alumiini_cluster_info")).toEqual([]);
  telemetry[0]?.emit("sync_completed", { ...app, durationMs: 5 });
  telemetry[1]?.measure("worker_count", { count: 1 });
  expect(await of("alumiini_cluster_info")).toEqual([
    'alumiini_cluster_info{cluster_id="prod-eu"}',
    'alumiini_cluster_info{cluster_id="prod-us"}',
  ]);
  expect(await of("alumiini_sync_duration_milliseconds_sum")).toEqual([
    'alumiini_sync_duration_milliseconds_sum{repo_name="my-app",trigger="poll"}',
  ]);
});

it("a constant label of the cluster is on every series, those of the process included", async () => {
  const { register, telemetry } = open(["prod-eu"], { labels: { cluster: "prod-eu" } });
  telemetry[0]?.emit("sync_completed", { ...app, durationMs: 5 });
  for (const series of Object.keys(await scrape(register))) expect(series).toContain('cluster="prod-eu"');
});

it("the opt-in label is on what tells the clusters apart, so that no two of them are one installation", async () => {
  const { telemetry, of } = open(["prod-eu", "prod-us"], { optInLabels: ["cluster"] });
  for (const one of telemetry) one.emit("sync_failed", { ...app, durationMs: 5, errorType: "git_error" });
  expect(await of("alumiini_cluster_info")).toEqual([
    'alumiini_cluster_info{cluster_id="prod-eu",cluster="prod-eu"}',
    'alumiini_cluster_info{cluster_id="prod-us",cluster="prod-us"}',
  ]);
  expect(await of("alumiini_sync_last_end_timestamp_seconds")).toEqual(
    ["prod-eu", "prod-us"].map(
      (cluster) =>
        `alumiini_sync_last_end_timestamp_seconds{repo_name="my-app",trigger="poll",outcome="failure",error_type="git_error",cluster="${cluster}"}`,
    ),
  );
});

it("hostile cluster ids, as of relayed events, are bounded", async () => {
  const ids = Array.from({ length: 50 }, (_, index) => `cluster-${index}`);
  const { telemetry, of } = open(ids, { maxLabelValues: 3 });
  for (const one of telemetry) one.emit("sync_completed", { ...app, durationMs: 5 });
  expect(await of("alumiini_cluster_info")).toEqual(
    ["cluster-0", "cluster-1", "cluster-2", "_other"].map((id) => `alumiini_cluster_info{cluster_id="${id}"}`),
  );
});
