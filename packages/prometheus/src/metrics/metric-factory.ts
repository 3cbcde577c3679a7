import type { CounterDefinition, HistogramDefinition, MetricDefinition, MetricRecorder } from "@alumiini/core/metrics";
import { OwnGauge } from "../gauge.js";
import { OwnHistogram } from "../histogram.js";
import { initialiseSiblings, initialLabelValues } from "../initial-series.js";
import type { LabelLimits } from "../label-limits.js";
import type { Settings } from "../options.js";
import type { KnownRepository, Repositories } from "../repositories.js";
import type { HistogramSeries, NumberSeries } from "../series.js";
import type { ExemplarContext } from "./exemplars.js";
import type { LabelSet } from "./label-set.js";
import type { OwnMetric } from "./metric-set.js";
import { OwnCounter } from "./own-metrics.js";
import { Readings } from "./readings.js";
import { counterRecorder, gaugeRecorder, histogramRecorder } from "./recorders.js";
import { SeriesStore } from "./series-store.js";
import type { Sinks } from "./sinks.js";

/** What metrics are made of. */
export interface FactoryParts {
  readonly settings: Settings;
  readonly limits: LabelLimits;
  readonly repositories: Repositories;
  readonly sinks: Sinks;
  readonly exemplars: ExemplarContext | undefined;
}

interface Recorded {
  readonly definition: MetricDefinition;
  readonly store: SeriesStore<NumberSeries> | SeriesStore<HistogramSeries>;
  readonly record: MetricRecorder;
}

/** Makes the metrics of one registry, and does what concerns the series of all of them. */
export class MetricFactory {
  readonly #parts: FactoryParts;
  readonly #readings: Readings;
  readonly #recorded = new Map<string, Recorded>();

  constructor(parts: FactoryParts) {
    this.#parts = parts;
    this.#readings = new Readings(parts);
  }

  /** Registers the metric that a definition describes. */
  create(definition: MetricDefinition): OwnMetric {
    const { register } = this.#parts.settings;
    const [source] = definition.sources;
    const read = source !== undefined && "read" in source ? source : undefined;
    switch (definition.kind) {
      case "counter":
        return new OwnCounter(
          { definition, register },
          read === undefined ? this.#counterStore(definition) : this.#readings.numbers(definition, read),
        );
      case "gauge":
        return new OwnGauge(
          { definition, register },
          read === undefined ? this.#gaugeStore(definition) : this.#readings.numbers(definition, read),
        );
      case "histogram":
        return new OwnHistogram(
          { definition, register },
          read === undefined ? this.#histogramStore(definition) : this.#readings.histograms(definition),
        );
    }
  }

  recorderOf(name: string): MetricRecorder {
    const recorded = this.#recorded.get(name);
    if (recorded === undefined) throw new Error(`nothing is recorded of ${name}`);
    return recorded.record;
  }

  /** Lets the counters of a repository begin at 0; without one, those that belong to no repository. */
  initialise(repository?: KnownRepository): void {
    for (const { definition, store } of this.#recorded.values()) {
      if (definition.kind !== "counter" || isOfRepository(definition) !== (repository !== undefined)) continue;
      this.#begin(definition, store, repository);
    }
  }

  removeRepository(name: string): void {
    for (const { definition, store } of this.#recorded.values()) {
      if (isOfRepository(definition)) store.removeAllOf(name);
    }
  }

  clearRepositoryGauges(): void {
    for (const { definition, store } of this.#recorded.values()) {
      if (definition.kind === "gauge" && isOfRepository(definition)) store.clear();
    }
  }

  #begin(definition: CounterDefinition, store: Recorded["store"], repository: KnownRepository | undefined): void {
    const known = repository === undefined ? {} : this.#readings.labelsOf(repository);
    for (const values of initialLabelValues(definition, known)) store.at(values);
  }

  /** Lets a counter begin at 0 again, for all that is known. */
  #beginAgain(definition: CounterDefinition, store: Recorded["store"]): void {
    if (!isOfRepository(definition)) this.#begin(definition, store, undefined);
    else for (const repository of this.#parts.repositories.seen()) this.#begin(definition, store, repository);
  }

  #counterStore(definition: CounterDefinition): SeriesStore<NumberSeries> {
    const store: SeriesStore<NumberSeries> = this.#store<NumberSeries>(
      definition,
      true,
      (labels) => ({ labels, value: 0 }),
      () => this.#beginAgain(definition, store),
    );
    const count = counterRecorder(store, this.#parts.exemplars);
    // A repository's series begin when it is first seen.
    const hasSiblings = definition.initial !== undefined && !isOfRepository(definition) && definition.labels.length > 0;
    const record: MetricRecorder = (labelValues, value) => {
      initialiseSiblings(definition, store, labelValues);
      count(labelValues, value);
    };
    this.#recorded.set(definition.name, { definition, store, record: hasSiblings ? record : count });
    return store;
  }

  #gaugeStore(definition: MetricDefinition): SeriesStore<NumberSeries> {
    const store = this.#store<NumberSeries>(definition, false, (labels) => ({ labels, value: 0 }));
    const { repositories } = this.#parts;
    const isWritable = isOfRepository(definition) ? () => !repositories.isFollower : () => true;
    this.#recorded.set(definition.name, { definition, store, record: gaugeRecorder(store, isWritable) });
    return store;
  }

  #histogramStore(definition: HistogramDefinition): SeriesStore<HistogramSeries> {
    const { buckets } = definition;
    const store = this.#store<HistogramSeries>(definition, true, (labels) => ({
      labels,
      counts: new Array<number>(buckets.length + 1).fill(0),
      sum: 0,
    }));
    const record = histogramRecorder(store, buckets, this.#parts.exemplars);
    this.#recorded.set(definition.name, { definition, store, record });
    return store;
  }

  #store<S>(
    { name, labels: labelNames }: MetricDefinition,
    foldable: boolean,
    create: (labels: LabelSet) => S,
    onClear?: () => void,
  ): SeriesStore<S> {
    const { limits, settings } = this.#parts;
    const constantLabels = settings.labels;
    return new SeriesStore<S>({ metric: name, labelNames, constantLabels, limits, foldable, create, onClear });
  }
}

function isOfRepository({ labels }: MetricDefinition): boolean {
  return labels[0] === "repo_name";
}
