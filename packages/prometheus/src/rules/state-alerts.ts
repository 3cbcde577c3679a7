import { type Alert, percent, spell } from "./alert.js";
import type { Query } from "./promql.js";
import type { Slos } from "./slos.js";

/** What rates can't show: what hangs, what is stale, what always fails, and what is gone. */
export function stateAlerts(query: Query, slos: Slos): readonly Alert[] {
  return [stale(query, slos), stuck(query, slos), failing(query, slos), sinkFailing(query, slos), absent(query)];
}

function stale(query: Query, { staleAfterSeconds }: Slos): Alert {
  const perRepository = query.by("repo_name");
  const lastSuccess = query.select("alumiini_sync_last_success_timestamp_seconds");
  const limit = spell(staleAfterSeconds);
  // Whoever leads reports; the newest of all replicas counts. 0 means that no sync has succeeded since the start.
  return {
    name: "AlumiiniSyncStale",
    expr: `time() - (max ${perRepository} (${lastSuccess}) > 0) > ${staleAfterSeconds}
or
(
  (max ${perRepository} (${lastSuccess}) == 0)
  and (max ${perRepository} (${lastSuccess} offset ${limit}) == 0)
)`,
    for: "5m",
    severity: "warning",
    summary: `No successful sync for ${limit}`,
    description:
      "{{ $labels.repo_name }} was not synced successfully for {{ $value | humanizeDuration }} (0s: not since the controller started).",
  };
}

function stuck(query: Query, { stuckAfterSeconds }: Slos): Alert {
  const started = query.select("alumiini_sync_started_timestamp_seconds");
  return {
    name: "AlumiiniSyncStuck",
    expr: `time() - min ${query.by("repo_name")} (${started} > 0) > ${stuckAfterSeconds}`,
    for: "1m",
    severity: "warning",
    summary: `A sync has been under way for more than ${spell(stuckAfterSeconds)}`,
    description: "The sync of {{ $labels.repo_name }} began {{ $value | humanizeDuration }} ago and has not ended.",
  };
}

function failing(query: Query, { failingSyncs }: Slos): Alert {
  const count = (matcher: string) =>
    `sum ${query.by("repo_name")} (increase(${query.select("alumiini_syncs_total", matcher)}[30m]))`;
  return {
    name: "AlumiiniRepoSyncFailing",
    expr: `round(${count('outcome!="success"')}) >= ${failingSyncs} unless ${count('outcome="success"')} > 0`,
    for: "1m",
    severity: "warning",
    summary: "Every sync of a repository fails",
    description: "{{ $value }} syncs of {{ $labels.repo_name }} failed within 30 minutes, and none succeeded.",
  };
}

function sinkFailing(query: Query, { sinkFailures }: Slos): Alert {
  const rate = (matcher: string) =>
    `sum ${query.by("sink")} (rate(${query.select("alumiini_sink_deliveries_total", matcher)}[10m]))`;
  return {
    name: "AlumiiniSinkDeliveryFailing",
    expr: `${rate('outcome!="success"')} / (${rate("")} > 0) > ${sinkFailures}`,
    for: "5m",
    severity: "warning",
    summary: `More than ${percent(sinkFailures)} of deliveries to a sink fail`,
    description:
      "{{ $value | humanizePercentage }} of deliveries to {{ $labels.sink }} fail, or have to be tried again.",
  };
}

function absent(query: Query): Alert {
  const build = query.select("alumiini_build_info");
  const hourAgo = `group ${query.by()} (${build} offset 1h)`;
  return {
    name: "AlumiiniMetricsAbsent",
    expr: `(absent(${build}) and absent(${query.select("alumiini_syncs_total")}) and absent(${query.select("alumiini_workers_active")}))
or
(${hourAgo} unless group ${query.by()} (${build}))`,
    for: "5m",
    severity: "critical",
    summary: "No metrics of the controller",
    description:
      "Prometheus has no metrics of the controller: it is down, or no longer scraped. All other alerts are silent.",
  };
}
