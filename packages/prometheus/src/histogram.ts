import type { HistogramDefinition, MetricRecorder } from "@alumiini/core";
import { Histogram } from "prom-client";
import type { LabelLimits } from "./label-limits.js";
import { type AnyRegistry, labelValuesOf, type RemoveArguments, refuseWrites } from "./own-series.js";
import { type SeriesLabels, SeriesStore } from "./series-store.js";

interface HistogramSeries {
  readonly labels: SeriesLabels;
  /** Observations by bucket, each counted in one bucket only; the last is the infinite one. */
  readonly counts: number[];
  sum: number;
}

/** One line of the exposition, as prom-client's registry writes it. */
interface Sample {
  readonly metricName: string;
  /** The labels of this line alone. */
  readonly labels: { le?: number | string };
  /** The labels that all lines of the series share; prom-client formats the same object only once. */
  readonly sharedLabels: SeriesLabels;
  readonly value: number;
}

/** A histogram of prom-client's whose series are ours. */
export class OwnHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series: SeriesStore<HistogramSeries>;

  constructor(definition: HistogramDefinition, register: AnyRegistry, limits: LabelLimits) {
    const { name, description: help, labels: labelNames, buckets } = definition;
    super({ name, help, labelNames, buckets: [...buckets], registers: [register] });
    this.#name = name;
    this.#help = help;
    this.#bounds = buckets;
    this.#series = new SeriesStore(labelNames, limits, (labels) => ({
      labels,
      counts: new Array<number>(buckets.length + 1).fill(0),
      sum: 0,
    }));
    refuseWrites(this, name, ["observe", "zero", "startTimer", "labels"]);
  }

  readonly record: MetricRecorder = (labelValues, value) => {
    const series = this.#series.at(labelValues);
    let bucket = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      bucket++;
    }
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
  };

  /** What prom-client's registry takes for the text format, and what its `get()` makes the JSON form of. */
  async getForPromString() {
    const values: Sample[] = [];
    for (const series of this.#series) this.#addSamples(values, series);
    return { name: this.#name, help: this.#help, type: "histogram", aggregator: "sum", values };
  }

  override reset(): void {
    super.reset();
    // prom-client resets within its constructor, before there are series.
    if (#series in this) this.#series.clear();
  }

  override remove(...labels: RemoveArguments): void {
    this.#series.remove(labelValuesOf(this.#series.labelNames, labels));
  }

  #addSamples(samples: Sample[], { labels: sharedLabels, counts, sum }: HistogramSeries): void {
    const metricName = `${this.#name}_bucket`;
    let cumulative = 0;
    for (const [index, count] of counts.entries()) {
      cumulative += count;
      samples.push({ metricName, labels: { le: this.#bounds[index] ?? "+Inf" }, sharedLabels, value: cumulative });
    }
    samples.push({ metricName: `${this.#name}_sum`, labels: {}, sharedLabels, value: sum });
    samples.push({ metricName: `${this.#name}_count`, labels: {}, sharedLabels, value: cumulative });
  }
}
