import { APPLY_LATENCY, GIT_FETCH_LATENCY, type LatencyMetric, SYNC_LATENCY, SYNC_OUTCOMES } from "./indicators.js";
import { orZero, type Query } from "./promql.js";
import { badPartRecently } from "./recent.js";
import {
  BAD_SYNCS,
  CONTROLLER_UP,
  GOOD_SYNCS,
  type IndicatorName,
  JUDGED,
  JUDGED_BAD,
  judged,
  LAST_SUCCESS,
  RECENT,
  RECOVERIES,
  recordName,
  WINDOWS,
} from "./recorded.js";
import type { LatencySlo, Slos } from "./slos.js";

/** One recording rule as Prometheus reads it. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Everything that is computed from many series, once, over five minutes. Longer windows are sums of these, and cost next
 * to nothing. Each rule needs those before it.
 */
export function recordings(query: Query, slos: Slos): readonly RecordingRule[] {
  return [
    ...ofRepositories(query),
    ...ofSyncs(query),
    ...ofLatency(query, "sync-latency", SYNC_LATENCY, slos.syncLatency),
    ...ofLatency(query, "git-fetch-latency", GIT_FETCH_LATENCY, slos.gitFetchLatency),
    ...ofLatency(query, "apply-latency", APPLY_LATENCY, slos.applyLatency),
    ...ofRatio("cache-hit-rate", (bad) => {
      const accesses = query.select("alumiini_cache_total", bad ? 'result!="hit"' : "");
      return `sum ${query.by("cache_name")} (rate(${accesses}[5m]))`;
    }),
    ...ofRatio("sink-delivery", (bad) => {
      const deliveries = query.select("alumiini_sink_deliveries_total", bad ? 'outcome!="success"' : "");
      return `sum ${query.by("sink")} (rate(${deliveries}[5m]))`;
    }),
    { record: recordName("5m"), expr: `${orZero(JUDGED_BAD, JUDGED)} / ${JUDGED}` },
    ...WINDOWS.filter((window) => window !== "5m").map((window) => {
      const total = `sum_over_time(${JUDGED}[${window}])`;
      return {
        record: recordName(window),
        expr: `${orZero(`sum_over_time(${JUDGED_BAD}[${window}])`, total)} / ${total}`,
      };
    }),
    { record: RECENT, expr: badPartRecently(query) },
    {
      record: CONTROLLER_UP,
      // Itself among what it is made of: who was there within these days, and is not, is missed.
      expr: `group ${query.by()} (${query.select("alumiini_build_info")})
or
0 * (max ${query.by()} (max_over_time(${CONTROLLER_UP}[${slos.missForDays}d])) == 1)`,
    },
  ];
}

function ofRepositories(query: Query): readonly RecordingRule[] {
  const rate = (matchers: string) =>
    `sum ${query.byRepository()} (rate(${query.select("alumiini_syncs_total", matchers)}[5m])) > 0`;
  return [
    { record: GOOD_SYNCS, expr: rate(SYNC_OUTCOMES.good) },
    { record: BAD_SYNCS, expr: rate(SYNC_OUTCOMES.bad) },
    {
      record: RECOVERIES,
      expr: `sum ${query.byRepository()} (resets(${query.select("alumiini_sync_consecutive_failures")}[5m])) / 300 > 0`,
    },
    {
      record: LAST_SUCCESS,
      expr: `max ${query.byRepository()} (${query.select("alumiini_sync_last_success_timestamp_seconds")})`,
    },
  ];
}

function ofSyncs(query: Query): readonly RecordingRule[] {
  return ofRatio(
    "sync-success",
    (bad) => `sum ${query.by()} (${bad ? BAD_SYNCS : `{__name__=~"${GOOD_SYNCS}|${BAD_SYNCS}"}`})`,
  );
}

function ofRatio(slo: IndicatorName, sum: (bad: boolean) => string): readonly RecordingRule[] {
  return [
    { record: JUDGED, expr: `${sum(false)} > 0`, labels: { slo } },
    { record: JUDGED_BAD, expr: `${sum(true)} > 0`, labels: { slo } },
  ];
}

/** A p99 is above a bound where more than a hundredth is: so three counts say all that a whole histogram would. */
function ofLatency(
  query: Query,
  slo: "sync-latency" | "git-fetch-latency" | "apply-latency",
  { metric, matchers }: LatencyMetric,
  { thresholdMs, alertAboveMs }: LatencySlo,
): readonly RecordingRule[] {
  const sum = (suffix: string, matcher: string) => {
    const all = [matchers, matcher].filter((part) => part !== "").join(",");
    return `sum ${query.by()} (rate(${query.select(metric, all, suffix)}[5m]))`;
  };
  const total = judged(JUDGED, slo);
  // What is left of a difference by rounding is no event.
  const beyond = (milliseconds: number) =>
    `sum ${query.by()} (${total}) - ${sum("_bucket", query.bucketAt(milliseconds))} > 1e-9`;
  return [
    { record: JUDGED, expr: `${sum("_count", "")} > 0`, labels: { slo } },
    { record: JUDGED_BAD, expr: beyond(thresholdMs), labels: { slo } },
    { record: JUDGED, expr: `sum ${query.by()} (${total})`, labels: { slo: `${slo}-p99` } },
    { record: JUDGED_BAD, expr: beyond(alertAboveMs), labels: { slo: `${slo}-p99` } },
  ];
}
