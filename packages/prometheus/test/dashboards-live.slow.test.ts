import { createTelemetry, type Telemetry } from "@alumiini/core";
import { type HttpTarget, serve } from "@alumiini-internal/test-support/http-target";
import { isInstalled, needProgram } from "@alumiini-internal/test-support/programs";
import { type PrometheusServer, property, startPrometheus } from "@alumiini-internal/test-support/prometheus-server";
import { collectDefaultMetrics, Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { dashboards } from "../src/dashboards/index.js";
import { metricsHandler, type PrometheusOptions, prometheusSubscriber } from "../src/index.js";
import { ruleGroups, rulesYaml } from "../src/rules/index.js";
import { annotationsOf, listOf, queriesOf } from "./queries.js";

const REPOSITORIES = 1500;

interface Installation {
  readonly telemetry: Telemetry;
  readonly target: HttpTarget;
}

async function install(clusterId: string, options: PrometheusOptions): Promise<Installation> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const telemetry = createTelemetry({ clusterId });
  telemetry.subscribe(prometheusSubscriber({ ...options, register }));
  return { telemetry, target: await serve(metricsHandler({ register })) };
}

const app = (repoName: string, namespace = "team-a") => ({ repoName, namespace, branch: "main" }) as const;

function succeed(telemetry: Telemetry, repoName: string, namespace?: string): void {
  telemetry.emit("sync_completed", { ...app(repoName, namespace), trigger: "poll", commit: "c1", durationMs: 900 });
}

function fail(telemetry: Telemetry, times: number, repoName: string, namespace?: string): void {
  const error = { trigger: "webhook", durationMs: 5, errorType: "git_error" } as const;
  for (let time = 0; time < times; time++) telemetry.emit("sync_failed", { ...app(repoName, namespace), ...error });
}

/** Two installations with what a query could mix up. */
function play(eu: Telemetry, us: Telemetry): void {
  for (let index = 0; index < REPOSITORIES; index++) succeed(eu, `app-${index}`);
  // One name in two namespaces: one of them always fails.
  succeed(eu, "twin", "team-a");
  fail(eu, 4, "twin", "team-b");
  // One name in two clusters: suspended in one, failing in the other.
  succeed(eu, "shared");
  eu.measure("suspension", { repoName: "shared", namespace: "team-a", suspended: true });
  fail(us, 3, "shared");
  succeed(us, "app-1");
  us.emit("git_fetched", { ...app("app-1"), commit: "c2", durationMs: 5 });
}

/** The values that a query answers with, by the values of these labels. Fails where two rows have the same. */
async function answer(prometheus: PrometheusServer | undefined, expr: string, labels: readonly string[]) {
  const asked = await prometheus?.api("query", { query: expr });
  expect(property(asked, "error"), expr).toBeUndefined();
  const rows = listOf(property(asked, "data"), "result").map((row) => {
    const key = labels.map((label) => property(property(row, "metric"), label) ?? "").join();
    const value = property(row, "value");
    return [key, Number(Array.isArray(value) ? value[1] : Number.NaN)] as const;
  });
  expect(new Set(rows.map(([key]) => key)).size, `rows of ${expr}`).toBe(rows.length);
  return Object.fromEntries(rows);
}

describe.each([
  { name: "labels of the targets", optInLabels: [] },
  { name: "opt-in labels", optInLabels: ["cluster", "repo_namespace", "commit"] },
] as const)("dashboards of two clusters and 1,500 repositories, told apart by $name", ({ optInLabels }) => {
  const isOptIn = optInLabels.length > 0;
  const made = dashboards({ optInLabels });
  const shown = queriesOf(made, "shared|twin");
  let installations: Installation[] = [];
  let prometheus: PrometheusServer | undefined;

  beforeAll(async () => {
    if (!isInstalled("prometheus")) return;
    const [eu, us] = [await install("eu", { optInLabels }), await install("us", { optInLabels })];
    installations = [eu, us];
    play(eu.telemetry, us.telemetry);
    const target = ({ target: { address } }: Installation, cluster: string) => {
      return { address, labels: isOptIn ? {} : { cluster, namespace: "gitops" } };
    };
    const rules = rulesYaml(ruleGroups({ optInLabels }));
    prometheus = await startPrometheus(target(eu, "eu"), { targets: [target(us, "us")], interval: 5, rules });
    await vi.waitFor(async () => expect(await prometheus?.query("count(up == 1)")).toEqual([2]), {
      timeout: 100_000,
      interval: 500,
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    for (const { target } of installations) await target.close();
  });

  const exprOf = (title: string, index = 0) =>
    shown.filter(({ where }) => where.endsWith(`: ${title}`))[index]?.expr ?? "";
  const value = async (title: string) => Object.values(await answer(prometheus, exprOf(title), []))[0];
  const labels = isOptIn ? ["cluster", "repo_namespace", "repo_name"] : ["cluster", "repo_name"];
  const key = (cluster: string, name: string, namespace = "team-a") =>
    isOptIn ? `${cluster},${namespace},${name}` : `${cluster},${name}`;
  // The twins share a row unless their namespace is opted into.
  const all = REPOSITORIES + 4 + (isOptIn ? 1 : 0);

  it("count each repository once, and those in trouble", async (context) => {
    needProgram(context, "prometheus");
    const titles = ["Repositories", "Failing", "Suspended", "Out of sync", "Stale"];
    const counts = Object.fromEntries(await Promise.all(titles.map(async (title) => [title, await value(title)])));
    // Stale are those that never succeeded: twin of team-b, and shared of us.
    expect(counts).toEqual({ Repositories: all, Failing: 2, Suspended: 1, "Out of sync": 1, Stale: 2 });
  });

  it("show a row for each repository, the same in each column, with the state of the worst", async (context) => {
    needProgram(context, "prometheus");
    const table = "Repositories, the worst first";
    const state = await answer(prometheus, exprOf(table, 0), labels);
    expect(Object.keys(state)).toHaveLength(all);
    expect(state).toMatchObject({
      [key("eu", "app-0")]: 0,
      [key("eu", "app-1")]: 0,
      [key("us", "app-1")]: 1,
      [key("eu", "twin", "team-b")]: 2,
      [key("us", "shared")]: 2,
      [key("eu", "shared")]: 3,
    });
    if (isOptIn) expect(state[key("eu", "twin")]).toBe(0);
    expect(await answer(prometheus, exprOf(table, 2), labels)).toEqual({
      [key("eu", "twin", "team-b")]: 4,
      [key("us", "shared")]: 3,
    });
    for (const column of [3, 4]) {
      const shownRows = Object.keys(await answer(prometheus, exprOf(table, column), labels));
      expect(shownRows.sort()).toEqual(Object.keys(state).sort());
    }
    const ends = ["cluster", "repo_name", "outcome", "error_type", "trigger"];
    const ended = Object.keys(await answer(prometheus, exprOf(table, 3), isOptIn ? [...ends, "repo_namespace"] : ends));
    const rest = isOptIn ? ",team-a" : "";
    expect(ended).toContain(`us,shared,failure,git_error,webhook${rest}`);
    expect(ended).toContain(`eu,shared,success,none,poll${rest}`);
    if (!isOptIn) return;
    const revision = ["cluster", "repo_namespace", "repo_name", "branch", "commit"];
    expect(Object.keys(await answer(prometheus, exprOf(table, 4), revision))).toContain("us,team-a,app-1,main,c1");
  });

  it("of one repository keep its installations apart", async (context) => {
    needProgram(context, "prometheus");
    const failures = await answer(prometheus, exprOf("Failures in a row"), labels);
    expect(failures).toMatchObject({ [key("us", "shared")]: 3, [key("eu", "shared")]: 0 });
    const suspended = await answer(prometheus, exprOf("Suspended", 1), labels);
    expect(suspended).toMatchObject({ [key("eu", "shared")]: 1, [key("us", "shared")]: 0 });
  });

  it("have processes of controllers alone, one line for each", async (context) => {
    needProgram(context, "prometheus");
    for (const title of ["Memory", "Event loop lag, p99", "Scrapes"]) {
      expect(Object.keys(await answer(prometheus, exprOf(title), ["instance"]))).toHaveLength(2);
    }
    expect(await answer(prometheus, exprOf("Clusters"), ["cluster_id"])).toEqual({ eu: 1, us: 1 });
  });

  it("ask nothing that Prometheus refuses, in panels and annotations", async (context) => {
    needProgram(context, "prometheus");
    for (const { expr } of [...shown, ...annotationsOf(made, "shared")]) {
      expect(property(await prometheus?.api("query", { query: expr }), "error"), expr).toBeUndefined();
    }
  });
});
