import { ratioBelow } from "./adaptive.js";
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
  const isLeader = query.select("alumiini_leader_status");
  const limit = spell(staleAfterSeconds);
  const window = `[${limit}]`;
  // The leader reports; the newest of all replicas counts. 0 means that no sync has succeeded since the start: then
  // what replicas that are gone have said counts, too. Who does not lead says nothing of any repository.
  return {
    name: "AlumiiniSyncStale",
    expr: `time() - (max ${perRepository} (${lastSuccess}) > 0) > ${staleAfterSeconds}
or
(
  max ${perRepository} (${lastSuccess}) == 0
  and max ${perRepository} (max_over_time(${lastSuccess}${window} offset ${limit}))
  unless time() - max ${perRepository} (max_over_time(${lastSuccess}${window})) <= ${staleAfterSeconds}
)
or
(
  max ${query.by()} (max_over_time(${isLeader}${window})) == 0
  and max ${query.by()} (${isLeader} offset ${limit})
)`,
    for: "5m",
    severity: "warning",
    summary: `No successful sync for ${limit}`,
    description:
      "{{ if $labels.repo_name }}{{ $labels.repo_name }} was not synced successfully for {{ $value | humanizeDuration }} (0s: not since the controller started).{{ else }}No replica is the leader: nothing is synced.{{ end }}",
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
  const count = (matcher: string, range: string) =>
    `sum ${query.by("repo_name")} (increase(${query.select("alumiini_syncs_total", matcher)}[${range}]))`;
  const failures = (range: string) => `round(${count('outcome!="success"', range)})`;
  // This many in an hour means that there were enough in one of its halves: without that, an alert on syncs every 11 minutes,
  // of which now two and now three are within half an hour, would come and go.
  const inAnHour = 2 * failingSyncs - 1;
  return {
    name: "AlumiiniRepoSyncFailing",
    expr: `(${failures("30m")} >= ${failingSyncs} or ${failures("1h")} >= ${inAnHour})
unless ${count('outcome="success"', "30m")} > 0`,
    for: "1m",
    severity: "warning",
    summary: "Every sync of a repository fails",
    description: "The last {{ $value }} syncs of {{ $labels.repo_name }} failed, and none succeeded within 30 minutes.",
  };
}

function sinkFailing(query: Query, { sinkFailures }: Slos): Alert {
  return {
    name: "AlumiiniSinkDeliveryFailing",
    expr: ratioBelow(
      query,
      { metric: "alumiini_sink_deliveries_total", good: 'outcome="success"', labels: ["sink"], window: "10m" },
      Number((1 - sinkFailures).toPrecision(6)),
    ),
    // A single failure, where few are delivered, is gone from the window by then.
    for: "10m",
    severity: "warning",
    summary: `More than ${percent(sinkFailures)} of deliveries to a sink fail`,
    description: "Only {{ $value | humanizePercentage }} of the attempts to deliver to {{ $labels.sink }} succeed.",
  };
}

function absent(query: Query): Alert {
  const build = query.select("alumiini_build_info");
  const others = (["alumiini_syncs_total", "alumiini_workers_active"] as const).map((name) => query.select(name));
  const nothing = [build, ...others].map((selector) => `absent(${selector})`).join(" and ");
  const withinADay = `(present_over_time(${build}[1d]))`;
  // The second part covers installations never seen or long gone, so a removed one alerts once.
  return {
    name: "AlumiiniMetricsAbsent",
    expr: `(group ${query.by()} ${withinADay} unless group ${query.by()} (${build}))
or
(${nothing} unless on () group ${withinADay})`,
    for: "5m",
    severity: "critical",
    summary: "No metrics of the controller",
    description:
      "Prometheus has no metrics of the controller: it is down, or no longer scraped. All other alerts are silent.",
  };
}
