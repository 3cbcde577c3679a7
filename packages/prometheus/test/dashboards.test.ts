import { property } from "@alumiini-internal/test-support/prometheus-server";
import { describe, expect, it } from "vitest";
import { dashboards } from "../src/dashboards/index.js";
import { listOf } from "./queries.js";

const made = Object.entries(dashboards({ durationUnit: "seconds", selector: 'team="a"', by: ["cluster", "job"] })).map(
  ([name, text]): [string, unknown] => [name, JSON.parse(text)],
);

describe.each(made)("%s", (_, dashboard) => {
  const panels = listOf(dashboard, "panels");

  it("gives each panel and row an id of its own, which links point to", () => {
    const ids = panels.map((panel) => property(panel, "id"));
    expect(ids).toEqual(panels.map((_, index) => index + 1));
  });

  it("puts no panel on another, nor beyond the edge", () => {
    const cells = panels.flatMap((panel) => {
      const [x, y, w, h] = ["x", "y", "w", "h"].map((name) => Number(property(property(panel, "gridPos"), name)));
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(24);
      return Array.from({ length: Number(w) * Number(h) }, (_, cell) => {
        return `${Number(x) + (cell % Number(w))},${Number(y) + Math.floor(cell / Number(w))}`;
      });
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it("asks of the chosen installations alone, also where rules recorded what is shown", () => {
    const queries = panels.flatMap((panel) =>
      listOf(panel, "targets").map((target) => String(property(target, "expr"))),
    );
    const selectors = queries.flatMap((expr) => expr.match(/\balumiini[a-z0-9_:]+(\{[^}]*\})?/g) ?? []);
    for (const selector of selectors) {
      expect(selector).toContain('cluster=~"$cluster",job=~"$job"');
      // What is recorded has no labels but those that tell installations apart.
      expect(selector.includes('team="a"')).toBe(!selector.includes(":"));
      expect(selector).not.toContain("milliseconds");
    }
  });
});

describe("dashboards with labels that are opted into", () => {
  const optInLabels = ["cluster", "repo_namespace", "commit"] as const;
  const links = { historyUrl: "https://history", tracesUrl: "https://traces", runbookBaseUrl: "https://runbooks" };
  const texts = Object.values(dashboards({ optInLabels, by: ["job"], ...links }));

  it("offer the cluster and the namespace to choose from, and show what no cluster is known of", () => {
    for (const text of texts) {
      const variables = listOf(property(JSON.parse(text), "templating"), "list");
      const names = variables.map((variable) => property(variable, "name"));
      expect(names).toEqual(expect.arrayContaining(["datasource", "cluster", "job", "history_url", "traces_url"]));
      const cluster = variables.find((variable) => property(variable, "name") === "cluster");
      expect(property(cluster, "query")).toBe("label_values(alumiini_cluster_info, cluster)");
      expect(text).toContain(String.raw`cluster=~\"$cluster|\"`);
    }
    expect(texts[1]).toContain(String.raw`repo_namespace=~\"$repo_namespace\"`);
  });

  it("lead to each other, the runbooks, the history and the traces", () => {
    for (const text of texts) {
      const dashboard: unknown = JSON.parse(text);
      const [others, ...elsewhere] = listOf(dashboard, "links");
      expect(others).toMatchObject({ type: "dashboards", tags: ["alumiini"], includeVars: true, keepTime: true });
      expect(elsewhere.map((link) => property(link, "url"))).toEqual([
        "https://runbooks",
        "$history_url",
        "$traces_url",
      ]);
      const variables = listOf(property(dashboard, "templating"), "list");
      expect(variables.map((variable) => property(variable, "query"))).toEqual(
        expect.arrayContaining(["https://history", "https://traces"]),
      );
    }
  });

  it("mark alerts of the rules, and deployments, at the time when they happened", () => {
    for (const text of texts) {
      const [alerts, deployments] = listOf(property(JSON.parse(text), "annotations"), "list");
      expect(property(alerts, "expr")).toContain("AlumiiniRepoSyncFailing|");
      expect(property(deployments, "expr")).toContain("alumiini_deployments_total");
    }
  });
});
