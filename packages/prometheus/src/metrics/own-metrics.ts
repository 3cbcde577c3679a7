import type { MetricDefinition } from "@alumiini/core/metrics";
import { Counter } from "prom-client";
import { labelValuesOf, type OwnOptions, type RemoveArguments, refuseWrites } from "../own-series.js";
import type { NumberSeries, SeriesSource } from "../series.js";
import { numberTexts, type TextStyle } from "./metric-text.js";

/** A counter of prom-client's whose series are ours. */
export class OwnCounter extends Counter {
  readonly definition: MetricDefinition;
  readonly #series: SeriesSource<NumberSeries>;
  readonly #name: string;
  #openMetricsName: string | undefined;

  constructor({ definition, register }: OwnOptions<"counter">, series: SeriesSource<NumberSeries>) {
    const { name, description: help } = definition;
    super({ name, help, labelNames: series.labelNames, registers: [register] });
    this.#name = name;
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
    const name = this.#openMetricsName ?? this.#name;
    this.#openMetricsName = undefined;
    const values = Array.from(this.#series, ({ labels: { labels }, value, exemplar }) => ({ labels, value, exemplar }));
    return { ...(await super.get()), name, values };
  }

  texts(style: TextStyle): Iterable<string> {
    return numberTexts(this.#name, this.#series, style);
  }

  override reset(): void {
    super.reset();
    // prom-client resets within its constructor, before there are series.
    if (#series in this) this.#series.clear();
  }

  override remove(...labels: RemoveArguments): void {
    this.#series.remove(labelValuesOf(this.#series.labelNames, labels));
  }
}
