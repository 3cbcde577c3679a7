import type { Subscriber } from "@alumiini/core";
import type { RepositoryDetails } from "@alumiini/core/metrics";
import { metricSetOf } from "./metrics/metric-set.js";
import { type PrometheusOptions, settingsOf } from "./options.js";

/** The subscriber that keeps the metrics; repositories can be registered and removed. */
export interface PrometheusSubscriber extends Subscriber {
  /**
   * Makes a repository known before anything happens to it, so that its counters begin at 0 and a first sync that never
   * comes is noticed. Does nothing for one that is known, and for an empty name. Texts are treated as those on events:
   * cut to 256 characters, and without credentials.
   */
  registerRepository(name: string, details?: RepositoryDetails): void;
  /**
   * Drops the series of the repositories of that name, in that namespace and cluster where they are given, and makes room
   * for others. Events that end what was under way are ignored. Series that another repository of the name shares stay.
   */
  removeRepository(name: string, details?: Pick<RepositoryDetails, "namespace" | "clusterId">): void;
}

/**
 * Makes the subscriber that keeps the metrics of ADR-004 section 3 in a prom-client registry. Subscribers on the same
 * registry share its metrics, so that several telemetry instances can be scraped as one: counters and histograms add
 * up, gauges hold the last value.
 *
 * @throws {OptionError} when an option is unknown or can't be used.
 * @throws {Error} when something else has registered a metric with one of our names, or when a subscriber with other
 * options shares the registry.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { prometheusSubscriber } from "@alumiini/prometheus";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * const prometheus = prometheusSubscriber({ labels: { cluster: "prod-us-east" } });
 * telemetry.subscribe(prometheus);
 * prometheus.registerRepository("my-app", { namespace: "team-a" });
 * ```
 */
export function prometheusSubscriber(options: PrometheusOptions = {}): PrometheusSubscriber {
  const settings = settingsOf(options);
  const { feed, exemplars, sinks } = metricSetOf(settings);
  for (const sink of settings.sinks) sinks.add(sink);
  return {
    name: "prometheus",
    handle(event, context) {
      exemplars?.enter(event);
      feed.handle(event, context);
    },
    measure(measurement) {
      exemplars?.enter(undefined);
      feed.measure(measurement);
    },
    registerRepository: (name, details) => feed.registerRepository(name, details),
    removeRepository: (name, details) => feed.removeRepository(name, details),
  };
}
