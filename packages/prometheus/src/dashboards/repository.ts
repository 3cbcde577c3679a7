import { type DashboardSpec, limit, type Panel } from "./panel.js";
import type { PanelQueries } from "./queries.js";

const REPO = 'repo_name=~"$repo"';

/** One repository, chosen at the top. */
export function repositoryDashboard(queries: PanelQueries): DashboardSpec {
  return {
    uid: "alumiini-repository",
    title: "ALUMIINI / Repository",
    description: "One repository: where it stands, its syncs, its deployments.",
    perRepository: true,
    rows: [
      { title: "State", panels: state(queries) },
      { title: "Syncs", panels: syncs(queries) },
      { title: "Objects and worker", panels: objects(queries) },
    ],
  };
}

function state(queries: PanelQueries): Panel[] {
  const lastSuccess = queries.max("alumiini_sync_last_success_timestamp_seconds", [], REPO);
  const started = queries.max("alumiini_sync_started_timestamp_seconds", [], REPO);
  const tile = { kind: "stat", width: 4 } as const;
  return [
    {
      ...tile,
      title: "Last success",
      description: "Time since the last successful sync.",
      unit: "s",
      queries: [{ expr: `time() - (${lastSuccess} > 0)`, legend: "ago" }],
      steps: limit(3600, "less"),
    },
    {
      ...tile,
      title: "Sync under way",
      description: "For how long; 0 when there is none.",
      unit: "s",
      queries: [{ expr: `time() - (${started} > 0) or 0 * ${started}`, legend: "since" }],
      steps: limit(900, "less"),
    },
    {
      ...tile,
      title: "Out of sync",
      description: "1 while git holds a commit that the cluster does not, or an apply failed.",
      unit: "short",
      queries: [{ expr: queries.max("alumiini_repo_out_of_sync", [], REPO), legend: "out of sync" }],
      steps: limit(1, "less"),
    },
    {
      ...tile,
      title: "Drifted objects",
      description: "Found to differ from git, and not corrected.",
      unit: "short",
      queries: [{ expr: queries.max("alumiini_drifted_resources", [], REPO), legend: "drifted" }],
      steps: limit(1, "less"),
    },
    {
      ...tile,
      title: "Branch",
      description: "What is known of the repository.",
      unit: "short",
      queries: [{ expr: queries.max("alumiini_repo_info", ["repo_name", "branch"], REPO), legend: "{{branch}}" }],
      width: 8,
    },
  ];
}

function syncs(queries: PanelQueries): Panel[] {
  const unit = queries.durationUnit;
  const lines = { kind: "lines", width: 8 } as const;
  return [
    {
      title: "Syncs",
      description: "By trigger and outcome.",
      kind: "stacked",
      unit: "ops",
      queries: [
        {
          expr: `${queries.rate("alumiini_syncs_total", ["trigger", "outcome"], REPO)} > 0`,
          legend: "{{trigger}} {{outcome}}",
        },
      ],
      width: 12,
    },
    {
      title: "Errors",
      description: "By type.",
      kind: "stacked",
      unit: "ops",
      queries: [
        { expr: `${queries.rate("alumiini_errors_total", ["error_type"], REPO)} > 0`, legend: "{{error_type}}" },
      ],
      width: 12,
    },
    {
      ...lines,
      title: "Sync duration",
      description: "p99 by trigger.",
      unit,
      queries: [
        {
          expr: queries.quantile(0.99, "alumiini_sync_duration_milliseconds", ["trigger"], REPO),
          legend: "{{trigger}}",
        },
      ],
    },
    {
      ...lines,
      title: "Git duration",
      description: "p99 by operation.",
      unit,
      queries: [
        {
          expr: queries.quantile(0.99, "alumiini_git_duration_milliseconds", ["operation"], REPO),
          legend: "{{operation}}",
        },
      ],
    },
    {
      ...lines,
      title: "Apply duration",
      description: "p99 and p50.",
      unit,
      queries: [
        { expr: queries.quantile(0.99, "alumiini_apply_duration_milliseconds", [], REPO), legend: "p99" },
        { expr: queries.quantile(0.5, "alumiini_apply_duration_milliseconds", [], REPO), legend: "p50" },
      ],
    },
    {
      title: "Deployments",
      description: "New commits within each hour, by outcome.",
      kind: "stacked",
      unit: "short",
      queries: [
        {
          expr: `round(${queries.increase("alumiini_deployments_total", ["outcome"], "1h", REPO)})`,
          legend: "{{outcome}}",
        },
      ],
      width: 24,
    },
  ];
}

function objects(queries: PanelQueries): Panel[] {
  return [
    {
      title: "Objects applied",
      description: "By kind.",
      kind: "stacked",
      unit: "ops",
      queries: [
        {
          expr: queries.rate("alumiini_resources_applied_total", ["resource_kind"], REPO),
          legend: "{{resource_kind}}",
        },
      ],
      width: 12,
    },
    {
      title: "Worker memory",
      description: "By replica.",
      kind: "lines",
      unit: "bytes",
      queries: [{ expr: queries.max("alumiini_worker_memory_bytes", ["instance"], REPO), legend: "{{instance}}" }],
      width: 6,
    },
    {
      title: "Worker restarts",
      description: "Within each hour.",
      kind: "lines",
      unit: "short",
      queries: [
        {
          expr: `round(${queries.increase("alumiini_workers_restarts_total", [], "1h", REPO)})`,
          legend: "restarts",
        },
      ],
      width: 6,
    },
  ];
}
