/** A distribution as data, for any metrics backend. */
export interface HistogramData {
  /** Upper bounds, inclusive and ascending; an infinite one follows. */
  readonly bounds: readonly number[];
  /** What fell in each bucket alone, not cumulated: one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** Milliseconds: from a broker next door to an outage of ten minutes. */
const BOUNDS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 600_000] as const;

/** Counts durations in buckets. */
export class DurationHistogram {
  readonly #counts: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  #sum = 0;
  #count = 0;

  observe(milliseconds: number): void {
    let bucket = 0;
    while (milliseconds > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += milliseconds;
    this.#count++;
  }

  data(): HistogramData {
    return { bounds: BOUNDS, counts: [...this.#counts], sum: this.#sum, count: this.#count };
  }
}
