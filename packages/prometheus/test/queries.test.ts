import { createTelemetry } from "@alumiini/core";
import { DELIVERY_BUCKETS } from "@alumiini/core/metrics";
import { type HttpTarget, serve } from "@alumiini-internal/test-support/http-target";
import { isInstalled, needProgram } from "@alumiini-internal/test-support/programs";
import { type PrometheusServer, property, startPrometheus } from "@alumiini-internal/test-support/prometheus-server";
import { collectDefaultMetrics, Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { metricsHandler, prometheusSubscriber } from "../src/index.js";
import { type RuleGroup, ruleGroups, rulesYaml } from "../src/rules/index.js";
import { groupingsOf, panelQueries, runbookQueries, selectorsOf } from "./queries.js";

const app = { repoName: "my-app", namespace: "team-a", trigger: "poll", branch: "main" } as const;

/** A controller that does everything, again and again, so that every series there can be grows. */
function busyController(register: Registry): NodeJS.Timeout {
  let round = 0;
  const stats = () => ({
    delivered: round * 9,
    dropped: { overflow: round },
    retries: round,
    pending: 3,
    oldestPendingMs: 1000 * round,
    outbox: { pending: 3, bytes: 1000 * round, degraded: false, corrupt: round, lost: round, deadLetters: round },
    durations: { bounds: DELIVERY_BUCKETS, counts: [0, 0, 0, round * 9, ...Array(13).fill(0)], sum: round * 45 },
  });
  collectDefaultMetrics({ register });
  const telemetry = createTelemetry({ clusterId: "prod" });
  const sinks = [{ name: "nats", stats }];
  telemetry.subscribe(prometheusSubscriber({ register, sinks, maxLabelValues: 2, version: "1.2.3" }));
  const act = () => {
    round++;
    const commit = `c${round}`;
    telemetry.measure("leadership", { leader: true });
    telemetry.measure("worker_count", { count: 1 });
    telemetry.emit("sync_failed", { ...app, repoName: "broken", durationMs: 500, errorType: "git_error" });
    // Some scrapes see it fail, others that it recovered.
    const flaky = { ...app, repoName: "flaky", durationMs: 500 };
    if (round % 6 < 3) telemetry.emit("sync_failed", { ...flaky, errorType: "git_error" });
    else telemetry.emit("sync_completed", flaky);
    telemetry.measure("worker_restart", app);
    telemetry.measure("suspension", { ...app, suspended: false });
    telemetry.measure("worker_memory", { ...app, bytes: 1e6 + round });
    for (const queue of ["a", "b", "c"]) telemetry.measure("queue_depth", { queue, depth: round });
    for (const result of ["hit", "miss"] as const) telemetry.measure("cache_access", { cacheName: "commits", result });
    telemetry.emit("webhook_received", { ...app, provider: "github" });
    telemetry.emit("sync_started", { ...app, syncId: "hangs" });
    telemetry.emit("git_fetched", { ...app, commit, durationMs: 300 });
    telemetry.emit("git_fetched", { ...app, durationMs: 300, errorType: "git_timeout" });
    telemetry.emit("apply_failed", { ...app, durationMs: 40, errorType: "conflict" });
    telemetry.emit("sync_failed", { ...app, commit, durationMs: 500, errorType: "apply_error" });
    telemetry.emit("worker_stopped", { ...app, errorType: "worker_error" });
    telemetry.emit("drift_detected", { ...app, resourceKey: `Pod/a/${round}` });
    telemetry.emit("drift_corrected", { ...app, resourceKey: `Pod/a/${round}` });
    telemetry.emit("apply_completed", { ...app, durationMs: 40, resources: [{ kind: "Pod", name: "p" }] });
    telemetry.emit("sync_completed", { ...app, commit, durationMs: 900 });
    telemetry.emit("sync_started", { ...app, syncId: "under way" });
  };
  act();
  return setInterval(act, 500);
}

/** Groups that are evaluated as often as Prometheus does by default: here every second. */
function promptly(groups: readonly RuleGroup[]): readonly RuleGroup[] {
  return groups.map(({ name, rules }) => ({ name, rules }));
}

describe("every query", () => {
  const register = new Registry();
  let target: HttpTarget;
  let busy: NodeJS.Timeout;
  let prometheus: PrometheusServer | undefined;

  beforeAll(async () => {
    busy = busyController(register);
    target = await serve(metricsHandler({ register }));
    if (!isInstalled("prometheus")) return;
    prometheus = await startPrometheus(target.address, { rules: rulesYaml(promptly(ruleGroups())) });
    // Everything that is shown over windows needs a few scrapes, and indicators an evaluation besides.
    const ready =
      'count(alumiini:slo_error:ratio_rate3d{slo=~"sync-success|[a-z-]+-latency"}) == 4 and on () count_over_time(up[1m]) > 8';
    await vi.waitFor(async () => expect(await prometheus?.query(ready)).toEqual([4]), {
      timeout: 100_000,
      interval: 500,
    });
  });
  afterAll(async () => {
    clearInterval(busy);
    await prometheus?.stop();
    await target.close();
  });

  it.for(panelQueries("my-app"))("of a panel has an answer: $where", async ({ expr }, context) => {
    needProgram(context, "prometheus");
    // A scrape that failed, as on a busy machine, leaves no answer until the next.
    const hasAnswer = async () => ({ ...(await ask(expr)), expr });
    await expect.poll(hasAnswer).toMatchObject({ error: undefined, results: expect.toSatisfy((count) => count > 0) });
  });

  it.for(runbookQueries())("of a runbook is one: $where", async ({ expr }, context) => {
    needProgram(context, "prometheus");
    expect((await ask(expr)).error).toBeUndefined();
  });

  it("selects metrics and labels that a real scrape has", async (context) => {
    needProgram(context, "prometheus");
    const rules = ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr));
    const shown = [...panelQueries("my-app"), ...runbookQueries()].map(({ expr }) => expr);
    const known = await knownLabels();
    const unknown = [...rules, ...shown].flatMap((expr) =>
      selectorsOf(expr).flatMap(({ metric, labels }) => {
        const has = known.get(metric);
        // What @alumiini/ingest exposes is no metric of this package.
        if (has === undefined) return metric.startsWith("alumiini_ingest_") ? [] : [metric];
        // What tells installations apart comes with the target, in the operator's scrape configuration.
        return labels
          .filter((label) => !has.has(label) && !OF_THE_TARGET.has(label))
          .map((label) => `${metric}.${label}`);
      }),
    );
    expect([...new Set(unknown)]).toEqual([]);
    const everyLabel = new Set([...known.values()].flatMap((labels) => [...labels]));
    everyLabel.add("source"); // Of what @alumiini/ingest exposes.
    const groupings = new Set([...rules, ...shown].flatMap(groupingsOf));
    expect([...groupings].filter((label) => !everyLabel.has(label) && !OF_THE_TARGET.has(label))).toEqual([]);
  });

  const OF_THE_TARGET = new Set(["cluster", "namespace", "job", "instance"]);

  async function ask(expr: string): Promise<{ readonly error: unknown; readonly results: number }> {
    const answer = await prometheus?.api("query", { query: expr });
    const result = property(property(answer, "data"), "result");
    return { error: property(answer, "error"), results: Array.isArray(result) ? result.length : 0 };
  }

  /** The labels that each metric has in Prometheus. */
  async function knownLabels(): Promise<Map<string, Set<string>>> {
    const series = property(await prometheus?.api("series", { "match[]": '{__name__=~"alumiini.*"}' }), "data");
    const known = new Map<string, Set<string>>();
    for (const labels of Array.isArray(series) ? series : []) {
      const name = String(property(labels, "__name__"));
      const names = known.get(name) ?? new Set<string>();
      for (const label of Object.keys(Object(labels))) names.add(label);
      known.set(name, names);
    }
    return known;
  }
});
