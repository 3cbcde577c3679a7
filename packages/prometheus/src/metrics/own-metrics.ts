import type { MetricDefinition } from "@alumiini/core/metrics";
import { Counter, Gauge, Histogram, type LabelValues } from "prom-client";
import type { AnyRegistry } from "../options.js";
import { histogramTexts, numberTexts, type TextStyle } from "./metric-text.js";
import type { HistogramSeries, NumberSeries, SeriesSource } from "./series-store.js";

// prom-client's metrics with our series in place of theirs: they are subclasses, so that a registry takes them as its own.
// That makes a scrape about three times as fast, as no label set is hashed or formatted again. A registry reads a metric
// through `get()`, a histogram also through the untyped `getForPromString()`, and OpenMetrics registries assign `name`:
// these three are what to check when prom-client changes, and test/registry.test.ts fails where they no longer hold.

/** A metric of ours in a registry of prom-client. */
export type OwnMetric = OwnCounter | OwnGauge | OwnHistogram;

/** What a metric is made of. */
interface OwnOptions<K extends MetricDefinition["kind"]> {
  readonly definition: Extract<MetricDefinition, { readonly kind: K }>;
  readonly register: AnyRegistry;
}

/** What prom-client's `remove` takes: one object, or the values in the order of the label names. */
type RemoveArguments = readonly (string | LabelValues<string>)[];

/** A counter of prom-client with our series. */
export class OwnCounter extends Counter {
  readonly definition: MetricDefinition;
  readonly #series: SeriesSource<NumberSeries>;
  #openMetricsName: string | undefined;

  constructor({ definition, register }: OwnOptions<"counter">, series: SeriesSource<NumberSeries>) {
    const { name, description: help } = definition;
    super({ name, help, labelNames: series.labelNames, registers: [register] });
    this.definition = definition;
    this.#series = series;
    refuseWrites(this, name, ["inc", "labels"]);
    // A registry that writes OpenMetrics first takes `_total` off the name, for good: later texts would lack it. Here
    // the shorter name holds for the one `get()` that follows.
    Object.defineProperty(this, "name", {
      get: () => name,
      set: (shortened: string) => {
        this.#openMetricsName = shortened;
      },
    });
  }

  override async get(): ReturnType<Counter["get"]> {
    const name = this.#openMetricsName ?? this.definition.name;
    this.#openMetricsName = undefined;
    const values = Array.from(this.#series, ({ labels: { labels }, value, exemplar }) => ({ labels, value, exemplar }));
    return { ...(await super.get()), name, values };
  }

  texts(style: TextStyle): Iterable<string> {
    return numberTexts(this.definition.name, this.#series, style);
  }

  override reset(): void {
    super.reset();
    // prom-client resets within its constructor, before there are series.
    if (#series in this) this.#series.clear();
  }

  override remove(...labels: RemoveArguments): void {
    removeFrom(this.#series, labels);
  }
}

/** A gauge of prom-client with our series. */
export class OwnGauge extends Gauge {
  readonly definition: MetricDefinition;
  readonly #series: SeriesSource<NumberSeries>;

  constructor({ definition, register }: OwnOptions<"gauge">, series: SeriesSource<NumberSeries>) {
    const { name, description: help, acrossProcesses: aggregator } = definition;
    super({ name, help, aggregator, labelNames: series.labelNames, registers: [register] });
    this.definition = definition;
    this.#series = series;
    refuseWrites(this, name, ["set", "inc", "dec", "setToCurrentTime", "startTimer", "labels"]);
  }

  override async get(): ReturnType<Gauge["get"]> {
    const values = Array.from(this.#series, ({ labels: { labels }, value }) => ({ labels, value }));
    return { ...(await super.get()), values };
  }

  texts(style: TextStyle): Iterable<string> {
    return numberTexts(this.definition.name, this.#series, style);
  }

  override reset(): void {
    super.reset();
    if (#series in this) this.#series.clear();
  }

  override remove(...labels: RemoveArguments): void {
    removeFrom(this.#series, labels);
  }
}

/** A histogram of prom-client with our series. */
export class OwnHistogram extends Histogram {
  readonly definition: MetricDefinition;
  readonly #series: SeriesSource<HistogramSeries>;
  readonly #bounds: readonly number[];

  constructor({ definition, register }: OwnOptions<"histogram">, series: SeriesSource<HistogramSeries>) {
    const { name, description: help, buckets } = definition;
    super({ name, help, labelNames: series.labelNames, buckets: [...buckets], registers: [register] });
    this.definition = definition;
    this.#series = series;
    this.#bounds = buckets;
    refuseWrites(this, name, ["observe", "zero", "startTimer", "labels"]);
  }

  /** A registry takes this for its text, and prom-client's `get()` makes the JSON form of it. */
  async getForPromString() {
    const { name, description: help } = this.definition;
    const values = Array.from(this.#series, (series) => samplesOf(name, this.#bounds, series)).flat();
    return { name, help, type: "histogram", aggregator: "sum", values };
  }

  texts(style: TextStyle): Iterable<string> {
    return histogramTexts(this.definition.name, this.#bounds, this.#series, style);
  }

  override reset(): void {
    super.reset();
    if (#series in this) this.#series.clear();
  }

  override remove(...labels: RemoveArguments): void {
    removeFrom(this.#series, labels);
  }
}

/** The lines of one series. `sharedLabels` is the same object on all of them: prom-client formats it only once. */
function samplesOf(name: string, bounds: readonly number[], { labels, counts, sum, exemplars }: HistogramSeries) {
  const { labels: sharedLabels } = labels;
  let cumulative = 0;
  const buckets = counts.map((count, index) => {
    cumulative += count;
    const own = { le: bounds[index] ?? "+Inf" };
    return { metricName: `${name}_bucket`, labels: own, sharedLabels, value: cumulative, exemplar: exemplars?.[index] };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: cumulative },
  ];
}

function removeFrom(series: SeriesSource<unknown>, given: RemoveArguments): void {
  const [first] = given;
  series.remove(typeof first === "object" ? series.labelNames.map((name) => String(first[name])) : given.map(String));
}

/**
 * Makes prom-client's own ways to write a metric throw: what they write has no place in our series, and an error is
 * better than a value that silently appears nowhere.
 */
function refuseWrites(metric: object, name: string, methods: readonly string[]): void {
  for (const method of methods) {
    Object.defineProperty(metric, method, {
      value: () => {
        throw new Error(`${name} is written by @alumiini/prometheus alone: ${method}() isn't available`);
      },
    });
  }
}
