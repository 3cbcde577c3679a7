import type { Exemplar } from "./metrics/exemplars.js";
import type { LabelSet } from "./metrics/label-set.js";

/** One series of a counter or a gauge. */
export interface NumberSeries {
  readonly labels: LabelSet;
  value: number;
  exemplar?: Exemplar;
}

/** One series of a histogram. */
export interface HistogramSeries {
  readonly labels: LabelSet;
  /** Observations by bucket, each counted in one bucket only; the last is the infinite one. */
  readonly counts: number[];
  sum: number;
  /** The newest of each bucket. */
  exemplars?: (Exemplar | undefined)[];
}

/** Where the series of a metric come from at a scrape. */
export interface SeriesSource<S> extends Iterable<S> {
  readonly labelNames: readonly string[];
  /** Forgets all series; those that are read come again. */
  clear(): void;
  /** Forgets the series with these label values, which are in the order of `labelNames`. */
  remove(labelValues: readonly string[]): void;
}

/** Series that are made anew at each scrape from what somebody else keeps. */
export function readSeries<S>(labelNames: readonly string[], read: () => Iterable<S>): SeriesSource<S> {
  return { labelNames, clear() {}, remove() {}, [Symbol.iterator]: () => read()[Symbol.iterator]() };
}
