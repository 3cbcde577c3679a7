import { percent } from "../rules/alert.js";
import { indicators } from "../rules/indicators.js";
import type { Slos } from "../rules/slos.js";
import { limit, type Panel, type Row } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** Tiles of the seven objectives, and how the error budgets burn down. */
export function objectivesRow(queries: PanelQueries, slos: Slos): Row {
  const { query } = queries;
  const budgets = indicators(slos).map((indicator) => {
    const { title, objective } = indicator;
    return { title, objective, left: queries.budgetLeft(indicator, "30d") };
  });
  const tile = (title: string, description: string, expr: string): Panel => ({
    title,
    description,
    kind: "stat",
    unit: "percentunit",
    queries: [{ expr, legend: title }],
    steps: [
      { from: Number.NEGATIVE_INFINITY, color: "red" },
      { from: 0, color: "yellow" },
      { from: 0.25, color: "green" },
    ],
    width: 6,
  });
  const [first, ...others] = budgets.map(({ title, left }) => ({ expr: left, legend: title }));
  if (first === undefined) throw new Error("no objective has an error budget");
  return {
    title: "Objectives",
    panels: [
      ...budgets.map(({ title, objective, left }) =>
        tile(`${title}: budget left`, `Of the errors that ${percent(objective)} over 30 days leave room for.`, left),
      ),
      {
        title: "Error budgets, burning down",
        description: "What is left of 30 days' budget; below 0 the objective is missed.",
        kind: "lines",
        unit: "percentunit",
        queries: [first, ...others],
        width: 12,
      },
      {
        title: "Cache hit rate, worst",
        description: `Over an hour. Objective: ${percent(slos.cacheHitRate.objective)}.`,
        kind: "stat",
        unit: "percentunit",
        queries: [
          {
            expr: `min(${queries.increase("alumiini_cache_total", ["cache_name"], "1h", 'result="hit"')} / (${queries.increase("alumiini_cache_total", ["cache_name"], "1h")} > 0))`,
            legend: "hit rate",
          },
        ],
        steps: limit(slos.cacheHitRate.objective, "more"),
        width: 4,
      },
      {
        title: "Worker restarts, most",
        description: `Of one repository within an hour. Objective: fewer than ${slos.workerRestarts.objective}.`,
        kind: "stat",
        unit: "short",
        queries: [
          {
            expr: `max(round(${queries.increase("alumiini_workers_restarts_total", ["repo_name"], "1h")}))`,
            legend: "restarts",
          },
        ],
        steps: limit(slos.workerRestarts.objective, "less"),
        width: 4,
      },
      {
        title: "Worker memory, most",
        description: "Of one repository.",
        kind: "stat",
        unit: "bytes",
        queries: [{ expr: `max(${query.select("alumiini_worker_memory_bytes")})`, legend: "memory" }],
        steps: limit(slos.workerMemory.objective, "less"),
        width: 4,
      },
    ],
  };
}
