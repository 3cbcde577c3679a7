import type { MetricDefinition } from "@alumiini/core/metrics";
import { Histogram } from "prom-client";
import type { Exemplar } from "./metrics/exemplars.js";
import { histogramTexts, type TextStyle } from "./metrics/metric-text.js";
import { labelValuesOf, type OwnOptions, type RemoveArguments, refuseWrites } from "./own-series.js";
import type { HistogramSeries, SeriesSource } from "./series.js";

/** One line of the exposition, as prom-client's registry writes it. */
interface Sample {
  readonly metricName: string;
  /** The labels of this line alone. */
  readonly labels: { le?: number | string };
  /** The labels that all lines of the series share; prom-client formats the same object only once. */
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

/** A histogram of prom-client's whose series are ours. */
export class OwnHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly definition: MetricDefinition;
  readonly #series: SeriesSource<HistogramSeries>;

  constructor({ definition, register }: OwnOptions<"histogram">, series: SeriesSource<HistogramSeries>) {
    const { name, description: help, buckets } = definition;
    super({ name, help, labelNames: series.labelNames, buckets: [...buckets], registers: [register] });
    this.#name = name;
    this.#help = help;
    this.#bounds = buckets;
    this.definition = definition;
    this.#series = series;
    refuseWrites(this, name, ["observe", "zero", "startTimer", "labels"]);
  }

  /** What prom-client's registry takes for the text format, and what its `get()` makes the JSON form of. */
  async getForPromString() {
    const values: Sample[] = [];
    for (const series of this.#series) this.#addSamples(values, series);
    return { name: this.#name, help: this.#help, type: "histogram", aggregator: "sum", values };
  }

  texts(style: TextStyle): Iterable<string> {
    return histogramTexts(this.#name, this.#bounds, this.#series, style);
  }

  override reset(): void {
    super.reset();
    // prom-client resets within its constructor, before there are series.
    if (#series in this) this.#series.clear();
  }

  override remove(...labels: RemoveArguments): void {
    this.#series.remove(labelValuesOf(this.#series.labelNames, labels));
  }

  #addSamples(samples: Sample[], { labels: { labels: sharedLabels }, counts, sum, exemplars }: HistogramSeries): void {
    const metricName = `${this.#name}_bucket`;
    let cumulative = 0;
    for (const [index, count] of counts.entries()) {
      cumulative += count;
      const labels = { le: this.#bounds[index] ?? "+Inf" };
      samples.push({ metricName, labels, sharedLabels, value: cumulative, exemplar: exemplars?.[index] });
    }
    samples.push({ metricName: `${this.#name}_sum`, labels: {}, sharedLabels, value: sum });
    samples.push({ metricName: `${this.#name}_count`, labels: {}, sharedLabels, value: cumulative });
  }
}
