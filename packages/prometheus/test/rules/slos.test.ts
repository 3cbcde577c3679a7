import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OptionError } from "@alumiini/core/adapter";
import { METRICS, type MetricDefinition } from "@alumiini/core/metrics";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  DEFAULT_SLOS,
  defineSlos,
  prometheusRuleYaml,
  type RuleOptions,
  ruleGroups,
  rulesYaml,
  type SloOverrides,
} from "../../src/rules/index.js";

/** Name, severity, for and summary of each alert. */
function alerts(options: RuleOptions = {}) {
  return ruleGroups(options).flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule] : [])));
}

describe("defineSlos", () => {
  it("has ADR-004's values unless told otherwise", () => {
    expect(defineSlos()).toEqual(DEFAULT_SLOS);
    const slos = defineSlos({ syncLatency: { alertAboveMs: 120_000 }, staleAfterSeconds: 7200 });
    expect(slos.syncLatency).toEqual({ objective: 0.99, thresholdMs: 30_000, alertAboveMs: 120_000 });
    expect(slos.staleAfterSeconds).toBe(7200);
  });

  it.each<[SloOverrides, string, string]>([
    [{ syncLatency: { thresholdMs: 45_000 } }, "syncLatency.thresholdMs", "45000; it must be one of the bucket bounds"],
    [
      { syncLatency: { alertAboveMs: 600_000 } },
      "syncLatency.alertAboveMs",
      "600000; it must be one of the bucket bounds, but",
    ],
    [{ applyLatency: { objective: 99 } }, "applyLatency.objective", "99; it must be a number above 0 and below 1"],
    [{ syncSuccess: { alertBelow: 0 } }, "syncSuccess.alertBelow", "0; it must be a number above 0 and below 1"],
    [{ staleAfterSeconds: Number.NaN }, "staleAfterSeconds", "NaN; it must be a whole number of 1 or more"],
    [{ stuckAfterSeconds: 90.5 }, "stuckAfterSeconds", "90.5; it must be a whole number of 1 or more"],
    [{ failingSyncs: 0 }, "failingSyncs", "0; it must be a whole number of 1 or more"],
    [{ workerMemory: { alertAbove: -1 } }, "workerMemory.alertAbove", "-1; it must be a number above 0"],
    [
      { workerMemory: { objective: Number.POSITIVE_INFINITY } },
      "workerMemory.objective",
      "it must be a number above 0",
    ],
  ])("refuses %j", (overrides, option, problem) => {
    expect(() => defineSlos(overrides)).toThrow(OptionError);
    expect(() => defineSlos(overrides)).toThrow(expect.objectContaining({ factory: "defineSlos", option }));
    expect(() => defineSlos(overrides)).toThrow(problem);
  });

  it("refuses a name that there is none of, with the nearest", () => {
    const misspelt: object = { staleAfterSecond: 60 };
    expect(() => defineSlos(misspelt)).toThrow(
      'option "staleAfterSecond" is unknown; did you mean "staleAfterSeconds"?',
    );
  });
});

describe("the alerts", () => {
  it("have the ADR's four names, severities, times and summaries, in its group", () => {
    const group = ruleGroups().find(({ name }) => name === "alumiini_alerts");
    const four = (group?.rules ?? [])
      .slice(0, 4)
      .flatMap((rule) =>
        "alert" in rule ? [[rule.alert, rule.labels.severity, rule.for, rule.annotations.summary]] : [],
      );
    expect(four).toEqual([
      ["HighSyncLatency", "warning", "5m", "Sync latency p99 exceeds 60s"],
      ["LowSyncSuccessRate", "critical", "5m", "Sync success rate below 95%"],
      ["HighWorkerRestarts", "warning", "5m", "Worker restart rate exceeds 3/hour"],
      ["LowCacheHitRate", "warning", "10m", "Cache hit rate below 60%"],
    ]);
  });

  it("are all that the objectives need", () => {
    expect([...new Set(alerts().map(({ alert }) => alert))].slice(4)).toEqual([
      "AlumiiniGitFetchLatencyHigh",
      "AlumiiniApplyLatencyHigh",
      "AlumiiniWorkerMemoryHigh",
      "AlumiiniRepoSyncFailing",
      "AlumiiniRepoSyncFlapping",
      "AlumiiniSyncStale",
      "AlumiiniSyncStuck",
      "AlumiiniRepoOutOfSync",
      "AlumiiniDriftPersists",
      "AlumiiniSinkDeliveryFailing",
      "AlumiiniSinkBacklogOld",
      "AlumiiniOutboxDegraded",
      "AlumiiniOutboxDataLost",
      "AlumiiniDeadLetters",
      "AlumiiniIngestSourceRefused",
      "AlumiiniIngestNotStoring",
      "AlumiiniControllerRestarting",
      "AlumiiniNoLeader",
      "AlumiiniTwoLeaders",
      "AlumiiniClustersMerged",
      "AlumiiniLabelLimitReached",
      "AlumiiniMetricsAbsent",
      "AlumiiniSLOErrorBudgetBurn",
    ]);
  });

  it("say what they mean with thresholds of one's own", () => {
    const slos = defineSlos({ syncLatency: { alertAboveMs: 120_000 }, syncSuccess: { alertBelow: 0.9 } });
    const summaries = alerts({ slos }).map(({ annotations }) => annotations.summary);
    expect(summaries).toContain("Sync latency p99 exceeds 2m");
    expect(summaries).toContain("Sync success rate below 90%");
  });

  it("leave out burn rates that a large budget can't reach", () => {
    const burning = (objective: number) =>
      alerts({ slos: defineSlos({ syncSuccess: { objective } }) })
        .filter(({ labels }) => labels["slo"] === "sync-success")
        .map(({ expr, labels }) => [labels.severity, expr.split("\nor\n").length]);
    expect(burning(0.99)).toEqual([
      ["critical", 2],
      ["warning", 2],
    ]);
    expect(burning(0.9)).toEqual([
      ["critical", 1],
      ["warning", 2],
    ]);
    expect(burning(0.8)).toEqual([["warning", 2]]);
  });

  it("carry labels, matchers and runbooks of one's own", () => {
    const options = {
      labels: { team: "platform" },
      selector: 'job="gitops"',
      runbookBaseUrl: "https://wiki/runbooks/",
    };
    for (const { alert, labels, annotations } of alerts(options)) {
      expect(labels["team"]).toBe("platform");
      expect(annotations.runbook_url).toBe(`https://wiki/runbooks/${alert}.md`);
    }
    const expressions = ruleGroups(options).flatMap(({ rules }) => rules.map(({ expr }) => expr));
    const selectors = expressions.flatMap((expr) => expr.match(/\balumiini_[a-z_]+(\{[^}]*\})?/g) ?? []);
    expect(selectors.filter((selector) => !selector.includes('job="gitops"'))).toEqual([]);
  });

  it("refuse what is no label", () => {
    expect(() => ruleGroups({ labels: { "a-b": "c" } })).toThrow('option "labels.a-b" is not a valid label name');
    expect(() => ruleGroups({ by: ["cluster}"] })).toThrow('option "by" is');
    expect(() => ruleGroups({ evaluationSeconds: 0 })).toThrow("it must be a whole number from 5 to 60");
  });

  it.each(['{job="a"}', ',job="a"', "job=a", 'job="a",', 'job="a" team="b"', 'job="a"} or up{x="'])(
    "refuse %j as a selector",
    (selector) => {
      expect(() => ruleGroups({ selector })).toThrow('it must be label matchers, such as job="gitops"');
    },
  );

  it.each(["", 'job="a"', `job =~ "a|\\"b" , team!='c'`])("take %j as a selector", (selector) => {
    expect(ruleGroups({ selector })).not.toEqual([]);
  });
});

describe("labels that the user opts into", () => {
  const options: RuleOptions = { by: ["job"], optInLabels: ["repo_namespace", "cluster"] };

  it("tell repositories and installations apart, and name both", () => {
    const failing = alerts(options).find(({ alert }) => alert === "AlumiiniRepoSyncFailing");
    expect(failing?.expr).toContain("by (cluster, job, repo_name, repo_namespace)");
    expect(failing?.annotations.description).toContain("{{ $labels.repo_namespace }}/{{ $labels.repo_name }}");
  });

  it("are in every rule over repositories", () => {
    const expressions = ruleGroups(options).flatMap(({ rules }) => rules.map(({ expr }) => expr));
    const groupings = expressions.flatMap((expr) => expr.match(/\b(by|on) \([^)]*repo_name[^)]*\)/g) ?? []);
    expect(groupings.length).toBeGreaterThan(10);
    expect(groupings.filter((grouping) => !/cluster, job, repo_name, repo_namespace/.test(grouping))).toEqual([]);
  });

  it("are not named twice", () => {
    expect(rulesYaml(ruleGroups({ optInLabels: ["cluster"] }))).toBe(rulesYaml(ruleGroups()));
  });
});

describe.each(["milliseconds", "seconds"] as const)("the rules in %s", (durationUnit) => {
  const yaml = rulesYaml(ruleGroups({ durationUnit }));

  it("satisfy promtool check rules --lint=all", (context) => {
    needProgram(context, "promtool");
    const directory = mkdtempSync(join(tmpdir(), "promtool-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "rules.yaml"), yaml);
    const output = execFileSync("promtool", ["check", "rules", "--lint=all", join(directory, "rules.yaml")], {
      encoding: "utf8",
    });
    const rules = ruleGroups({ durationUnit }).flatMap((group) => group.rules);
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it("name metrics of the catalogue only, in that unit", () => {
    const definitions: readonly MetricDefinition[] = METRICS;
    const known = new Set(definitions.map(({ name }) => name.replace("milliseconds", durationUnit)));
    const used = new Set(
      (yaml.match(/\balumiini_[a-z_]+(?=[{)[ ])/g) ?? []).map((n) => n.replace(/_(bucket|count)$/, "")),
    );
    // The counter of @alumiini/ingest, which has no place in the catalogue.
    known.add("alumiini_ingest_deliveries_total");
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
  });
});

it("the PrometheusRule manifest holds the same groups", () => {
  const manifest = prometheusRuleYaml(ruleGroups(), {
    name: "gitops",
    namespace: "monitoring",
    labels: { release: "p" },
  });
  expect(manifest).toMatch(
    /^apiVersion: monitoring\.coreos\.com\/v1\nkind: PrometheusRule\nmetadata:\n {2}name: gitops\n/,
  );
  expect(manifest).toContain("  namespace: monitoring\n  labels:\n    release: p\nspec:\n  groups:\n");
  expect(manifest).toContain("        - alert: LowSyncSuccessRate\n");
});
