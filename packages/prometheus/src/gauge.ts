import type { MetricDefinition } from "@alumiini/core/metrics";
import { Gauge } from "prom-client";
import { numberTexts, type TextStyle } from "./metrics/metric-text.js";
import { labelValuesOf, type OwnOptions, type RemoveArguments, refuseWrites } from "./own-series.js";
import type { NumberSeries, SeriesSource } from "./series.js";

/** A gauge of prom-client's whose series are ours. */
export class OwnGauge extends Gauge {
  readonly definition: MetricDefinition;
  readonly #series: SeriesSource<NumberSeries>;
  readonly #name: string;

  constructor({ definition, register }: OwnOptions<"gauge">, series: SeriesSource<NumberSeries>) {
    const { name, description: help } = definition;
    super({ name, help, labelNames: series.labelNames, registers: [register] });
    this.#name = name;
    this.definition = definition;
    this.#series = series;
    refuseWrites(this, name, ["set", "inc", "dec", "setToCurrentTime", "startTimer", "labels"]);
  }

  override async get(): ReturnType<Gauge["get"]> {
    const values = Array.from(this.#series, ({ labels: { labels }, value }) => ({ labels, value }));
    return { ...(await super.get()), values };
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
