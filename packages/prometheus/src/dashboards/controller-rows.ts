import type { Row } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** What was deployed, after the measures that DORA made known. */
export function deploymentsRow(queries: PanelQueries): Row {
  const all = queries.increase("alumiini_deployments_total", [], "$__range");
  const failed = queries.increase("alumiini_deployments_total", [], "$__range", 'outcome="failure"');
  const median = (metric: "alumiini_deployment_lead_time_seconds" | "alumiini_recovery_time_seconds") =>
    queries.quantile(0.5, metric, [], "", "$__range");
  const tile = { kind: "stat", width: 6 } as const;
  return {
    title: "Deployments, in the range shown",
    panels: [
      {
        ...tile,
        title: "Deployments",
        description: "New commits synced, or failed to sync.",
        unit: "short",
        queries: [{ expr: `round(${all})`, legend: "deployments" }],
      },
      {
        ...tile,
        title: "Change failure rate",
        description: "The part of new commits that failed to sync at first.",
        unit: "percentunit",
        queries: [{ expr: `${failed} / (${all} > 0)`, legend: "failed" }],
      },
      {
        ...tile,
        title: "Lead time, median",
        description: "From the first sight of a commit to its deployment.",
        unit: "s",
        queries: [{ expr: median("alumiini_deployment_lead_time_seconds"), legend: "lead time" }],
      },
      {
        ...tile,
        title: "Time to recover, median",
        description: "From the first failed sync to the next successful one.",
        unit: "s",
        queries: [{ expr: median("alumiini_recovery_time_seconds"), legend: "recovery" }],
      },
    ],
  };
}

/** The controller's process. */
export function controllerRow(queries: PanelQueries): Row {
  const { query } = queries;
  const lines = { kind: "lines", width: 8 } as const;
  return {
    title: "Controller",
    panels: [
      {
        ...lines,
        title: "Active workers",
        description: "By replica.",
        unit: "short",
        queries: [{ expr: query.select("alumiini_workers_active"), legend: "{{instance}}" }],
      },
      {
        ...lines,
        title: "Queues",
        description: "Items that wait.",
        unit: "short",
        queries: [{ expr: `sum by (queue) (${query.select("alumiini_queue_depth")})`, legend: "{{queue}}" }],
      },
      {
        ...lines,
        title: "Leader",
        description: "1 on the replica that leads.",
        unit: "short",
        queries: [{ expr: query.select("alumiini_leader_status"), legend: "{{instance}}" }],
      },
    ],
  };
}
