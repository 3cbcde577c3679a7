import type { Slos } from "../rules/slos.js";
import { type DashboardSpec, limit } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** The telemetry itself: what of the events reaches the sinks, and what of the metrics has no series. */
export function deliveryDashboard(queries: PanelQueries, { sinkFailures }: Slos): DashboardSpec {
  const { query } = queries;
  const failed = queries.rate("alumiini_sink_deliveries_total", ["sink"], 'outcome!="success"');
  const all = queries.rate("alumiini_sink_deliveries_total", ["sink"]);
  const lines = { kind: "lines", width: 12 } as const;
  return {
    uid: "alumiini-delivery",
    title: "ALUMIINI / Delivery",
    description: "What of the events reaches the sinks, and what of the metrics has no series.",
    perRepository: false,
    rows: [
      {
        title: "Sinks",
        panels: [
          {
            title: "Failing deliveries",
            description: `The part that fails or has to be tried again; the alert fires above ${sinkFailures * 100}%.`,
            kind: "stat",
            unit: "percentunit",
            queries: [{ expr: `${failed} / (${all} > 0)`, legend: "{{sink}}" }],
            steps: limit(sinkFailures, "less"),
            width: 12,
          },
          {
            title: "Waiting messages",
            description: "Taken, and neither delivered nor dropped.",
            kind: "stat",
            unit: "short",
            queries: [{ expr: `sum by (sink) (${query.select("alumiini_sink_queue_depth")})`, legend: "{{sink}}" }],
            width: 12,
          },
          {
            title: "Deliveries",
            description: "By sink and outcome; a retry is an attempt that is made again.",
            kind: "stacked",
            unit: "ops",
            queries: [
              {
                expr: queries.rate("alumiini_sink_deliveries_total", ["sink", "outcome"]),
                legend: "{{sink}} {{outcome}}",
              },
            ],
            width: 12,
          },
          {
            ...lines,
            title: "Delivery duration",
            description: "p99, from acceptance to the receiver's confirmation.",
            unit: queries.durationUnit,
            queries: [
              {
                expr: queries.quantile(0.99, "alumiini_sink_delivery_duration_milliseconds", ["sink"]),
                legend: "{{sink}}",
              },
            ],
          },
          {
            ...lines,
            title: "Queue depth",
            description: "Waiting messages over time.",
            unit: "short",
            queries: [{ expr: `sum by (sink) (${query.select("alumiini_sink_queue_depth")})`, legend: "{{sink}}" }],
          },
          {
            ...lines,
            title: "Dropped messages",
            description: "By reason.",
            unit: "ops",
            queries: [
              {
                expr: `${queries.rate("alumiini_sink_dropped_total", ["sink", "reason"])} > 0`,
                legend: "{{sink}} {{reason}}",
              },
            ],
          },
        ],
      },
      {
        title: "Outboxes",
        panels: [
          {
            ...lines,
            title: "Oldest waiting message",
            description: "Since it was accepted, in memory or in the outbox; the alert fires above 15 minutes.",
            unit: "s",
            queries: [
              { expr: `max by (sink) (${query.select("alumiini_sink_oldest_pending_seconds")})`, legend: "{{sink}}" },
            ],
          },
          {
            ...lines,
            title: "Storage in use",
            description: "By outbox.",
            unit: "bytes",
            queries: [{ expr: `sum by (sink) (${query.select("alumiini_outbox_bytes")})`, legend: "{{sink}}" }],
          },
          {
            ...lines,
            title: "Records",
            description: "Messages that an outbox holds.",
            unit: "short",
            queries: [{ expr: `sum by (sink) (${query.select("alumiini_outbox_records")})`, legend: "{{sink}}" }],
          },
          {
            ...lines,
            title: "Degraded",
            description: "1 while an outbox can't store: what comes is in memory alone.",
            unit: "short",
            queries: [{ expr: `max by (sink) (${query.select("alumiini_outbox_degraded")})`, legend: "{{sink}}" }],
            width: 8,
          },
          {
            ...lines,
            title: "Dead letters",
            description: "Messages that were given up and are kept.",
            unit: "short",
            queries: [{ expr: `sum by (sink) (${query.select("alumiini_outbox_dead_letters")})`, legend: "{{sink}}" }],
            width: 8,
          },
          {
            ...lines,
            title: "Lost records",
            description: "Stored records that could not be read back since the start: corrupt or missing.",
            unit: "short",
            queries: [
              {
                expr: `sum by (sink, reason) (${query.select("alumiini_outbox_lost_total")})`,
                legend: "{{sink}} {{reason}}",
              },
            ],
            width: 8,
          },
        ],
      },
      {
        title: "Metrics",
        panels: [
          {
            ...lines,
            title: "Recordings without a series of their own",
            description: "By metric: a limit on label values was reached, and they went to _other.",
            unit: "ops",
            queries: [{ expr: queries.rate("alumiini_series_dropped_total", ["metric"]), legend: "{{metric}}" }],
          },
          {
            ...lines,
            title: "Clusters",
            description: "That processes report on. More of them than installations: see docs/metrics.md, Clusters.",
            unit: "short",
            queries: [
              { expr: `count by (cluster_id) (${query.select("alumiini_cluster_info")})`, legend: "{{cluster_id}}" },
            ],
          },
          {
            ...lines,
            title: "Versions",
            description: "Replicas by the version that they run.",
            unit: "short",
            queries: [{ expr: `count by (version) (${query.select("alumiini_build_info")})`, legend: "{{version}}" }],
          },
          {
            ...lines,
            title: "Leader transitions",
            description: "Within each hour.",
            unit: "short",
            queries: [
              {
                expr: `round(${queries.increase("alumiini_leader_transitions_total", [], "1h")})`,
                legend: "transitions",
              },
            ],
          },
        ],
      },
    ],
  };
}
