import type { DeliveryCounts } from "../intake/counts.js";
import type { IngestStats } from "./handler.js";

/**
 * The counts in Prometheus' text format, to append to what a registry exposes.
 *
 * - `alumiini_ingest_deliveries_total{source, outcome, reason}`: deliveries that have ended; `outcome` is `accepted`,
 *   `duplicate`, `ignored` or `rejected`.
 * - `alumiini_ingest_deliveries_received_total{source}`, `alumiini_ingest_deliveries_in_progress{source}`
 * - `alumiini_ingest_events_total{source}`: events that were new.
 *
 * What was sent to no source's path has the source `none`.
 */
export function ingestMetrics(stats: IngestStats): string {
  const sources: (readonly [string, DeliveryCounts])[] = Object.entries(stats.sources);
  sources.push(["none", withoutSource(stats)]);
  return [
    ...family("deliveries_received_total", "counter", "Deliveries that arrived.", sources, ({ received }) => [
      [{}, received],
    ]),
    ...family("deliveries_in_progress", "gauge", "Deliveries that are not answered yet.", sources, (counts) => [
      [{}, counts.inProgress],
    ]),
    ...family("deliveries_total", "counter", "Deliveries that were answered, by outcome.", sources, endings),
    ...family("events_total", "counter", "Events that were new.", sources, ({ events }) => [[{}, events]]),
    "",
  ].join("\n");
}

type Labels = Readonly<Record<string, string>>;
type Rows = readonly (readonly [Labels, number])[];

function endings({ accepted, duplicate, ignored, rejected }: DeliveryCounts): Rows {
  const byReason = (outcome: string, counts: Readonly<Record<string, number>>): Rows =>
    Object.entries(counts).map(([reason, count]) => [{ outcome, reason }, count]);
  return [
    [{ outcome: "accepted", reason: "" }, accepted],
    [{ outcome: "duplicate", reason: "" }, duplicate],
    ...byReason("ignored", ignored),
    ...byReason("rejected", rejected),
  ];
}

function withoutSource(stats: IngestStats): DeliveryCounts {
  const left = (read: (counts: DeliveryCounts) => number) =>
    Object.values(stats.sources).reduce((rest, counts) => rest - read(counts), read(stats));
  const reasons = Object.keys(stats.rejected) as (keyof typeof stats.rejected)[];
  return {
    received: left(({ received }) => received),
    inProgress: left(({ inProgress }) => inProgress),
    accepted: 0,
    duplicate: 0,
    ignored: {},
    rejected: Object.fromEntries(
      reasons
        .map((reason) => [reason, left(({ rejected }) => rejected[reason] ?? 0)])
        .filter(([, count]) => count !== 0),
    ),
    events: 0,
  };
}

function family(
  name: string,
  type: "counter" | "gauge",
  help: string,
  sources: readonly (readonly [string, DeliveryCounts])[],
  rows: (counts: DeliveryCounts) => Rows,
): string[] {
  const full = `alumiini_ingest_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...sources.flatMap(([source, counts]) =>
      rows(counts).map(([labels, value]) => `${full}{${labelText({ source, ...labels })}} ${value}`),
    ),
  ];
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`))}"`)
    .join(",");
}
