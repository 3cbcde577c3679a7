import { type Alert, percent } from "./alert.js";
import { goodPartBelow } from "./objective-alerts.js";
import type { Query } from "./promql.js";
import type { Slos } from "./slos.js";

/** What happens to events on their way out: to sinks and their outboxes. */
export function sinkAlerts(query: Query, { sinkFailures }: Slos): readonly Alert[] {
  const bySink = query.by("sink");
  const depth = query.select("alumiini_sink_queue_depth");
  const delivered = query.select("alumiini_sink_deliveries_total", 'outcome="success"');
  return [
    {
      name: "AlumiiniSinkDeliveryFailing",
      expr: goodPartBelow("sink-delivery", Number((1 - sinkFailures).toPrecision(6))),
      for: "10m",
      keepFiringFor: "10m",
      severity: "warning",
      summary: `More than ${percent(sinkFailures)} of deliveries to a sink fail`,
      description: "Only {{ $value | humanizePercentage }} of the attempts to deliver to {{ $labels.sink }} succeed.",
    },
    {
      name: "AlumiiniSinkBacklogOld",
      // A sink that can't say how old its backlog is, and delivers none of it for a quarter of an hour, is as bad.
      expr: `max ${bySink} (${query.select("alumiini_sink_oldest_pending_seconds")}) > 900
or
(
  900 * (max ${bySink} (min_over_time(${depth}[15m])) > bool 0) > 0
  and max ${bySink} (${depth} offset 15m) > 0
  unless sum ${bySink} (increase(${delivered}[15m])) > 0
)`,
      for: "5m",
      severity: "warning",
      summary: "A sink has delivered nothing of its backlog for 15 minutes",
      description:
        "The oldest message that {{ $labels.sink }} holds was accepted {{ $value | humanizeDuration }} ago, or longer.",
    },
    {
      name: "AlumiiniOutboxDegraded",
      expr: `max ${bySink} (${query.select("alumiini_outbox_degraded")}) == 1`,
      for: "5m",
      severity: "critical",
      summary: "An outbox can't store messages",
      description: "The outbox of {{ $labels.sink }} can't write: a crash now loses what is in memory.",
    },
    {
      name: "AlumiiniOutboxDataLost",
      // Most losses are found at a start: the series then begins with them.
      expr: `round(sum ${query.by("sink", "reason")} ${query.grown(query.select("alumiini_outbox_lost_total"), "1h")}) > 0`,
      for: "0m",
      severity: "critical",
      summary: "An outbox lost stored messages",
      description: "{{ $value }} messages of {{ $labels.sink }} are gone ({{ $labels.reason }}).",
    },
    {
      name: "AlumiiniDeadLetters",
      expr: `max ${bySink} (delta(${query.select("alumiini_outbox_dead_letters")}[1h])) > 0`,
      for: "0m",
      severity: "warning",
      summary: "A sink gave messages up",
      description: "{{ $value }} messages of {{ $labels.sink }} became dead letters within an hour.",
    },
  ];
}
