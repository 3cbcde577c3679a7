import type { CounterDefinition, MetricRecorder } from "@alumiini/core/metrics";
import type { ExemplarContext } from "./exemplars.js";
import type { LabelSet } from "./label-set.js";
import type { HistogramSeries, NumberSeries, SeriesStore } from "./series-store.js";

/** A histogram's series as it is recorded. */
export type RecordedHistogram = { -readonly [K in keyof HistogramSeries]: HistogramSeries[K] } & {
  readonly labels: LabelSet;
  readonly counts: number[];
  exemplars?: (HistogramSeries["exemplars"] & object)[number][];
};

/** Returns a recorder that adds to a counter's series. */
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

/** Returns a recorder that replaces the value of a gauge's series. */
export function gaugeRecorder(store: SeriesStore<NumberSeries>): MetricRecorder {
  return (labelValues, value) => {
    const series = store.at(labelValues);
    if (series !== undefined) series.value = value;
  };
}

/** Returns a recorder that counts in a histogram's series. */
export function histogramRecorder(
  store: SeriesStore<RecordedHistogram>,
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

/**
 * Returns the label values of the series that a counter begins with, where `known` has the values of the labels that the
 * definition gives no initial ones for. None where a label's value is not known.
 */
export function initialLabelValues(
  { labels, initial }: CounterDefinition,
  known: ReadonlyMap<string, string>,
): readonly (readonly string[])[] {
  if (initial === undefined) return [];
  let combinations: readonly (readonly string[])[] = [[]];
  for (const label of labels) {
    const own = known.get(label);
    const values = initial[label] ?? (own === undefined ? [] : [own]);
    combinations = combinations.flatMap((start) => values.map((value) => [...start, value]));
  }
  return combinations;
}

/** Returns a recorder that also begins, at 0, the series that differ from a new one in initial values only. */
export function beginningSiblings(
  definition: CounterDefinition,
  store: SeriesStore<NumberSeries>,
  count: MetricRecorder,
): MetricRecorder {
  return (labelValues, value) => {
    if (!store.has(labelValues)) {
      const known = definition.labels.map((label, index) => [label, labelValues[index] ?? ""] as const);
      for (const values of initialLabelValues(definition, new Map(known))) store.begin(values);
    }
    count(labelValues, value);
  };
}
