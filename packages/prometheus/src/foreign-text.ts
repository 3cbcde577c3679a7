import type { Metric } from "prom-client";
import { labelText } from "./metrics/label-set.js";
import { headText, type TextStyle, valueText } from "./metrics/metric-text.js";

/**
 * Writes a metric that is not ours, as its registry would. In OpenMetrics a counter's samples end in `_total`; one
 * whose name does not is written as of unknown type, so that no name depends on who scrapes.
 */
export async function foreignText(metric: Metric, style: TextStyle): Promise<string> {
  const { name, help, type, values } = await metric.get();
  const kind = String(type);
  const shownType = style.openMetrics && kind === "counter" && !name.endsWith("_total") ? "unknown" : kind;
  const lines = values.map((sample) => {
    const { labels, value } = sample;
    const metricName = "metricName" in sample ? String(sample.metricName) : name;
    const text = labelText({ ...presentLabels(style.defaultLabels), ...presentLabels(labels) });
    return `${metricName}${text === "" ? "" : `{${text}}`} ${valueText(value)}\n`;
  });
  return headText(name, help, shownType, style) + lines.join("");
}

/** A label without a value is no label. */
function presentLabels(labels: object | undefined): Record<string, string | number> {
  const present = Object.entries(labels ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, typeof value === "number" ? value : String(value)]));
}
