import { createTelemetry } from "@alumiini/core";
import { prometheusSubscriber } from "@alumiini/prometheus";
import { Counter, Histogram, Registry } from "prom-client";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";

/** What a sync costs that counts in the two sync metrics. */
export function emitPrometheus(): Benchmark {
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe(prometheusSubscriber({ register: new Registry() }));

  const registers = [new Registry()];
  const counter = new Counter({
    name: "syncs_total",
    help: "Total syncs",
    labelNames: ["repo_name", "trigger", "outcome"],
    registers,
  });
  const histogram = new Histogram({
    name: "sync_duration_milliseconds",
    help: "Sync duration",
    labelNames: ["repo_name", "trigger"],
    buckets: [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000],
    registers,
  });

  const ourSync = syncsInTurn();
  const theirSync = syncsInTurn();
  return {
    name: "emit-prometheus",
    title: "emit to Prometheus metrics",
    target: 1,
    ours: { name: "telemetry.emit", run: () => telemetry.emit("sync_completed", ourSync()) },
    alternative: {
      name: "prom-client counter.inc + histogram.observe",
      run: () => {
        const { repoName, trigger, durationMs } = theirSync();
        counter.inc({ repo_name: repoName, trigger, outcome: "success" });
        histogram.observe({ repo_name: repoName, trigger }, durationMs);
      },
    },
    verify: () => {
      const { accepted, delivered } = telemetry.stats().subscribers[0] ?? { accepted: 0, delivered: 0 };
      verifyThat(delivered > 0 && delivered === accepted, "every event was recorded");
    },
  };
}
