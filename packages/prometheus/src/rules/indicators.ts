import type { MetricName } from "@alumiini/core/metrics";
import { orZero, type Query } from "./promql.js";
import type { LatencySlo, Slos } from "./slos.js";

/** What an objective with an error budget is measured by. */
export interface Indicator {
  /** The value of the label `slo`. */
  readonly name: string;
  readonly title: string;
  readonly objective: number;
  /** The runbook that says what to do. */
  readonly runbook: string;
  /** The part of what happened within the window that was bad; nothing where nothing happened. */
  badPart(window: string): string;
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
  all: 'outcome!="unknown"',
} as const;

export const SYNC_LATENCY: LatencyMetric = { metric: "alumiini_sync_duration_milliseconds", matchers: "" };
export const GIT_FETCH_LATENCY: LatencyMetric = {
  metric: "alumiini_git_duration_milliseconds",
  matchers: 'operation="fetch"',
};
export const APPLY_LATENCY: LatencyMetric = { metric: "alumiini_apply_duration_milliseconds", matchers: "" };

/** The four objectives with an error budget. On the others' budgets a burn alert could never fire. */
export function indicators(query: Query, slos: Slos): readonly Indicator[] {
  return [
    {
      name: "sync-success",
      title: "Sync success",
      objective: slos.syncSuccess.objective,
      runbook: "LowSyncSuccessRate",
      badPart: (window) => successBadPart(query, window),
    },
    latency(query, "sync-latency", "Sync latency", SYNC_LATENCY, slos.syncLatency, "HighSyncLatency"),
    latency(
      query,
      "git-fetch-latency",
      "Git fetch latency",
      GIT_FETCH_LATENCY,
      slos.gitFetchLatency,
      "AlumiiniGitFetchLatencyHigh",
    ),
    latency(query, "apply-latency", "Apply latency", APPLY_LATENCY, slos.applyLatency, "AlumiiniApplyLatencyHigh"),
  ];
}

function successBadPart(query: Query, window: string): string {
  const rate = (matchers: string) =>
    `sum ${query.by()} (rate(${query.select("alumiini_syncs_total", matchers)}[${window}]))`;
  const total = `(${rate(SYNC_OUTCOMES.all)} > 0)`;
  return `${orZero(rate(SYNC_OUTCOMES.bad), total)} / ${total}`;
}

function latency(
  query: Query,
  name: string,
  title: string,
  { metric, matchers }: LatencyMetric,
  { objective, thresholdMs }: LatencySlo,
  runbook: string,
): Indicator {
  const rate = (suffix: string, matcher: string, window: string) => {
    const all = [matchers, matcher].filter((part) => part !== "").join(",");
    return `sum ${query.by()} (rate(${query.select(metric, all, suffix)}[${window}]))`;
  };
  const badPart = (window: string) =>
    `1 - ${rate("_bucket", query.bucketAt(thresholdMs), window)} / (${rate("_count", "", window)} > 0)`;
  return { name, title, objective, runbook, badPart };
}
