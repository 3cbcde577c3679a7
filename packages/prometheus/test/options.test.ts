import { createTelemetry } from "@alumiini/core";
import { OptionError } from "@alumiini/core/adapter";
import { DELIVERY_BUCKETS } from "@alumiini/core/metrics";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { type PrometheusOptions, prometheusSubscriber } from "../src/index.js";
import { scrape, scrapeRecorded } from "./exposition.js";
import { runScenario, telemetryOn } from "./scenario.js";

const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;

async function samplesWith(options: PrometheusOptions): Promise<Record<string, number>> {
  const register = new Registry();
  runScenario(telemetryOn(register, options));
  return scrape(register);
}

describe("durationUnit", () => {
  it("seconds changes names, bounds and values together", async () => {
    const samples = await samplesWith({ durationUnit: "seconds" });
    expect(Object.keys(samples).filter((series) => series.includes("milliseconds"))).toEqual([]);
    const labels = 'repo_name="my-app",trigger="webhook"';
    expect(samples[`alumiini_sync_duration_seconds_sum{${labels}}`]).toBeCloseTo(0.201);
    expect(samples[`alumiini_sync_duration_seconds_bucket{le="0.1",${labels}}`]).toBe(1);
    expect(samples[`alumiini_sync_duration_seconds_bucket{le="0.25",${labels}}`]).toBe(2);
  });

  it("is one of two", () => {
    const durationUnit: string = "minutes";
    const options = { register: new Registry(), durationUnit } as PrometheusOptions;
    expect(() => prometheusSubscriber(options)).toThrow(
      'prometheusSubscriber: option "durationUnit" is "minutes"; it must be "milliseconds" or "seconds"',
    );
  });
});

describe("labels", () => {
  it("are on every series, escaped", async () => {
    const samples = await samplesWith({ labels: { cluster: 'a"b' } });
    expect(Object.keys(samples).filter((series) => !series.includes('cluster="a\\"b"'))).toEqual([]);
  });

  it.each(["repo_name", "le", "__name__", "a-b", ""])("can't be named %j", (name) => {
    expect(() => prometheusSubscriber({ register: new Registry(), labels: { [name]: "x" } })).toThrow(OptionError);
  });
});

describe("optInLabels", () => {
  it("add namespace and branch to the metrics of repositories, measurements and derived ones included", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { optInLabels: ["branch", "repo_namespace"] });
    telemetry.emit("sync_completed", { ...app, branch: "main", commit: "a1", durationMs: 5 });
    telemetry.emit("sync_completed", { ...app, commit: "b2", durationMs: 5 });
    telemetry.measure("worker_restart", { repoName: "my-app" });
    telemetry.measure("queue_depth", { queue: "q", depth: 1 });
    const samples = await scrapeRecorded(register);
    const place = 'repo_namespace="team-a",branch="main"';
    expect(samples).toMatchObject({
      [`alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success",${place}}`]: 2,
      [`alumiini_workers_restarts_total{repo_name="my-app",${place}}`]: 1,
      [`alumiini_deployments_total{repo_name="my-app",outcome="success",${place}}`]: 2,
      'alumiini_repo_info{repo_name="my-app",branch="main",namespace="team-a",repo_namespace="team-a"}': 1,
      'alumiini_queue_depth{queue="q"}': 1,
    });
  });

  it("with repo_namespace keep repositories of one name apart", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { optInLabels: ["repo_namespace"] });
    telemetry.emit("apply_failed", { ...app, durationMs: 5, errorType: "conflict" });
    telemetry.emit("sync_completed", { ...app, namespace: "team-b", durationMs: 5 });
    const samples = await scrape(register);
    expect(samples['alumiini_repo_out_of_sync{repo_name="my-app",repo_namespace="team-a"}']).toBe(1);
    expect(samples['alumiini_repo_out_of_sync{repo_name="my-app",repo_namespace="team-b"}']).toBe(0);
  });

  it("with commit show the deployed one, and no other, on repo_info alone", async () => {
    const register = new Registry();
    const telemetry = telemetryOn(register, { optInLabels: ["commit"] });
    for (const commit of ["a1", "b2"]) telemetry.emit("sync_completed", { ...app, commit, durationMs: 5 });
    const withCommit = Object.keys(await scrape(register)).filter((series) => series.includes("commit="));
    expect(withCommit).toEqual([
      'alumiini_repo_info{repo_name="my-app",branch="unknown",namespace="team-a",commit="b2"}',
    ]);
  });

  it("must exist", () => {
    const label: string = "owner";
    const options = { register: new Registry(), optInLabels: [label] } as PrometheusOptions;
    expect(() => prometheusSubscriber(options)).toThrow(
      'it must be a list of "repo_namespace", "branch", "commit" or "cluster"',
    );
  });
});

describe("errorTypes", () => {
  it("are closed: what nobody asked for is other", async () => {
    const register = new Registry();
    const telemetry = createTelemetry({ clusterId: "prod-us-east" });
    telemetry.subscribe(prometheusSubscriber({ register, errorTypes: ["quota"] }));
    for (const errorType of ["quota", "git_timeout", "hostile-1", "hostile-2"]) {
      telemetry.measure("error", { repoName: "my-app", errorType });
    }
    expect(await scrapeRecorded(register)).toEqual({
      'alumiini_errors_total{repo_name="my-app",error_type="quota"}': 1,
      'alumiini_errors_total{repo_name="my-app",error_type="git_timeout"}': 1,
      'alumiini_errors_total{repo_name="my-app",error_type="other"}': 2,
    });
  });
});

describe("sinks", () => {
  const stats = {
    delivered: 7,
    dropped: { overflow: 2, rejected: 1 },
    retries: 4,
    pending: 3,
    durations: { bounds: DELIVERY_BUCKETS, counts: [4, 0, 2, ...Array(12).fill(0), 1, 1], sum: 690_010 },
  };

  it("are read at each scrape; two of one name are kept apart", async () => {
    const register = new Registry();
    const sink = { name: "nats", stats: () => stats };
    prometheusSubscriber({ register, sinks: [sink, { ...sink }] });
    prometheusSubscriber({ register, sinks: [sink] });
    expect(await scrape(register)).toMatchObject({
      'alumiini_sink_deliveries_total{sink="nats",outcome="success"}': 7,
      'alumiini_sink_deliveries_total{sink="nats",outcome="failure"}': 3,
      'alumiini_sink_deliveries_total{sink="nats",outcome="retry"}': 4,
      'alumiini_sink_dropped_total{sink="nats",reason="overflow"}': 2,
      'alumiini_sink_queue_depth{sink="nats"}': 3,
      'alumiini_sink_queue_depth{sink="nats-2"}': 3,
      'alumiini_sink_delivery_duration_milliseconds_bucket{le="5",sink="nats"}': 6,
      'alumiini_sink_delivery_duration_milliseconds_bucket{le="60000",sink="nats"}': 6,
      'alumiini_sink_delivery_duration_milliseconds_bucket{le="600000",sink="nats"}': 7,
      'alumiini_sink_delivery_duration_milliseconds_count{sink="nats"}': 8,
    });
    expect(await scrape(register)).not.toHaveProperty(['alumiini_sink_queue_depth{sink="nats-3"}']);
  });

  it("of another version, with other bounds, have no histogram", async () => {
    const register = new Registry();
    const durations = { bounds: [1, 2], counts: [1, 1, 1], sum: 5 };
    prometheusSubscriber({ register, sinks: [{ name: "old", stats: () => ({ ...stats, durations }) }] });
    const samples = Object.keys(await scrape(register)).filter((series) => series.includes('sink="old"'));
    expect(samples).toContain('alumiini_sink_queue_depth{sink="old"}');
    expect(samples.filter((series) => series.includes("duration"))).toEqual([]);
  });

  it("that can't be read take no others with them", async () => {
    const register = new Registry();
    const broken = {
      name: "broken",
      stats: () => {
        throw new Error("gone");
      },
    };
    prometheusSubscriber({ register, durationUnit: "seconds", sinks: [broken, { name: "nats", stats: () => stats }] });
    const samples = await scrape(register);
    expect(samples).toMatchObject({
      'alumiini_sink_queue_depth{sink="nats"}': 3,
      'alumiini_sink_delivery_duration_seconds_bucket{le="0.005",sink="nats"}': 6,
    });
    expect(Object.keys(samples).filter((series) => series.includes("broken"))).toEqual([]);
  });
});

describe("a wrong option", () => {
  it.each([
    [{ lables: {} }, 'option "lables" is unknown; did you mean "labels"?'],
    [{ sinks: ["nats"] }, 'option "sinks" is a list; it must be a list of sinks, each with a name and stats()'],
    [{ labels: { le: "1" } }, 'option "labels.le" is a label that the metrics have themselves'],
    [{ register: {} }, 'option "register" is an object; it must be a registry of prom-client'],
  ])("%j is refused, and nothing is registered", (wrong, message) => {
    const register = new Registry();
    const options: object = { register, ...wrong };
    expect(() => prometheusSubscriber(options)).toThrow(`prometheusSubscriber: ${message}`);
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});
