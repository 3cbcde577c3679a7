import { setImmediate } from "node:timers/promises";
import { readProperty } from "@alumiini/core/adapter";
import { Gauge, type Metric } from "prom-client";
import { labelText } from "../metrics/label-set.js";
import { type MetricSet, metricSetIn } from "../metrics/metric-set.js";
import { headText, type TextStyle, valueText } from "../metrics/metric-text.js";
import type { AnyRegistry } from "../options.js";
import { type Format, formatOf } from "./negotiate.js";

/** Characters that are written before the event loop gets its turn: about a millisecond's work. */
const CHUNK_LENGTH = 64 * 1024;

/** Whether the registry's metrics can be written in this format without changing any name. */
export function canWrite(register: AnyRegistry, format: Format): boolean {
  return format === formatOf(register) || metricSetIn(register)?.exemplars !== undefined;
}

/**
 * Writes all metrics of a registry in pieces, and lets the event loop run between them: with thousands of repositories
 * the whole text takes longer than a controller may stand still. Metrics that are not ours come first, whole, so that
 * whatever fails in them fails before anything is written. Each series is written at one instant.
 */
export async function* exposition(register: AnyRegistry, format: Format): AsyncGenerator<string, void, void> {
  const set = metricSetIn(register);
  if (set === undefined) {
    yield await register.metrics();
    return;
  }
  const style: TextStyle = { openMetrics: format === "openmetrics", defaultLabels: await defaultLabelsOf(register) };
  let text = (await Promise.all(foreignMetrics(register, set).map((metric) => foreignText(metric, style)))).join("");
  for (const metric of set.metrics) {
    text += headText(metric.definition.name, metric.definition.description, metric.definition.kind, style);
    for (const lines of metric.texts(style)) {
      text += lines;
      if (text.length < CHUNK_LENGTH) continue;
      yield text;
      text = "";
      await setImmediate();
    }
  }
  yield style.openMetrics ? `${text}# EOF\n` : text;
}

function foreignMetrics(register: AnyRegistry, set: MetricSet): readonly Metric[] {
  const own = new Set<unknown>(set.metrics);
  return register.getMetricsAsArray().flatMap(({ name }) => {
    const metric = register.getSingleMetric(name);
    return metric === undefined || own.has(metric) ? [] : [metric];
  });
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"/g;

/**
 * Returns the labels that the registry adds to every series. prom-client has no way to ask for them; the text of a metric
 * without labels of its own shows them. Its types lack the method that writes one metric.
 */
async function defaultLabelsOf(register: AnyRegistry): Promise<Readonly<Record<string, string>>> {
  const write = readProperty(register, "getMetricsAsString");
  if (typeof write !== "function") throw new Error("the registry is none of prom-client 15");
  const written: unknown = await write.call(register, new Gauge({ name: "probe", help: "probe", registers: [] }));
  const text = String(written);
  const sample = text.split("\n").find((line) => !line.startsWith("#")) ?? "";
  const labels = Array.from(sample.matchAll(LABEL), ([, name = "", value = ""]) => [name, unescaped(value)]);
  return Object.fromEntries(labels);
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}

/**
 * Writes a metric that is not ours, as its registry would. In OpenMetrics a counter's samples end in `_total`; one
 * whose name does not is written as of unknown type, so that no name depends on who scrapes.
 */
async function foreignText(metric: Metric, style: TextStyle): Promise<string> {
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
