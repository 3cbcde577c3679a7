import type { CounterDefinition } from "@alumiini/core/metrics";
import type { SeriesStore } from "./metrics/series-store.js";
import type { NumberSeries } from "./series.js";

/**
 * The label values of the series that a counter begins with, where `known` has the values of the labels that the
 * definition gives no initial ones for. None where a label's value is not known.
 */
export function initialLabelValues(
  { labels, initial }: CounterDefinition,
  known: Readonly<Record<string, string>>,
): readonly (readonly string[])[] {
  if (initial === undefined) return [];
  let combinations: readonly (readonly string[])[] = [[]];
  for (const label of labels) {
    const own = known[label];
    const values = initial[label] ?? (own === undefined ? [] : [own]);
    combinations = combinations.flatMap((start) => values.map((value) => [...start, value]));
  }
  return combinations;
}

/** Lets a series that is new, and those that differ from it in initial values only, begin at 0 together. */
export function initialiseSiblings(
  definition: CounterDefinition,
  store: SeriesStore<NumberSeries>,
  labelValues: readonly string[],
): void {
  if (store.at(labelValues)?.value !== 0) return;
  const known = definition.labels.map((label, index) => [label, labelValues[index] ?? ""]);
  for (const values of initialLabelValues(definition, Object.fromEntries(known))) store.at(values);
}
