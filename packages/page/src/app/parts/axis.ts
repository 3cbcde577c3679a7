/** Places times on a line of 0 to 100 percent. A long gap can be folded, so that the rest can be seen. */
export class Axis {
  readonly from: number;
  readonly to: number;
  readonly #fold: { readonly from: number; readonly to: number } | undefined;

  constructor(from: number, to: number, fold?: { readonly from: number; readonly to: number }) {
    this.from = from;
    this.to = Math.max(to, from + 1);
    this.#fold = fold;
  }

  /** Percent; below 0 or above 100 outside. */
  at(value: number): number {
    const fold = this.#fold;
    if (fold === undefined) return (100 * (value - this.from)) / (this.to - this.from);
    const seen = this.to - this.from - (fold.to - fold.from);
    const rate = (100 - FOLDED) / Math.max(1, seen);
    if (value <= fold.from) return (value - this.from) * rate;
    const before = (fold.from - this.from) * rate;
    if (value >= fold.to) return before + FOLDED + (value - fold.to) * rate;
    return before + (FOLDED * (value - fold.from)) / (fold.to - fold.from);
  }

  /** Whether it can be drawn on the line; half a percent outside still can. */
  has(value: number): boolean {
    const slack = (this.to - this.from) / 200;
    return value >= this.from - slack && value <= this.to + slack;
  }

  /** Round values, at most `most` of them, none inside the fold. */
  ticks(most = 6): number[] {
    const step = roundStep((this.to - this.from) / most);
    const ticks: number[] = [];
    for (let value = Math.ceil(this.from / step) * step; value <= this.to; value += step) {
      const folded = this.#fold !== undefined && value > this.#fold.from && value < this.#fold.to;
      if (!folded) ticks.push(value);
    }
    return ticks;
  }
}

const FOLDED = 12;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((each) => each * DAY),
];

/** The smallest step that people count in and that is no smaller. */
export function roundStep(least: number): number {
  return STEPS.find((step) => step >= least) ?? 364 * DAY;
}
