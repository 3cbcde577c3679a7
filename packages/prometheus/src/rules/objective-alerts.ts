import { type Alert, percent, spell } from "./alert.js";
import { burnsTooFast } from "./burn.js";
import { indicators } from "./indicators.js";
import type { Query } from "./promql.js";
import { type IndicatorName, judged, RECENT } from "./recorded.js";
import type { LatencySlo, Slos } from "./slos.js";

/** Long enough for one cause to page once where a few good ones come between the bad ones. */
const KEEP = "10m";

/** The thresholds of ADR-004 section 5: first the four alerts of its section 6, under its names, then the other three. */
export function thresholdAlerts(query: Query, slos: Slos): readonly Alert[] {
  const { workerRestarts, workerMemory } = slos;
  const restarts = `increase(${query.select("alumiini_workers_restarts_total")}[1h])`;
  const accesses = query.select("alumiini_cache_total");
  const megabytes = `${workerMemory.alertAbove / 1e6}MB`;
  return [
    latencyAlert("HighSyncLatency", "Sync", "sync-latency-p99", slos.syncLatency),
    {
      name: "LowSyncSuccessRate",
      expr: goodPartBelow("sync-success", slos.syncSuccess.alertBelow),
      for: "5m",
      keepFiringFor: KEEP,
      severity: "critical",
      summary: `Sync success rate below ${percent(slos.syncSuccess.alertBelow)}`,
      description: "Only {{ $value | humanizePercentage }} of syncs succeed.",
    },
    {
      name: "HighWorkerRestarts",
      // Extrapolation makes a little more than 3 of 3.
      expr: `round(sum ${query.byRepository()} (${restarts})) > ${workerRestarts.alertAbove}`,
      for: "5m",
      severity: "warning",
      summary: `Worker restart rate exceeds ${workerRestarts.alertAbove}/hour`,
      description: `The worker of ${query.repositoryName} was restarted {{ $value }} times within an hour.`,
    },
    {
      name: "LowCacheHitRate",
      // A cache begins empty: for an hour after a replica's start it is not judged.
      expr: `${goodPartBelow("cache-hit-rate", slos.cacheHitRate.alertBelow)}
unless count ${query.by("cache_name")} (${accesses} unless ${accesses} offset 1h)`,
      for: "10m",
      keepFiringFor: KEEP,
      severity: "warning",
      summary: `Cache hit rate below ${percent(slos.cacheHitRate.alertBelow)}`,
      description: "Only {{ $value | humanizePercentage }} of look-ups in the cache {{ $labels.cache_name }} hit.",
    },
    latencyAlert("AlumiiniGitFetchLatencyHigh", "Git fetch", "git-fetch-latency-p99", slos.gitFetchLatency),
    latencyAlert("AlumiiniApplyLatencyHigh", "Apply", "apply-latency-p99", slos.applyLatency),
    {
      name: "AlumiiniWorkerMemoryHigh",
      expr: `max ${query.byRepository()} (${query.select("alumiini_worker_memory_bytes")}) > ${workerMemory.alertAbove}`,
      for: "5m",
      severity: "warning",
      summary: `Worker memory exceeds ${megabytes}`,
      description: `The worker of ${query.repositoryName} holds {{ $value | humanize }}B.`,
    },
  ];
}

/** The alerts over the error budgets: per objective one for each severity that its budget allows. */
export function burnAlerts(query: Query, slos: Slos): readonly Alert[] {
  return indicators(slos).flatMap((indicator) =>
    (["critical", "warning"] as const).flatMap((severity): Alert[] => {
      const expr = burnsTooFast(query, indicator, severity);
      if (expr === undefined) return [];
      const { name, title, objective, runbook } = indicator;
      return [
        {
          name: "AlumiiniSLOErrorBudgetBurn",
          expr,
          for: severity === "critical" ? "5m" : "15m",
          keepFiringFor: KEEP,
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

/** The good part of what happened lately, where it is below `threshold`. */
export function goodPartBelow(slo: IndicatorName, threshold: number): string {
  return `1 - max without (slo) (${judged(RECENT, slo)}) < ${threshold}`;
}

/** A p99 is above a bound where more than a hundredth took longer. */
function latencyAlert(name: string, title: string, slo: IndicatorName, { alertAboveMs }: LatencySlo): Alert {
  const limit = spell(alertAboveMs / 1000);
  return {
    name,
    expr: `max without (slo) (${judged(RECENT, slo)}) > 0.01`,
    for: "5m",
    keepFiringFor: KEEP,
    severity: "warning",
    summary: `${title} latency p99 exceeds ${limit}`,
    description: `{{ $value | humanizePercentage }} take longer than ${limit}.`,
  };
}
