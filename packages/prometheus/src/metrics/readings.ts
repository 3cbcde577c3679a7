import type { HistogramDefinition, MetricDefinition, RepositoryReading } from "@alumiini/core/metrics";
import { UNKNOWN_LABEL_VALUE } from "@alumiini/core/metrics";
import type { KnownRepository } from "../repositories.js";
import { type HistogramSeries, type NumberSeries, readSeries, type SeriesSource } from "../series.js";
import { LabelSet } from "./label-set.js";
import type { FactoryParts } from "./metric-factory.js";
import { countsIn, deliveriesOf, type SinkReading } from "./sinks.js";

/** What a source that is read says of itself. */
type Read = Extract<MetricDefinition["sources"][number], { readonly read: string }>;

/** The series that are not recorded but read at each scrape. */
export class Readings {
  readonly #parts: FactoryParts;

  constructor(parts: FactoryParts) {
    this.#parts = parts;
  }

  /** The series of a counter or gauge. */
  numbers({ labels }: MetricDefinition, source: Read): SeriesSource<NumberSeries> {
    if (source.read === "repository") return this.#ofRepositories(labels, source.reading);
    return readSeries(labels, () => this.#rows(source.reading, labels));
  }

  /** The series of the histogram that sinks keep. */
  histograms({ labels, buckets, unit }: HistogramDefinition): SeriesSource<HistogramSeries> {
    const scale = unit === "s" ? 0.001 : 1;
    const bounds = buckets.map((bound) => bound / scale);
    const series = ({ sink, stats: { durations } }: SinkReading): HistogramSeries => ({
      labels: this.#labels(labels, [sink]),
      counts: countsIn(bounds, durations),
      sum: durations.sum * scale,
    });
    return readSeries(labels, () => Array.from(this.#parts.sinks.read(), series));
  }

  /** What the labels of a repository's metrics may say of it. */
  labelsOf({ name, state }: KnownRepository): Readonly<Record<string, string>> {
    const { namespace, branch = UNKNOWN_LABEL_VALUE, commit = UNKNOWN_LABEL_VALUE } = state;
    return { repo_name: name, repo_namespace: namespace, namespace, branch, commit };
  }

  #ofRepositories(labelNames: readonly string[], reading: RepositoryReading): SeriesSource<NumberSeries> {
    const labelSet = this.#labelCache(labelNames);
    const { repositories } = this.#parts;
    return readSeries(labelNames, function* () {
      for (const repository of repositories.seen()) {
        const value = repository.state[reading];
        if (value !== undefined) yield { labels: labelSet(repository), value };
      }
    });
  }

  #rows(reading: string, labelNames: readonly string[]): readonly NumberSeries[] {
    const { repositories, sinks, settings, limits } = this.#parts;
    const row = (labelValues: readonly string[], value: number) => ({
      labels: this.#labels(labelNames, labelValues),
      value,
    });
    switch (reading) {
      case "repositories":
        return Array.from(repositories.seen(), (repository) => {
          const known = this.labelsOf(repository);
          return row(
            labelNames.map((name) => known[name] ?? UNKNOWN_LABEL_VALUE),
            1,
          );
        });
      case "version":
        return [row([settings.version], 1)];
      case "seriesDropped":
        return Array.from(limits.dropped, ([metric, count]) => row([metric], count));
      case "deliveries":
        return Array.from(sinks.read(), ({ sink, stats }) =>
          deliveriesOf(stats).map(([outcome, count]) => row([sink, outcome], count)),
        ).flat();
      case "dropped":
        return Array.from(sinks.read(), ({ sink, stats }) =>
          Object.entries(stats.dropped).map(([reason, count]) => row([sink, reason], count)),
        ).flat();
      case "pending":
        return Array.from(sinks.read(), ({ sink, stats }) => row([sink], stats.pending));
      default:
        throw new Error(`nobody reads ${reading}`);
    }
  }

  /** Answers a repository's labels: the same object at each scrape for as long as they are the same. */
  #labelCache(labelNames: readonly string[]): (repository: KnownRepository) => LabelSet {
    const cache = new WeakMap<KnownRepository, LabelSet>();
    return (repository) => {
      const cached = cache.get(repository);
      const known = this.labelsOf(repository);
      if (cached !== undefined && labelNames.every((name) => cached.labels[name] === known[name])) return cached;
      const values = labelNames.map((name) => known[name] ?? UNKNOWN_LABEL_VALUE);
      const labels = this.#labels(labelNames, values);
      cache.set(repository, labels);
      return labels;
    };
  }

  #labels(names: readonly string[], values: readonly string[]): LabelSet {
    return new LabelSet(names, values, this.#parts.settings.labels);
  }
}
