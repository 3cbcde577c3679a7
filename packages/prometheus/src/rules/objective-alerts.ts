import { p99Above, ratioBelow } from "./adaptive.js";
import { type Alert, percent, spell } from "./alert.js";
import { burnsTooFast } from "./burn.js";
import {
  APPLY_LATENCY,
  GIT_FETCH_LATENCY,
  indicators,
  type LatencyMetric,
  SYNC_LATENCY,
  SYNC_OUTCOMES,
} from "./indicators.js";
import type { Query } from "./promql.js";
import type { LatencySlo, Slos } from "./slos.js";

/** The thresholds of ADR-004 section 5: first the four alerts of its section 6, under its names, then the other three. */
export function thresholdAlerts(query: Query, slos: Slos): readonly Alert[] {
  const { workerRestarts, workerMemory } = slos;
  const restarts = `increase(${query.select("alumiini_workers_restarts_total")}[1h])`;
  const megabytes = `${workerMemory.alertAbove / 1e6}MB`;
  return [
    latencyAlert(query, "HighSyncLatency", "Sync", SYNC_LATENCY, slos.syncLatency),
    {
      name: "LowSyncSuccessRate",
      expr: ratioBelow(
        query,
        { metric: "alumiini_syncs_total", ...SYNC_OUTCOMES, labels: [], window: "5m" },
        slos.syncSuccess.alertBelow,
      ),
      for: "5m",
      severity: "critical",
      summary: `Sync success rate below ${percent(slos.syncSuccess.alertBelow)}`,
      description: "Only {{ $value | humanizePercentage }} of syncs succeed.",
    },
    {
      name: "HighWorkerRestarts",
      // Extrapolation makes a little more than 3 of 3.
      expr: `round(sum ${query.by("repo_name")} (${restarts})) > ${workerRestarts.alertAbove}`,
      for: "5m",
      severity: "warning",
      summary: `Worker restart rate exceeds ${workerRestarts.alertAbove}/hour`,
      description: "The worker of {{ $labels.repo_name }} was restarted {{ $value }} times within an hour.",
    },
    {
      name: "LowCacheHitRate",
      expr: ratioBelow(
        query,
        {
          metric: "alumiini_cache_total",
          good: 'result="hit"',
          bad: 'result!="hit"',
          labels: ["cache_name"],
          window: "10m",
        },
        slos.cacheHitRate.alertBelow,
      ),
      for: "10m",
      severity: "warning",
      summary: `Cache hit rate below ${percent(slos.cacheHitRate.alertBelow)}`,
      description: "Only {{ $value | humanizePercentage }} of look-ups in the cache {{ $labels.cache_name }} hit.",
    },
    latencyAlert(query, "AlumiiniGitFetchLatencyHigh", "Git fetch", GIT_FETCH_LATENCY, slos.gitFetchLatency),
    latencyAlert(query, "AlumiiniApplyLatencyHigh", "Apply", APPLY_LATENCY, slos.applyLatency),
    {
      name: "AlumiiniWorkerMemoryHigh",
      expr: `max ${query.by("repo_name")} (${query.select("alumiini_worker_memory_bytes")}) > ${workerMemory.alertAbove}`,
      for: "5m",
      severity: "warning",
      summary: `Worker memory exceeds ${megabytes}`,
      description: "The worker of {{ $labels.repo_name }} holds {{ $value | humanize1024 }}B.",
    },
  ];
}

/** The alerts over the error budgets: per objective one for each severity that its budget allows. */
export function burnAlerts(query: Query, slos: Slos): readonly Alert[] {
  return indicators(query, slos).flatMap((indicator) =>
    (["critical", "warning"] as const).flatMap((severity): Alert[] => {
      const expr = burnsTooFast(indicator, severity);
      if (expr === undefined) return [];
      const { name, title, objective, runbook } = indicator;
      return [
        {
          name: "AlumiiniSLOErrorBudgetBurn",
          expr,
          // A single bad one, where few happen, is gone from the shortest window by then.
          for: severity === "critical" ? "5m" : "15m",
          severity,
          summary: `${title} burns its error budget too fast`,
          description:
            `{{ $value | humanizePercentage }} are bad; ${percent(objective)} are to be good over 30 days. ` +
            `See also the runbook of ${runbook}.`,
          labels: { slo: name },
        },
      ];
    }),
  );
}

function latencyAlert(
  query: Query,
  name: string,
  title: string,
  metric: LatencyMetric,
  { alertAboveMs }: LatencySlo,
): Alert {
  const unit = query.duration(1000) === 1 ? "s" : "ms";
  return {
    name,
    expr: p99Above(query, metric, alertAboveMs, "5m"),
    for: "5m",
    severity: "warning",
    summary: `${title} latency p99 exceeds ${spell(alertAboveMs / 1000)}`,
    description: `The slowest 1% take {{ $value | printf "%.0f" }} ${unit} or more.`,
  };
}
