import { createTelemetry, ERROR_TYPES, TRIGGERS } from "@alumiini/core";
import type { OptInLabel } from "@alumiini/core/metrics";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { prometheusSubscriber, seriesBudget } from "../src/index.js";
import { scrape } from "./exposition.js";

const KINDS = ["Deployment", "Service", "ConfigMap"];

/** Samples by metric, without those of the process. */
async function samplesByMetric(register: Registry): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const series of Object.keys(await scrape(register))) {
    const metric = series.replace(/(_bucket|_sum|_count)?\{.*/, "");
    if (series.includes("repo_name=")) counts[metric] = (counts[metric] ?? 0) + 1;
  }
  return counts;
}

function budgetOf(which: "atFirst" | "atMost", repositories: number, optInLabels: readonly OptInLabel[]) {
  const { metrics } = seriesBudget({ repositories, kinds: KINDS.length, optInLabels });
  const rows = metrics.map((metric) => [metric.metric, metric[which] * repositories] as const);
  return Object.fromEntries(rows.filter(([, count]) => count > 0));
}

describe.each<readonly OptInLabel[]>([[], ["repo_namespace", "cluster", "branch", "commit"]])(
  "the budget of series, with the opt-in labels %j %j %j %j",
  (...optInLabels) => {
    it("is what a scrape has: when repositories are first seen, and once everything has happened", async () => {
      const register = new Registry();
      const prometheus = prometheusSubscriber({ register, optInLabels });
      const telemetry = createTelemetry({ clusterId: "prod" });
      telemetry.subscribe(prometheus);
      const repositories = ["a", "b", "c"].map((repoName) => ({ repoName, namespace: "team-a" }));
      for (const { repoName, namespace } of repositories) {
        prometheus.registerRepository(repoName, { namespace, clusterId: "prod", branch: "main" });
      }
      expect(await samplesByMetric(register)).toEqual(budgetOf("atFirst", 3, optInLabels));

      for (const app of repositories) {
        const branch = "main";
        telemetry.emit("git_cloned", { ...app, branch, durationMs: 5 });
        for (const [index, trigger] of TRIGGERS.entries()) {
          const commit = `commit-${index}`;
          for (const errorType of ERROR_TYPES) {
            telemetry.emit("sync_failed", { ...app, branch, trigger, commit, durationMs: 5, errorType });
          }
          telemetry.emit("git_fetched", { ...app, branch, commit, durationMs: 5 });
          telemetry.emit("apply_completed", {
            ...app,
            branch,
            durationMs: 5,
            resources: KINDS.map((kind) => ({ kind, name: "web" })),
          });
          telemetry.emit("sync_completed", { ...app, branch, trigger, commit, durationMs: 5 });
        }
        telemetry.measure("worker_memory", { ...app, bytes: 1 });
        telemetry.measure("suspension", { ...app, suspended: false });
      }
      const samples = await samplesByMetric(register);
      // A sync that was cancelled has an outcome that others have not; it is beside the budget, and rare.
      const cancelled = TRIGGERS.length * repositories.length;
      expect({ ...samples, alumiini_syncs_total: (samples["alumiini_syncs_total"] ?? 0) - cancelled }).toEqual(
        budgetOf("atMost", 3, optInLabels),
      );
    });
  },
);
