import {
  type BackendReading,
  DELIVERY_BUCKETS,
  type HistogramDefinition,
  type KnownRepository,
  type MetricDefinition,
  type MetricsFeed,
  type RepositoryReading,
  repositoryLabelValue,
  type SinkReading,
} from "@alumiini/core/metrics";
import type { Settings } from "../options.js";
import { LabelSet } from "./label-set.js";
import { type HistogramSeries, type NumberSeries, readSeries, type SeriesSource } from "./series-store.js";
import { deliveriesOf, type ObservedOutbox, type ReadSink, type Sinks } from "./sinks.js";

/** What is read. */
export interface ReadingParts {
  readonly settings: Settings;
  readonly feed: MetricsFeed;
  readonly sinks: Sinks;
}

/** The series that are not recorded but read at each scrape. */
export class Readings {
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /** The series of a counter or gauge. */
  numbers({ name, labels, sources }: MetricDefinition): SeriesSource<NumberSeries> {
    const [source] = sources;
    if (source === undefined || !("read" in source)) throw new Error(`${name} is neither recorded nor read`);
    if (source.read === "repository") return this.#ofRepositories(labels, source.reading);
    if (source.reading === "repositories") return this.#ofRepositories(labels, undefined);
    return readSeries(labels, () => this.#rows(source.reading, labels));
  }

  /** The series of the histogram that sinks keep. */
  histograms({ labels, unit }: HistogramDefinition): SeriesSource<HistogramSeries> {
    const scale = unit === "s" ? 0.001 : 1;
    const series = ({ sink, stats: { durations } }: ReadSink): HistogramSeries => ({
      labels: this.#labels(labels, [sink]),
      counts: durations.counts,
      sum: durations.sum * scale,
    });
    // A sink of another version may have other bounds: its counts would say something wrong.
    const hasOurBounds = ({ stats: { durations } }: ReadSink) =>
      durations.counts.length === DELIVERY_BUCKETS.length + 1 &&
      DELIVERY_BUCKETS.every((bound, index) => bound === durations.bounds[index]);
    return readSeries(labels, () => Array.from(this.#parts.sinks.read()).filter(hasOurBounds).map(series));
  }

  /** One series for each set of label values: 1 without a reading, else the worst of the repositories that share it. */
  #ofRepositories(labels: readonly string[], reading: RepositoryReading | undefined): SeriesSource<NumberSeries> {
    const labelSet = this.#labelCache(labels);
    const { repositories } = this.#parts.feed;
    return readSeries(labels, function* () {
      for (const sharing of repositories.series(labels, reading)) {
        const value = reading === undefined ? 1 : repositories.read(sharing, reading);
        if (value !== undefined) yield { labels: labelSet(sharing[0]), value };
      }
    });
  }

  #rows(reading: SinkReading | BackendReading, labelNames: readonly string[]): readonly NumberSeries[] {
    const { sinks, settings, feed } = this.#parts;
    const row = (labelValues: readonly string[], value: number) => ({
      labels: this.#labels(labelNames, labelValues),
      value,
    });
    const ofOutboxes = (read: (outbox: ObservedOutbox) => number) =>
      Array.from(sinks.read(), ({ sink, stats: { outbox } }) =>
        outbox === undefined ? [] : [row([sink], read(outbox))],
      ).flat();
    switch (reading) {
      case "version":
        return [row([settings.version], 1)];
      case "clusters":
        // Its labels are the cluster's id and, where opted in, the same under the name that other metrics have it.
        return Array.from(feed.clusters, (cluster) =>
          row(
            labelNames.map(() => cluster),
            1,
          ),
        );
      case "seriesDropped":
        return Array.from(feed.limits.dropped, ([metric, count]) => row([metric], count));
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
      case "oldestPending":
        return Array.from(sinks.read(), ({ sink, stats }) => row([sink], (stats.oldestPendingMs ?? 0) / 1000));
      case "outboxRecords":
        return ofOutboxes(({ pending }) => pending);
      case "outboxBytes":
        return ofOutboxes(({ bytes }) => bytes);
      case "outboxDegraded":
        return ofOutboxes(({ degraded }) => Number(degraded));
      case "outboxDeadLetters":
        return ofOutboxes(({ deadLetters }) => deadLetters);
      case "outboxLost":
        return Array.from(sinks.read(), ({ sink, stats: { outbox } }) =>
          outbox === undefined ? [] : [row([sink, "corrupt"], outbox.corrupt), row([sink, "missing"], outbox.lost)],
        ).flat();
      case "repositories":
      case "duration":
        throw new Error(`${reading} is not one number for each row`);
    }
  }

  /** Returns a repository's labels: the same object at each scrape for as long as they are the same. */
  #labelCache(labelNames: readonly string[]): (repository: KnownRepository) => LabelSet {
    const cache = new WeakMap<KnownRepository, LabelSet>();
    return (repository) => {
      const cached = cache.get(repository);
      const isSame = (name: string) => cached?.labels[name] === repositoryLabelValue(repository, name);
      if (cached !== undefined && labelNames.every(isSame)) return cached;
      const labels = this.#labels(
        labelNames,
        labelNames.map((name) => repositoryLabelValue(repository, name)),
      );
      cache.set(repository, labels);
      return labels;
    };
  }

  #labels(names: readonly string[], values: readonly string[]): LabelSet {
    return new LabelSet(names, values, this.#parts.settings.labels);
  }
}
