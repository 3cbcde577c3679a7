import { compileMetrics, METRICS, type Subscriber } from "@alumiini/core";
import { register as globalRegistry } from "prom-client";
import { metricSetOf } from "./metric-set.js";
import type { AnyRegistry } from "./own-series.js";

/** What `prometheusSubscriber` takes. */
export interface PrometheusOptions {
  /** Where the metrics are registered. Default: prom-client's global registry, its export `register`. */
  readonly register?: AnyRegistry | undefined;
  /**
   * Repositories that get series of their own: a whole number, 1 or more. Those that come later share the series with
   * `repo_name="_other"`. Default 1,000, which makes about 15,000 lines of each histogram.
   */
  readonly maxRepositories?: number | undefined;
}

/**
 * Makes the subscriber that keeps the metrics of ADR-004 section 3 in a prom-client registry. Subscribers on the same
 * registry share its metrics, so that several telemetry instances can be scraped as one: counters and histograms add
 * up, gauges hold what was reported last.
 *
 * @throws {RangeError} when `maxRepositories` is no whole number of 1 or more.
 * @throws {Error} when the registry has a metric of one of our names that isn't ours, or when a subscriber with another
 * `maxRepositories` shares it.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { prometheusSubscriber } from "@alumiini/prometheus";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(prometheusSubscriber());
 * ```
 */
export function prometheusSubscriber(options: PrometheusOptions = {}): Subscriber {
  const { register = globalRegistry, maxRepositories = 1000 } = options;
  if (!Number.isSafeInteger(maxRepositories) || maxRepositories < 1) {
    throw new RangeError(`prometheusSubscriber: maxRepositories must be a whole number of 1 or more`);
  }
  const metrics = metricSetOf(register, maxRepositories);
  return { name: "prometheus", ...compileMetrics(METRICS, (definition) => metrics.recorderOf(definition)) };
}
