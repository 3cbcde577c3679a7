import type { MetricName } from "@alumiini/core/metrics";
import type { Slos } from "./slos.js";

/** What an objective with an error budget is measured by. */
export interface Indicator {
  /** The value of the label `slo`. */
  readonly name: "sync-success" | "sync-latency" | "git-fetch-latency" | "apply-latency";
  readonly title: string;
  readonly objective: number;
  /** The runbook that says what to do. */
  readonly runbook: string;
}

/** The histogram behind a latency objective. */
export interface LatencyMetric {
  readonly metric: MetricName;
  readonly matchers: string;
}

/**
 * How syncs are judged. A cancelled one is `unknown`: it is neither good nor bad, and a rollout that cancels many must not
 * burn the budget.
 */
export const SYNC_OUTCOMES = {
  good: 'outcome="success"',
  bad: 'outcome=~"failure|timeout"',
} as const;

export const SYNC_LATENCY: LatencyMetric = { metric: "alumiini_sync_duration_milliseconds", matchers: "" };
export const GIT_FETCH_LATENCY: LatencyMetric = {
  metric: "alumiini_git_duration_milliseconds",
  matchers: 'operation="fetch"',
};
export const APPLY_LATENCY: LatencyMetric = { metric: "alumiini_apply_duration_milliseconds", matchers: "" };

/** The four objectives with an error budget. On the others' budgets a burn alert could never fire. */
export function indicators(slos: Slos): readonly Indicator[] {
  const { syncSuccess, syncLatency, gitFetchLatency, applyLatency } = slos;
  return [
    { name: "sync-success", title: "Sync success", objective: syncSuccess.objective, runbook: "LowSyncSuccessRate" },
    { name: "sync-latency", title: "Sync latency", objective: syncLatency.objective, runbook: "HighSyncLatency" },
    {
      name: "git-fetch-latency",
      title: "Git fetch latency",
      objective: gitFetchLatency.objective,
      runbook: "AlumiiniGitFetchLatencyHigh",
    },
    {
      name: "apply-latency",
      title: "Apply latency",
      objective: applyLatency.objective,
      runbook: "AlumiiniApplyLatencyHigh",
    },
  ];
}
