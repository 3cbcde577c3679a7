import type { MetricName } from "@alumiini/core/metrics";
import type { LatencyMetric } from "./indicators.js";
import { orZero, type Query } from "./promql.js";

/** Things within the short window from which on it is enough to judge by. */
const ENOUGH = 5;
/** Where fewer happen, this long is looked back. */
const LONG_WINDOW = "1h";
/** One bad thing among the few of the long window is no rate. */
const MIN_BAD = 2;
/** Where as little as one thing an hour happens: longer than an hour, for no poll is ever quite on time. */
const LONGEST_WINDOW = "2h";

/** A ratio of two counters. */
export interface Ratio {
  readonly metric: MetricName;
  /** Matchers of the good, of the bad, and of both. */
  readonly good: string;
  readonly bad: string;
  readonly all?: string;
  /** Labels to judge apart. */
  readonly labels: readonly string[];
  readonly window: string;
}

/**
 * True where the good part is below `threshold`: within the short window where enough happens in it, else within the
 * last hour; and where nothing good, but something bad, happened in two. Judged by the short window alone, syncs every
 * ten minutes would leave nothing to judge half of the time, and no `for` would ever pass.
 */
export function ratioBelow(
  query: Query,
  { metric, good, bad, all = "", labels, window }: Ratio,
  threshold: number,
): string {
  const count = (matchers: string, range: string) =>
    `sum ${query.by(...labels)} (increase(${query.select(metric, matchers)}[${range}]))`;
  const part = (range: string) => {
    const total = `(${count(all, range)} > 0)`;
    return `${orZero(count(good, range), total)} / ${total}`;
  };
  return adaptive({
    enough: `round(${count(all, window)}) >= ${ENOUGH}`,
    short: `${part(window)} < ${threshold}`,
    long: `${part(LONG_WINDOW)} < ${threshold}`,
    several: `round(${count(bad, LONG_WINDOW)}) >= ${MIN_BAD}`,
    all: `0 * (${count(all, LONGEST_WINDOW)} > 0) unless ${count(good, LONGEST_WINDOW)} > 0`,
  });
}

/** True where the p99 is above the threshold, judged by windows in the same way. */
export function p99Above(query: Query, { metric, matchers }: LatencyMetric, aboveMs: number, window: string): string {
  const quantile = (range: string) => {
    const buckets = `rate(${query.select(metric, matchers, "_bucket")}[${range}])`;
    return `histogram_quantile(0.99, sum ${query.by("le")} (${buckets})) > ${query.duration(aboveMs)}`;
  };
  const count = (matcher: string, range: string) => {
    const all = [matchers, matcher].filter((part) => part !== "").join(",");
    return `sum ${query.by()} (increase(${query.select(metric, all, "_bucket")}[${range}]))`;
  };
  const all = 'le="+Inf"';
  const quick = query.bucketAt(aboveMs);
  return adaptive({
    enough: `round(${count(all, window)}) >= ${ENOUGH}`,
    short: quantile(window),
    long: quantile(LONG_WINDOW),
    several: `round(${count(all, LONG_WINDOW)} - ${count(quick, LONG_WINDOW)}) >= ${MIN_BAD}`,
    all: `${quantile(LONGEST_WINDOW)} and ${count(quick, LONGEST_WINDOW)} == 0`,
  });
}

interface Conditions {
  readonly enough: string;
  readonly short: string;
  readonly long: string;
  /** More than one bad thing within the long window. */
  readonly several: string;
  /** Something, and nothing good, within the longest window. */
  readonly all: string;
}

function adaptive({ enough, short, long, several, all }: Conditions): string {
  return `(${short} and ${enough})
or
(
  (${long} and ${several} or ${all})
  unless ${enough}
)`;
}
