import type { AluminiEvent, Measurement, Subscriber } from "@alumiini/core";
import { toIdentifier } from "@alumiini/core/adapter";
import { UNKNOWN_LABEL_VALUE } from "@alumiini/core/metrics";
import { type MetricSet, metricSetOf } from "./metrics/metric-set.js";
import { type PrometheusOptions, settingsOf } from "./options.js";

/** The subscriber that keeps the metrics, and what else can be told to it. */
export interface PrometheusSubscriber extends Subscriber {
  /**
   * Makes a repository known before anything happens to it, so that its counters begin at 0 and a first sync that never
   * comes is noticed. Does nothing for one that is known, and for an empty name. Names are treated as those on events:
   * cut to 256 characters, and without credentials.
   */
  registerRepository(name: string, details?: RepositoryDetails): void;
  /**
   * Drops every series of the repositories of that name, and makes room for others. What was under way may still end:
   * such events are not taken for a new repository of the name.
   */
  removeRepository(name: string): void;
}

/** What is known of a repository at its registration. */
export interface RepositoryDetails {
  /** Kubernetes namespace of the repository's custom resource. Default `unknown`, until the first event tells. */
  readonly namespace?: string | undefined;
  readonly branch?: string | undefined;
}

/**
 * Makes the subscriber that keeps the metrics of ADR-004 section 3 in a prom-client registry. Subscribers on the same
 * registry share its metrics, so that several telemetry instances can be scraped as one: counters and histograms add
 * up, gauges hold what was reported last.
 *
 * @throws {RangeError} when a number among the options is out of range.
 * @throws {TypeError} when a label or unit can't be used.
 * @throws {Error} when the registry has a metric of one of our names that isn't ours, or when a subscriber with other
 * options shares it.
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
  const metrics = metricSetOf(settings);
  for (const sink of options.sinks ?? []) metrics.sinks.add(sink);
  const fillsIn = settings.optInLabels.some((label) => label !== "commit");
  return {
    name: "prometheus",
    handle: fillsIn ? (event) => handleFilled(metrics, event) : (event) => handle(metrics, event),
    measure: (measurement) => measure(metrics, measurement, fillsIn),
    registerRepository(name, { namespace, branch } = {}) {
      const repoName = toIdentifier(name);
      if (repoName === undefined) return;
      metrics.repositories.register(repoName, toIdentifier(namespace) ?? UNKNOWN_LABEL_VALUE, toIdentifier(branch));
    },
    removeRepository(name) {
      const repoName = toIdentifier(name);
      if (repoName !== undefined) metrics.removeRepository(repoName);
    },
  };
}

function handle({ exemplars, repositories, compiled }: MetricSet, event: AluminiEvent): void {
  if (repositories.isLate(event)) return;
  exemplars?.enter(event);
  repositories.observe(event);
  compiled.handle(event);
}

/** Gives the event the branch that it may lack, for the label. */
function handleFilled({ exemplars, repositories, compiled }: MetricSet, event: AluminiEvent): void {
  if (repositories.isLate(event)) return;
  exemplars?.enter(event);
  const branch = repositories.observe(event)?.state.branch;
  compiled.handle(branch === undefined ? event : { ...event, branch });
}

function measure(metrics: MetricSet, measurement: Measurement, fillsIn: boolean): void {
  const { exemplars, repositories, compiled } = metrics;
  if (repositories.isLate(measurement)) return;
  exemplars?.enter(undefined);
  if (measurement.kind === "leadership") metrics.setLeader(measurement.leader);
  if (!fillsIn || !("repoName" in measurement)) {
    compiled.measure(measurement);
    return;
  }
  // A measurement names the repository alone.
  const { namespace, branch } = repositories.find(measurement.repoName)?.state ?? {};
  const place = { ...(namespace !== undefined && { namespace }), ...(branch !== undefined && { branch }) };
  compiled.measure({ ...measurement, ...place });
}
