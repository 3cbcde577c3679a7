import type { Alert } from "./alert.js";
import type { Query } from "./promql.js";
import { CONTROLLER_UP } from "./recorded.js";
import type { Slos } from "./slos.js";

/** Whether there is a controller, one leader, and room for all repositories. */
export function controllerAlerts(query: Query, slos: Slos): readonly Alert[] {
  return [
    restarting(query),
    noLeader(query),
    leaders(query),
    clustersMerged(query),
    labelLimit(query),
    absent(query, slos),
  ];
}

function restarting(query: Query): Alert {
  const present = `present_over_time(${query.select("alumiini_build_info")}[10m])`;
  const started = query.selectAny("process_start_time_seconds");
  const starts = (window: string) =>
    `sum ${query.by()} (changes(${started}[${window}]) and on (job, instance) ${present})`;
  const gaps = (window: string) => `changes(${CONTROLLER_UP}[${window}])`;
  return {
    name: "AlumiiniControllerRestarting",
    // Gone and back three times in half an hour or six times in two, or as many starts of a process that Prometheus saw
    // no gap between; and lately, so that it ends soon after the last.
    expr: `${gaps("30m")} >= 6 or (${gaps("2h")} >= 12 and ${gaps("30m")} > 0)
or
${starts("30m")} >= 3 or (${starts("2h")} >= 6 and ${starts("30m")} > 0)`,
    for: "1m",
    keepFiringFor: "15m",
    severity: "critical",
    summary: "The controller starts again and again",
    description:
      "The controller came and went, or started anew, several times within half an hour or two. What it syncs between its starts is late or lost.",
  };
}

function noLeader(query: Query): Alert {
  return {
    name: "AlumiiniNoLeader",
    expr: `max ${query.by()} (${query.select("alumiini_leader_status")}) == 0`,
    for: "15m",
    severity: "critical",
    summary: "No replica is the leader",
    description: "Replicas are there and none of them leads: nothing is synced.",
  };
}

function leaders(query: Query): Alert {
  return {
    name: "AlumiiniTwoLeaders",
    expr: `sum ${query.by()} (${query.select("alumiini_leader_status")}) > 1`,
    for: "2m",
    severity: "warning",
    summary: "More than one replica leads",
    description:
      "{{ $value }} replicas say that they lead: they apply the same repositories against each other. Or two installations have no label that tells them apart.",
  };
}

/** Two clusters in one installation hide each other's failures: sums over both look like one that fails at times. */
function clustersMerged(query: Query): Alert {
  const clusters = query.select("alumiini_cluster_info");
  return {
    name: "AlumiiniClustersMerged",
    expr: `count ${query.by()} (group ${query.by("cluster_id")} (${clusters})) > 1`,
    for: "15m",
    severity: "warning",
    summary: "Nothing tells the metrics of two clusters apart",
    description:
      "{{ $value }} clusters report as one installation, and may hide each other's failures. Give their targets a label cluster that differs, or prometheusSubscriber labels: { cluster }, or optInLabels where one process reports on several.",
  };
}

/** What shares the series of everything beyond a limit, and the option that raises it. */
function labelLimit(query: Query): Alert {
  const beyond = (label: string, option: string, selectors: readonly string[]) => {
    const any = selectors.map((selector) => `count ${query.by()} (${selector})`).join(" or ");
    return `label_replace(label_replace(${any}, "label", "${label}", "", ""), "option", "${option}", "", "")`;
  };
  return {
    name: "AlumiiniLabelLimitReached",
    expr: [
      beyond("repo_name", "maxRepositories", [
        query.select("alumiini_syncs_total", 'repo_name="_other"'),
        // Registered in vain, and not synced yet.
        `${query.select("alumiini_series_dropped_total", 'metric="alumiini_repo_info"')} > 0`,
      ]),
      beyond("resource_kind", "maxLabelValues", [
        query.select("alumiini_resources_applied_total", 'resource_kind="_other"'),
      ]),
      beyond("cache_name", "maxLabelValues", [query.select("alumiini_cache_total", 'cache_name="_other"')]),
      beyond("queue", "maxLabelValues", [query.select("alumiini_queue_depth", 'queue="_other"')]),
    ].join("\nor\n"),
    for: "5m",
    severity: "warning",
    summary: "A limit on label values is reached",
    description:
      "Values of {{ $labels.label }} beyond the limit share one series, and no alert names them. Raise the option {{ $labels.option }} of prometheusSubscriber.",
  };
}

function absent(query: Query, { missForDays }: Slos): Alert {
  const build = query.select("alumiini_build_info");
  // The second part is for what was never seen.
  return {
    name: "AlumiiniMetricsAbsent",
    expr: `max_over_time(${CONTROLLER_UP}[2m]) == 0
or
(absent(${build}) unless on () group (${CONTROLLER_UP}))`,
    // Longer together than the five minutes that a restart may be put off: what comes back is another alert's affair.
    for: "5m",
    severity: "critical",
    summary: "No metrics of the controller",
    description:
      "Prometheus has no metrics of the controller: it is down, or no longer scraped. All other alerts are silent. " +
      `One that was removed on purpose is missed for ${missForDays} days.`,
  };
}
