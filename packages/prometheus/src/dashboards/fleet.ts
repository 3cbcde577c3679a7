import { spell } from "../rules/alert.js";
import { SYNC_OUTCOMES } from "../rules/indicators.js";
import type { Slos } from "../rules/slos.js";
import { controllerRow, deploymentsRow } from "./controller-rows.js";
import { objectivesRow } from "./objectives-row.js";
import { type DashboardSpec, limit, type Panel, type Row } from "./panel.js";
import { processRow } from "./process-row.js";
import type { PanelQueries } from "./queries.js";
import { statusTable } from "./status-table.js";

/** All repositories together: objectives first, then what the controller does. */
export function fleetDashboard(queries: PanelQueries, slos: Slos): DashboardSpec {
  return {
    uid: "alumiini-fleet",
    title: "ALUMIINI / Fleet",
    description: "Objectives and activity of all repositories.",
    perRepository: false,
    grouped: true,
    rows: [
      objectivesRow(queries, slos),
      repositoriesRow(queries, slos),
      { title: "Status", panels: [statusTable(queries)] },
      activityRow(queries),
      groupRow(queries),
      deploymentsRow(queries),
      controllerRow(queries),
      processRow(queries),
    ],
  };
}

function repositoriesRow(queries: PanelQueries, slos: Slos): Row {
  const lastSuccess = queries.eachRepository("max", "alumiini_sync_last_success_timestamp_seconds");
  const suspended = `(${queries.eachRepository("max", "alumiini_repository_suspended")} == 1)`;
  const repository = `${queries.installation} {{repo_name}}`;
  return {
    title: "Repositories",
    panels: [
      {
        title: "Repositories",
        description: "Synced by this controller.",
        kind: "stat",
        unit: "short",
        queries: [{ expr: `count(${lastSuccess})`, legend: "repositories" }],
        width: 3,
      },
      {
        title: "Out of sync",
        description: "Git holds a commit that the cluster does not, or an apply failed.",
        kind: "stat",
        unit: "short",
        queries: [
          {
            expr: `sum(${queries.eachRepository("max", "alumiini_repo_out_of_sync")} unless ${suspended}) or vector(0)`,
            legend: "out of sync",
          },
        ],
        steps: limit(1, "less"),
        width: 3,
      },
      {
        title: "Failing",
        description: `At least ${slos.failingSyncs} failed syncs in a row.`,
        kind: "stat",
        unit: "short",
        queries: [
          {
            expr: `count(${queries.eachRepository("max", "alumiini_sync_consecutive_failures")} >= ${slos.failingSyncs}) or vector(0)`,
            legend: "failing",
          },
        ],
        steps: limit(1, "less"),
        width: 3,
      },
      {
        title: "Suspended",
        description: "Reconciliation is switched off: neither stale nor failing.",
        kind: "stat",
        unit: "short",
        queries: [{ expr: `count(${suspended}) or vector(0)`, legend: "suspended" }],
        width: 3,
      },
      {
        title: "Stale",
        description: `Without a successful sync for ${spell(slos.staleAfterSeconds)}, or since the controller started.`,
        kind: "stat",
        unit: "short",
        queries: [
          {
            expr: `count(time() - ${lastSuccess} > ${slos.staleAfterSeconds} unless ${suspended}) or vector(0)`,
            legend: "stale",
          },
        ],
        steps: limit(1, "less"),
        width: 3,
      },
      {
        title: "Time since the last success, ten longest",
        description: "Of repositories that were synced at all since the controller started.",
        kind: "table",
        unit: "s",
        queries: [{ expr: `topk(10, time() - (${lastSuccess} > 0) unless ${suspended})`, legend: repository }],
        width: 9,
      },
      {
        title: "Failed syncs within an hour, ten most",
        description: "By repository.",
        kind: "table",
        unit: "short",
        queries: [
          {
            expr: `topk(10, round(${queries.eachIncrease("alumiini_syncs_total", "1h", SYNC_OUTCOMES.bad)}) > 0)`,
            legend: repository,
          },
        ],
        width: 9,
      },
      {
        title: "Drifted objects",
        description: "Found to differ from git, and not corrected.",
        kind: "lines",
        unit: "short",
        queries: [{ expr: `sum(${queries.eachRepository("max", "alumiini_drifted_resources")})`, legend: "drifted" }],
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

/** Cancelled syncs are neither good nor bad. */
const JUDGED = 'outcome!="unknown"';

/** The same by the label that is chosen at the top. */
function groupRow(queries: PanelQueries): Row {
  const legend = "{{$group}}";
  const failed = queries.rate("alumiini_syncs_total", ["$group"], SYNC_OUTCOMES.bad);
  const judged = queries.rate("alumiini_syncs_total", ["$group"], JUDGED);
  const panel = (title: string, description: string, kind: "lines" | "stacked", unit: string, expr: string): Panel => {
    return { title, description, kind, unit, queries: [{ expr, legend }], width: 8 };
  };
  return {
    title: "By $group",
    panels: [
      panel("Syncs by $group", "Ten most.", "stacked", "ops", `topk(10, ${judged})`),
      panel("Failed syncs by $group", "Ten most.", "stacked", "ops", `topk(10, ${failed} > 0)`),
      panel(
        "Part of failed syncs by $group",
        "Ten worst.",
        "lines",
        "percentunit",
        `topk(10, ${failed} / (${judged} > 0))`,
      ),
    ],
  };
}
