import { needProgram } from "@alumiini-internal/test-support/programs";
import { property, startPrometheus } from "@alumiini-internal/test-support/prometheus-server";
import { expect, it, vi } from "vitest";
import { type RuleGroup, ruleGroups, rulesYaml } from "../../src/rules/index.js";
import { names, register, sync } from "../rules/fleet.js";
import { Timeline } from "../rules/timeline.js";

const REPOSITORIES = 750;
const MINUTES = 80;
const [HANGS, DRIFTS, BEHIND, CRASHES] = ["app-10", "app-20", "app-30", "app-40"] as const;

/** Alerts that fire as soon as they are true: what has lasted is in what was scraped before. */
function atOnce(groups: readonly RuleGroup[]): readonly RuleGroup[] {
  return groups.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ("alert" in rule ? { ...rule, for: "0s" } : rule)),
  }));
}

it("a live Prometheus names each culprit among 1,500 repositories with equal names in two clusters", async (context) => {
  needProgram(context, "prometheus");
  needProgram(context, "promtool");
  // Simulated times are times of the day, and the last scrape is now: Prometheus takes nothing that is older than its newest
  // block, and nothing is there five minutes after its last sample. To make it must take less than that.
  const begin = Math.floor(Date.now() / 1000) - MINUTES * 60;
  const timeline = new Timeline();
  const replicas = ["prod", "edge"].map((cluster) => timeline.start({ target: { cluster }, clockAheadSeconds: begin }));
  for (const replica of replicas) register(replica, names(REPOSITORIES));
  await timeline.run(MINUTES, (minute) => {
    for (const [index, replica] of replicas.entries()) {
      const { telemetry } = replica;
      const isEdge = index === 1;
      telemetry.measure("leadership", { leader: true });
      if (minute % 5 === 0) {
        for (const name of names(REPOSITORIES))
          if (!isEdge || ![HANGS, BEHIND].some((one) => one === name)) sync(replica, name);
      }
      if (!isEdge) continue;
      const of = (repoName: string) => ({ repoName, namespace: "team-a" });
      if (minute === 2) telemetry.emit("sync_started", { ...of(HANGS), trigger: "poll", syncId: "hangs" });
      if (minute === 2) telemetry.emit("drift_detected", { ...of(DRIFTS), resourceKey: "Pod/a/b" });
      if (minute === 1)
        telemetry.emit("sync_completed", { ...of(BEHIND), trigger: "poll", commit: "a", durationMs: 9 });
      if (minute === 2) telemetry.emit("git_fetched", { ...of(BEHIND), commit: "b", durationMs: 9 });
      if (minute % 10 === 5) telemetry.measure("worker_restart", of(CRASHES));
    }
  });
  const prometheus = await startPrometheus("127.0.0.1:9", {
    past: timeline.openMetrics(begin),
    rules: rulesYaml(atOnce(ruleGroups({ evaluationSeconds: 5 }))),
  });
  try {
    const firing = async () => {
      const answer = await prometheus.api("query", { query: 'ALERTS{alertstate="firing"}' });
      const result = property(property(answer, "data"), "result");
      return (Array.isArray(result) ? result : [])
        .map((series) => property(series, "metric"))
        .map((labels) => ["alertname", "cluster", "repo_name"].map((name) => property(labels, name)).join(" "))
        .sort();
    };
    await vi.waitFor(
      async () =>
        expect(await firing()).toEqual(
          [
            `AlumiiniDriftPersists edge ${DRIFTS}`,
            `AlumiiniSyncStale edge ${BEHIND}`,
            `AlumiiniSyncStuck edge ${HANGS}`,
            `HighWorkerRestarts edge ${CRASHES}`,
          ].sort(),
        ),
      { timeout: 90_000, interval: 1000 },
    );
  } finally {
    await prometheus.stop();
  }
}, 600_000);
