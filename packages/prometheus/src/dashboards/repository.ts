import type { Slos } from "../rules/slos.js";
import { type DashboardSpec, limit, type Panel } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** Chosen at the top: by name, and by namespace where that is opted into. */
function chosen({ labels }: PanelQueries): string {
  return labels.repository.map((label) => `${label}=~"$${label === "repo_name" ? "repo" : label}"`).join(",");
}

/** One repository, chosen at the top. */
export function repositoryDashboard(queries: PanelQueries, slos: Slos): DashboardSpec {
  const repo = chosen(queries);
  return {
    uid: "alumiini-repository",
    title: "ALUMIINI / Repository",
    description: "One repository: where it stands, its syncs, its deployments.",
    perRepository: true,
    rows: [
      { title: "State", panels: state(queries, slos, repo) },
      { title: "Syncs", panels: syncs(queries, repo) },
      { title: "Objects and worker", panels: objects(queries, repo) },
    ],
  };
}

function state(queries: PanelQueries, slos: Slos, repo: string): Panel[] {
  const each = (metric: Parameters<PanelQueries["eachRepository"]>[1]) => queries.eachRepository("max", metric, repo);
  const lastSuccess = each("alumiini_sync_last_success_timestamp_seconds");
  const started = each("alumiini_sync_started_timestamp_seconds");
  const legend = queries.installation;
  const tile = { kind: "stat", width: 4 } as const;
  return [
    {
      ...tile,
      title: "Last success",
      description: "Time since the last successful sync.",
      unit: "s",
      queries: [{ expr: `time() - (${lastSuccess} > 0)`, legend }],
      steps: limit(slos.staleAfterSeconds, "less"),
    },
    {
      ...tile,
      title: "Sync under way",
      description: "For how long; 0 when there is none.",
      unit: "s",
      queries: [{ expr: `time() - (${started} > 0) or 0 * ${started}`, legend }],
      steps: limit(slos.stuckAfterSeconds, "less"),
    },
    {
      ...tile,
      title: "Out of sync",
      description: "1 while git holds a commit that the cluster does not, or an apply failed.",
      unit: "short",
      queries: [{ expr: each("alumiini_repo_out_of_sync"), legend }],
      steps: limit(1, "less"),
    },
    {
      ...tile,
      title: "Drifted objects",
      description: "Found to differ from git, and not corrected.",
      unit: "short",
      queries: [{ expr: each("alumiini_drifted_resources"), legend }],
      steps: limit(1, "less"),
    },
    {
      ...tile,
      title: "Failures in a row",
      description: "Failed syncs since the last successful one.",
      unit: "short",
      queries: [{ expr: each("alumiini_sync_consecutive_failures"), legend }],
      steps: limit(slos.failingSyncs, "less"),
    },
    {
      ...tile,
      title: "Suspended",
      description: "1 while reconciliation is switched off.",
      unit: "short",
      queries: [{ expr: `${each("alumiini_repository_suspended")} or 0 * ${lastSuccess}`, legend }],
    },
    {
      ...tile,
      title: "Last sync",
      description: "When it ended, by what it was triggered, and how it ended.",
      unit: "dateTimeFromNow",
      queries: [
        {
          expr: `1000 * max ${queries.query.byRepository("trigger", "outcome", "error_type")} (${queries.query.select("alumiini_sync_last_end_timestamp_seconds", repo)})`,
          legend: `${queries.installation} {{trigger}} {{outcome}} {{error_type}}`,
        },
      ],
      width: 12,
    },
    {
      ...tile,
      title: "Branch",
      description: "What is known of the repository.",
      unit: "short",
      queries: [{ expr: queries.max("alumiini_repo_info", ["repo_name", "branch"], repo), legend: "{{branch}}" }],
      width: 12,
    },
  ];
}

function syncs(queries: PanelQueries, repo: string): Panel[] {
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
          expr: `${queries.rate("alumiini_syncs_total", ["trigger", "outcome"], repo)} > 0`,
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
        { expr: `${queries.rate("alumiini_errors_total", ["error_type"], repo)} > 0`, legend: "{{error_type}}" },
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
          expr: queries.quantile(0.99, "alumiini_sync_duration_milliseconds", ["trigger"], repo),
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
          expr: queries.quantile(0.99, "alumiini_git_duration_milliseconds", ["operation"], repo),
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
        { expr: queries.quantile(0.99, "alumiini_apply_duration_milliseconds", [], repo), legend: "p99" },
        { expr: queries.quantile(0.5, "alumiini_apply_duration_milliseconds", [], repo), legend: "p50" },
      ],
    },
    {
      title: "Deployments",
      description: "New commits within each hour, by outcome.",
      kind: "stacked",
      unit: "short",
      queries: [
        {
          expr: `round(${queries.increase("alumiini_deployments_total", ["outcome"], "1h", repo)})`,
          legend: "{{outcome}}",
        },
      ],
      width: 24,
    },
  ];
}

function objects(queries: PanelQueries, repo: string): Panel[] {
  return [
    {
      title: "Objects applied",
      description: "By kind.",
      kind: "stacked",
      unit: "ops",
      queries: [
        {
          expr: queries.rate("alumiini_resources_applied_total", ["resource_kind"], repo),
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
      queries: [{ expr: queries.max("alumiini_worker_memory_bytes", ["instance"], repo), legend: "{{instance}}" }],
      width: 6,
    },
    {
      title: "Worker restarts",
      description: "Within each hour.",
      kind: "lines",
      unit: "short",
      queries: [
        {
          expr: `round(${queries.increase("alumiini_workers_restarts_total", [], "1h", repo)})`,
          legend: "restarts",
        },
      ],
      width: 6,
    },
  ];
}
