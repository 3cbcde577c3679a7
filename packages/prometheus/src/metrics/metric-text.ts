import type { Exemplar } from "./exemplars.js";
import { labelText } from "./label-set.js";
import type { HistogramSeries, NumberSeries } from "./series-store.js";

/** How samples are written. */
export interface TextStyle {
  /** OpenMetrics 1.0 instead of Prometheus' text format 0.0.4. */
  readonly openMetrics: boolean;
  /** Labels of the registry that every series without them gets. */
  readonly defaultLabels: Readonly<Record<string, string>>;
}

/** The lines that stand before a metric's samples. */
export function headText(name: string, help: string, type: string, { openMetrics }: TextStyle): string {
  const family = openMetrics && type === "counter" ? name.replace(/_total$/, "") : name;
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${family} ${openMetrics ? escaped.replaceAll('"', '\\"') : escaped}\n# TYPE ${family} ${type}\n`;
}

/** The samples of a counter or gauge, one text for each series. */
export function* numberTexts(name: string, all: Iterable<NumberSeries>, style: TextStyle): Iterable<string> {
  let defaults: string | undefined;
  for (const { labels, value, exemplar } of all) {
    defaults ??= missingLabels(labels.labels, style);
    const within = joinLabels(labels.text, defaults);
    const trace = exemplar !== undefined && style.openMetrics ? exemplarText(exemplar) : "";
    yield `${name}${within === "" ? "" : `{${within}}`} ${valueText(value)}${trace}\n`;
  }
}

/** The samples of a histogram, one text for each series. */
export function* histogramTexts(
  name: string,
  bounds: readonly number[],
  all: Iterable<HistogramSeries>,
  style: TextStyle,
): Iterable<string> {
  const bucketStarts = [...bounds, Number.POSITIVE_INFINITY].map(
    (bound) => `${name}_bucket{le="${boundText(bound, style)}",`,
  );
  let defaults: string | undefined;
  for (const { labels, counts, sum, exemplars } of all) {
    defaults ??= missingLabels(labels.labels, style);
    const within = joinLabels(labels.text, defaults);
    let text = "";
    let cumulative = 0;
    for (let index = 0; index < bucketStarts.length; index++) {
      cumulative += counts[index] ?? 0;
      const exemplar = style.openMetrics ? exemplars?.[index] : undefined;
      text += `${bucketStarts[index]}${within}} ${cumulative}${exemplar === undefined ? "" : exemplarText(exemplar)}\n`;
    }
    yield `${text}${name}_sum{${within}} ${valueText(sum)}\n${name}_count{${within}} ${cumulative}\n`;
  }
}

/** A value in either format. */
export function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** OpenMetrics asks for the canonical form of a float. */
function boundText(bound: number, { openMetrics }: TextStyle): string {
  return openMetrics && Number.isInteger(bound) ? `${bound}.0` : valueText(bound);
}

function exemplarText({ labelSet, value, timestamp }: Exemplar): string {
  return ` # {${labelText(labelSet)}} ${valueText(value)} ${timestamp}`;
}

/** The registry's labels that a series lacks, as text; all series of a metric lack the same. */
function missingLabels(labels: Readonly<Record<string, string>>, { defaultLabels }: TextStyle): string {
  return labelText(Object.fromEntries(Object.entries(defaultLabels).filter(([name]) => !Object.hasOwn(labels, name))));
}

function joinLabels(first: string, second: string): string {
  if (first === "" || second === "") return first + second;
  return `${first},${second}`;
}
