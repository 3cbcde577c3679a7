import { spell } from "../rules/alert.js";
import { SYNC_OUTCOMES } from "../rules/indicators.js";
import type { Slos } from "../rules/slos.js";
import { controllerRow, deploymentsRow } from "./controller-rows.js";
import { objectivesRow } from "./objectives-row.js";
import { type DashboardSpec, limit, type Row } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** All repositories together: objectives first, then what the controller does. */
export function fleetDashboard(queries: PanelQueries, slos: Slos): DashboardSpec {
  return {
    uid: "alumiini-fleet",
    title: "ALUMIINI / Fleet",
    description: "Objectives and activity of all repositories.",
    perRepository: false,
    rows: [
      objectivesRow(queries, slos),
      repositoriesRow(queries, slos),
      activityRow(queries),
      deploymentsRow(queries),
      controllerRow(queries),
    ],
  };
}

function repositoriesRow(queries: PanelQueries, slos: Slos): Row {
  const { query } = queries;
  const lastSuccess = queries.max("alumiini_sync_last_success_timestamp_seconds", ["repo_name"]);
  return {
    title: "Repositories",
    panels: [
      {
        title: "Repositories",
        description: "Synced by this controller.",
        kind: "stat",
        unit: "short",
        queries: [{ expr: `count(${queries.max("alumiini_repo_info", ["repo_name"])})`, legend: "repositories" }],
        width: 4,
      },
      {
        title: "Out of sync",
        description: "Git holds a commit that the cluster does not, or an apply failed.",
        kind: "stat",
        unit: "short",
        queries: [{ expr: `sum(${queries.max("alumiini_repo_out_of_sync", ["repo_name"])})`, legend: "out of sync" }],
        steps: limit(1, "less"),
        width: 4,
      },
      {
        title: "Stale",
        description: `Without a successful sync for ${spell(slos.staleAfterSeconds)}, or since the controller started.`,
        kind: "stat",
        unit: "short",
        queries: [{ expr: `count(time() - ${lastSuccess} > ${slos.staleAfterSeconds}) or vector(0)`, legend: "stale" }],
        steps: limit(1, "less"),
        width: 4,
      },
      {
        title: "Time since the last success, ten longest",
        description: "Of repositories that were synced at all since the controller started.",
        kind: "table",
        unit: "s",
        queries: [{ expr: `topk(10, time() - (${lastSuccess} > 0))`, legend: "{{repo_name}}" }],
        width: 6,
      },
      {
        title: "Failed syncs within an hour, ten most",
        description: "By repository.",
        kind: "table",
        unit: "short",
        queries: [
          {
            expr: `topk(10, round(${queries.increase("alumiini_syncs_total", ["repo_name"], "1h", SYNC_OUTCOMES.bad)}) > 0)`,
            legend: "{{repo_name}}",
          },
        ],
        width: 6,
      },
      {
        title: "Drifted objects",
        description: "Found to differ from git, and not corrected.",
        kind: "lines",
        unit: "short",
        queries: [{ expr: `sum(${query.select("alumiini_drifted_resources")})`, legend: "drifted" }],
        width: 8,
      },
      {
        title: "Drift found and corrected",
        description: "Objects per second.",
        kind: "lines",
        unit: "ops",
        queries: [
          { expr: queries.rate("alumiini_drift_detected_total", []), legend: "found" },
          { expr: queries.rate("alumiini_drift_corrected_total", []), legend: "corrected" },
        ],
        width: 8,
      },
      {
        title: "Webhooks",
        description: "By forge and outcome.",
        kind: "stacked",
        unit: "ops",
        queries: [
          {
            expr: queries.rate("alumiini_webhooks_received_total", ["provider", "outcome"]),
            legend: "{{provider}} {{outcome}}",
          },
        ],
        width: 8,
      },
    ],
  };
}

function activityRow(queries: PanelQueries): Row {
  const unit = queries.durationUnit;
  const p99 = (title: string, metric: Parameters<PanelQueries["quantile"]>[1], matchers = "") =>
    ({
      title,
      description: "Half of them, and all but the slowest 1%, take no longer.",
      kind: "lines",
      unit,
      queries: [
        { expr: queries.quantile(0.99, metric, [], matchers), legend: "p99" },
        { expr: queries.quantile(0.5, metric, [], matchers), legend: "p50" },
      ],
      width: 8,
    }) as const;
  return {
    title: "Activity",
    panels: [
      {
        title: "Syncs",
        description: "By outcome.",
        kind: "stacked",
        unit: "ops",
        queries: [{ expr: queries.rate("alumiini_syncs_total", ["outcome"]), legend: "{{outcome}}" }],
        width: 8,
      },
      {
        title: "Git operations",
        description: "By operation and outcome.",
        kind: "stacked",
        unit: "ops",
        queries: [
          {
            expr: queries.rate("alumiini_git_operations_total", ["operation", "outcome"]),
            legend: "{{operation}} {{outcome}}",
          },
        ],
        width: 8,
      },
      {
        title: "Applies",
        description: "By outcome.",
        kind: "stacked",
        unit: "ops",
        queries: [{ expr: queries.rate("alumiini_apply_operations_total", ["outcome"]), legend: "{{outcome}}" }],
        width: 8,
      },
      p99("Sync duration", "alumiini_sync_duration_milliseconds"),
      p99("Git fetch duration", "alumiini_git_duration_milliseconds", 'operation="fetch"'),
      p99("Apply duration", "alumiini_apply_duration_milliseconds"),
      {
        title: "Errors",
        description: "By type.",
        kind: "stacked",
        unit: "ops",
        queries: [{ expr: `${queries.rate("alumiini_errors_total", ["error_type"])} > 0`, legend: "{{error_type}}" }],
        width: 12,
      },
      {
        title: "Objects applied",
        description: "By kind.",
        kind: "stacked",
        unit: "ops",
        queries: [
          { expr: queries.rate("alumiini_resources_applied_total", ["resource_kind"]), legend: "{{resource_kind}}" },
        ],
        width: 12,
      },
    ],
  };
}
