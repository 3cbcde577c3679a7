import type { Alert } from "./alert.js";
import type { Query } from "./promql.js";

/** The counter that `ingestMetrics` of `@alumiini/ingest` writes. */
const DELIVERIES = "alumiini_ingest_deliveries_total";

/** What happens to events on their way in: deliveries of Flux, Argo CD and forges. */
export function ingestAlerts(query: Query): readonly Alert[] {
  // A series of rejections begins with the first, at 1.
  const more = (matchers: string, labels: readonly string[], window: string) =>
    `sum ${query.by(...labels)} ${query.grown(query.selectAny(DELIVERIES, matchers), window)}`;
  const refused = 'outcome="rejected",reason=~"unauthorized|invalid|unsupported_media_type|too_large",source!="none"';
  return [
    {
      name: "AlumiiniIngestSourceRefused",
      expr: `round(${more(refused, ["source", "reason"], "1h")}) >= 3
unless ${query.on("source")}
  ${more('outcome!="rejected"', ["source"], "1h")} > 0`,
      // Who has just started has refused strangers, perhaps, and not been sent anything yet.
      for: "15m",
      severity: "warning",
      summary: "All deliveries of a source are refused",
      description:
        "{{ $value }} deliveries to {{ $labels.source }} were refused within an hour ({{ $labels.reason }}), and none was taken.",
    },
    {
      name: "AlumiiniIngestNotStoring",
      expr: `${more('outcome="rejected",reason=~"not_stored|unavailable|internal|full"', ["reason"], "15m")} > 0`,
      for: "10m",
      keepFiringFor: "15m",
      severity: "critical",
      summary: "Deliveries can't be stored",
      description:
        "{{ $value | humanize }} deliveries were turned away within 15 minutes ({{ $labels.reason }}): senders try again for a while and then give up.",
    },
  ];
}
