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
