import {
  type CounterDefinition,
  type KnownRepository,
  type LabelLimits,
  type MetricDefinition,
  type MetricRecorder,
  repositoryLabelValue,
} from "@alumiini/core/metrics";
import type { Settings } from "../options.js";
import type { ExemplarContext } from "./exemplars.js";
import type { LabelSet } from "./label-set.js";
import { OwnCounter, OwnGauge, OwnHistogram, type OwnMetric } from "./own-metrics.js";
import type { Readings } from "./readings.js";
import {
  beginningSiblings,
  counterRecorder,
  gaugeRecorder,
  histogramRecorder,
  initialLabelValues,
  type RecordedHistogram,
} from "./recorders.js";
import { type HistogramSeries, type NumberSeries, type SeriesSource, SeriesStore } from "./series-store.js";

/** What is done with the stores of all metrics alike. */
type AnyStore = Pick<SeriesStore<unknown>, "begin" | "removeAllOf">;

/** The labels that identify a repository. */
const IDENTITY = ["repo_name", "repo_namespace", "cluster"] as const;

/** Makes the metrics of one registry, and does what concerns the series of all of them. */
export class MetricFactory {
  readonly #settings: Settings;
  readonly #exemplars: ExemplarContext | undefined;
  readonly #seen: () => Iterable<KnownRepository>;
  readonly #numbers = new Map<string, SeriesStore<NumberSeries>>();
  readonly #histograms = new Map<string, SeriesStore<RecordedHistogram>>();
  readonly #stores: { readonly definition: MetricDefinition; readonly store: AnyStore }[] = [];

  /** @param seen returns the repositories that are synced here, for counters that begin again at 0. */
  constructor(settings: Settings, exemplars: ExemplarContext | undefined, seen: () => Iterable<KnownRepository>) {
    this.#settings = settings;
    this.#exemplars = exemplars;
    this.#seen = seen;
  }

  /** Returns what takes the values of a metric, which `register` then exposes. */
  recorderOf(definition: MetricDefinition, limits: LabelLimits): MetricRecorder {
    const { name, kind } = definition;
    const { labels: constantLabels } = this.#settings;
    const common = { metric: name, labelNames: definition.labels, constantLabels, limits, foldable: kind !== "gauge" };
    if (kind === "histogram") {
      const { buckets } = definition;
      const store = new SeriesStore<RecordedHistogram>({
        ...common,
        create: (labels) => ({ labels, counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 }),
      });
      this.#histograms.set(name, store);
      this.#stores.push({ definition, store });
      return histogramRecorder(store, buckets, this.#exemplars);
    }
    const store: SeriesStore<NumberSeries> = new SeriesStore<NumberSeries>({
      ...common,
      create: (labels: LabelSet) => ({ labels, value: 0 }),
      onClear: () => this.#beginAgain(definition, store),
    });
    this.#numbers.set(name, store);
    this.#stores.push({ definition, store });
    if (kind === "gauge") return gaugeRecorder(store);
    const count = counterRecorder(store, this.#exemplars);
    // A repository's series begin when it is first seen.
    const hasSiblings = definition.initial !== undefined && !isOfRepository(definition) && definition.labels.length > 0;
    return hasSiblings ? beginningSiblings(definition, store, count) : count;
  }

  /** Registers a metric, whose values are recorded or else read at each scrape. */
  register(definition: MetricDefinition, readings: Readings): OwnMetric {
    const { register } = this.#settings;
    switch (definition.kind) {
      case "counter":
        return new OwnCounter({ definition, register }, this.#numbersOf(definition, readings));
      case "gauge":
        return new OwnGauge({ definition, register }, this.#numbersOf(definition, readings));
      case "histogram": {
        const series: SeriesSource<HistogramSeries> =
          this.#histograms.get(definition.name) ?? readings.histograms(definition);
        return new OwnHistogram({ definition, register }, series);
      }
    }
  }

  /** Lets the counters of a repository begin at 0; without one, those that belong to no repository. */
  begin(repository?: KnownRepository): void {
    for (const { definition, store } of this.#stores) {
      if (definition.kind !== "counter" || isOfRepository(definition) !== (repository !== undefined)) continue;
      beginCounter(definition, store, repository);
    }
  }

  /** Drops the series of a repository, except those that it shares with any of the others. */
  removeSeriesOf(repository: KnownRepository, others: readonly KnownRepository[]): void {
    for (const { definition, store } of this.#stores) {
      if (!isOfRepository(definition)) continue;
      const labels = IDENTITY.filter((label) => definition.labels.includes(label));
      const isShared = others.some((other) =>
        labels.every((label) => repositoryLabelValue(other, label) === repositoryLabelValue(repository, label)),
      );
      if (isShared) continue;
      store.removeAllOf(new Map(labels.map((label) => [label, repositoryLabelValue(repository, label)])));
    }
  }

  #numbersOf(definition: MetricDefinition, readings: Readings): SeriesSource<NumberSeries> {
    return this.#numbers.get(definition.name) ?? readings.numbers(definition);
  }

  /** Lets a counter begin at 0 again, for all that is known. */
  #beginAgain(definition: MetricDefinition, store: AnyStore): void {
    if (definition.kind !== "counter") return;
    if (!isOfRepository(definition)) beginCounter(definition, store, undefined);
    else for (const repository of this.#seen()) beginCounter(definition, store, repository);
  }
}

function beginCounter(definition: CounterDefinition, store: AnyStore, repository: KnownRepository | undefined): void {
  const known = repository
    ? definition.labels.map((label) => [label, repositoryLabelValue(repository, label)] as const)
    : [];
  for (const values of initialLabelValues(definition, new Map(known))) store.begin(values);
}

function isOfRepository({ labels }: MetricDefinition): boolean {
  return labels[0] === "repo_name";
}
