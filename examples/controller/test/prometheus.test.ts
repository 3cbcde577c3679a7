import { join } from "node:path";
import { defineSlos, ruleGroups, rulesYaml } from "@alumiini/prometheus/rules";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { type PrometheusServer, property, startPrometheus } from "@alumiini-internal/test-support/prometheus-server";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it, onTestFinished } from "vitest";
import { panelQueries } from "../../../packages/prometheus/test/queries.js";
import { LocalRemote } from "../src/demo/local-remote.js";
import { loggedUrl, start } from "./program.js";
import { configMapYaml, RUNNING, temporaryDirectory } from "./support.js";

const PATIENCE_MS = 60_000;

/**
 * What a controller without sinks, in which nothing has failed, drifted or been deployed twice, has nothing
 * to say of. A histogram's first value is no increase.
 */
const NOT_YET = / > 0|sink|series_dropped|recovery|lead_time|deployments|apply-latency/;

/** The rules as shipped, but for the waiting: promtool tests that part, in simulated time. */
function promptRules(): string {
  const slos = defineSlos({ staleAfterSeconds: 10 });
  const groups = ruleGroups({ slos, evaluationSeconds: 5 }).map((group) => ({
    ...group,
    rules: group.rules.map((rule) => {
      if (!("alert" in rule)) return rule;
      const expr = rule.alert === "AlumiiniMetricsAbsent" ? rule.expr.replace("[2m]", "[10s]") : rule.expr;
      return { ...rule, expr, for: "1s", keep_firing_for: "1s" };
    }),
  }));
  return rulesYaml(groups);
}

/** Names of the alerts that Prometheus' API shows as firing. */
async function firing(prometheus: PrometheusServer): Promise<string[]> {
  const alerts = property(property(await prometheus.api("alerts"), "data"), "alerts");
  if (!Array.isArray(alerts)) throw new Error("no answer of Prometheus");
  return alerts
    .filter((alert: unknown) => property(alert, "state") === "firing")
    .map((alert: unknown) => String(property(property(alert, "labels"), "alertname")));
}

describe("a real Prometheus that watches the controller", () => {
  it("fires when the remote breaks, ends when it is back, and fires when the controller is gone", {
    timeout: 4 * PATIENCE_MS,
  }, async (context) => {
    needProgram(context, "prometheus");
    const directory = await temporaryDirectory();
    const files = { "app.yaml": configMapYaml("app") };
    const remote = await LocalRemote.create(join(directory, "shop.git"), files, RUNNING);
    const places = ["--target", join(directory, "cluster"), "--data", join(directory, "data")];
    const intervals = ["--poll-interval", "1s", "--reconcile-interval", "1h"];
    const controller = start("controller", ["--repo", remote.url, ...places, ...intervals, "--port", "0"]);
    const url = await loggedUrl(controller);
    const prometheus = await startPrometheus(new URL(url).host, { rules: promptRules() });
    onTestFinished(prometheus.stop);
    const fires = (name: string) => expect.poll(() => firing(prometheus), { interval: 500 }).toContain(name);
    const ended = (name: string) => expect.poll(() => firing(prometheus), { interval: 500 }).not.toContain(name);

    const synced = 'sum(increase(alumiini_syncs_total{outcome="success"}[1m])) > 3';
    await until(async () => (await prometheus.query(synced)).length > 0, PATIENCE_MS);
    // Before the first scrape there was no controller.
    await expect.poll(() => firing(prometheus), { interval: 500 }).toEqual([]);

    const unanswered = async () => {
      const expressions: string[] = [];
      for (const { where, expr } of panelQueries("shop")) {
        const answer = await prometheus.api("query", { query: expr });
        expect(property(answer, "status"), `${where}: ${expr}`).toBe("success");
        const result = property(property(answer, "data"), "result");
        if (Array.isArray(result) && result.length === 0) expressions.push(expr);
      }
      return expressions.filter((expr) => !NOT_YET.test(expr));
    };
    // What the recording rules record is there only after they have been evaluated.
    await expect.poll(unanswered, { interval: 500 }).toEqual([]);

    await remote.disconnect();
    await fires("LowSyncSuccessRate");
    await fires("AlumiiniSyncStale");

    await remote.reconnect();
    await ended("AlumiiniSyncStale");

    controller.child.kill("SIGTERM");
    await controller.ended;
    await fires("AlumiiniMetricsAbsent");
  });
});
