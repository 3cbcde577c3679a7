import { inDurationUnit, METRICS, type MetricDefinition, MetricsFeed, withOptInLabels } from "@alumiini/core/metrics";
import { type AnyRegistry, differenceBetween, type Settings } from "../options.js";
import { ExemplarContext } from "./exemplars.js";
import { MetricFactory } from "./metric-factory.js";
import type { OwnMetric } from "./own-metrics.js";
import { Readings } from "./readings.js";
import { Sinks } from "./sinks.js";

/** All metrics of one registry, and what they are made of. */
export class MetricSet {
  readonly settings: Settings;
  readonly feed: MetricsFeed;
  readonly sinks = new Sinks();
  readonly exemplars: ExemplarContext | undefined;
  readonly #metrics = new Map<string, OwnMetric>();

  constructor(settings: Settings) {
    this.settings = settings;
    const { durationUnit, optInLabels, maxRepositories, maxLabelValues, errorTypes } = settings;
    const definitions = withOptInLabels(inDurationUnit(METRICS, durationUnit), optInLabels);
    for (const { name } of definitions) refuseTaken(settings.register, name);
    this.exemplars = settings.exemplars ? new ExemplarContext() : undefined;
    const factory = new MetricFactory(settings, this.exemplars, () => this.feed.repositories.shown());
    this.feed = new MetricsFeed({
      definitions,
      maxRepositories,
      maxLabelValues,
      errorTypes,
      backend: {
        recorderOf: (definition, limits) => factory.recorderOf(definition, limits),
        onSeen: (repository) => factory.begin(repository),
        onGone: (repository) => {
          const others = this.feed.repositories.named(repository.name).filter((other) => other !== repository);
          factory.removeSeriesOf(repository, others);
        },
      },
    });
    const readings = new Readings({ settings, feed: this.feed, sinks: this.sinks });
    for (const definition of definitions) this.#metrics.set(definition.name, factory.register(definition, readings));
    factory.begin();
  }

  /** In the order of the catalogue. */
  get metrics(): Iterable<OwnMetric> {
    return this.#metrics.values();
  }

  /** Whether the registry still has all of these metrics: `clear()` and `removeSingleMetric()` take them away. */
  isIn(register: AnyRegistry): boolean {
    for (const [name, metric] of this.#metrics) if (register.getSingleMetric(name) !== metric) return false;
    return true;
  }
}

/**
 * The key of the metric sets in the global object. Several copies of this package (ESM and CommonJS, or before and after
 * a hot reload) find the same sets by it. The number changes with what copies use of each other's `MetricSet`.
 */
const SETS: unique symbol = Symbol.for("@alumiini/prometheus metric sets 1");

/** The set of each registry, for as long as the registry lives. */
function metricSets(): WeakMap<AnyRegistry, MetricSet> {
  const shared: { [SETS]?: WeakMap<AnyRegistry, MetricSet> } = Object(globalThis);
  shared[SETS] ??= new WeakMap();
  return shared[SETS];
}

/** Returns the registry's metrics, where it has ours. */
export function metricSetIn(register: AnyRegistry): MetricSet | undefined {
  const known = metricSets().get(register);
  return known?.isIn(register) ? known : undefined;
}

/** Returns the registry's metrics, which all subscribers on that registry share; registers them the first time. */
export function metricSetOf(settings: Settings): MetricSet {
  const known = metricSetIn(settings.register);
  if (known !== undefined) {
    const difference = differenceBetween(known.settings, settings);
    if (difference === undefined) return known;
    throw new Error(
      `prometheusSubscriber: this registry's metrics were made with ${difference}. Subscribers that share a registry ` +
        "share its metrics: give them the same options, or a registry each.",
    );
  }
  const created = new MetricSet(settings);
  metricSets().set(settings.register, created);
  return created;
}

function refuseTaken(register: AnyRegistry, name: MetricDefinition["name"]): void {
  if (register.getSingleMetric(name) === undefined) return;
  throw new Error(
    `prometheusSubscriber: the registry already has a metric ${name} that was made by something else. Remove that ` +
      "metric, or pass a separate registry: prometheusSubscriber({ register: new Registry() }).",
  );
}
