/** The numbers of `AggregationTemporality` in `@opentelemetry/sdk-metrics`. */
const DELTA = 0;
const CUMULATIVE = 1;

/**
 * Returns the temporality that makes the gauges of a repository end when it is removed, or when leadership is lost: delta
 * for observable gauges (receivers see no difference, as a gauge has no temporality), cumulative for everything else. By
 * default the JavaScript SDK (2.x and 3.x) exports the last value of a gauge that is no longer observed for as long as it
 * runs, which the specification advises against.
 *
 * @example
 * ```ts
 * import { selectTemporality } from "@alumiini/otel";
 * import { AggregationTemporality, InMemoryMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
 *
 * const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE); // Or OTLPMetricExporter.
 * exporter.selectAggregationTemporality = selectTemporality;
 * const reader = new PeriodicExportingMetricReader({ exporter });
 * // new NodeSDK({ metricReaders: [reader] })
 * ```
 */
export function selectTemporality(instrumentType: string): typeof DELTA | typeof CUMULATIVE {
  return instrumentType === "OBSERVABLE_GAUGE" ? DELTA : CUMULATIVE;
}
