import type { MetricRecorder } from "@alumiini/core/metrics";
import type { HistogramSeries, NumberSeries } from "../series.js";
import type { ExemplarContext } from "./exemplars.js";
import type { SeriesStore } from "./series-store.js";

/** Adds to a counter's series. */
export function counterRecorder(
  store: SeriesStore<NumberSeries>,
  exemplars: ExemplarContext | undefined,
): MetricRecorder {
  return (labelValues, value) => {
    const series = store.at(labelValues);
    if (series === undefined) return;
    series.value += value;
    const exemplar = exemplars?.of(value);
    if (exemplar !== undefined) series.exemplar = exemplar;
  };
}

/** Replaces the value of a gauge's series, as long as `isWritable` says so. */
export function gaugeRecorder(store: SeriesStore<NumberSeries>, isWritable: () => boolean): MetricRecorder {
  return (labelValues, value) => {
    const series = isWritable() ? store.at(labelValues) : undefined;
    if (series !== undefined) series.value = value;
  };
}

/** Counts in a histogram's series. */
export function histogramRecorder(
  store: SeriesStore<HistogramSeries>,
  bounds: readonly number[],
  exemplars: ExemplarContext | undefined,
): MetricRecorder {
  return (labelValues, value) => {
    const series = store.at(labelValues);
    if (series === undefined) return;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
    const exemplar = exemplars?.of(value);
    if (exemplar === undefined) return;
    series.exemplars ??= new Array<undefined>(bounds.length + 1).fill(undefined);
    series.exemplars[bucket] = exemplar;
  };
}
