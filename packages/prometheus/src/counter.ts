import type { CounterDefinition, MetricRecorder } from "@alumiini/core";
import { Counter } from "prom-client";
import type { LabelLimits } from "./label-limits.js";
import { type AnyRegistry, labelValuesOf, type RemoveArguments, refuseWrites } from "./own-series.js";
import { type SeriesLabels, SeriesStore } from "./series-store.js";

interface CounterSeries {
  readonly labels: SeriesLabels;
  value: number;
}

/** A counter of prom-client's whose series are ours. */
export class OwnCounter extends Counter {
  readonly #series: SeriesStore<CounterSeries>;

  constructor(definition: CounterDefinition, register: AnyRegistry, limits: LabelLimits) {
    const { name, description: help, labels: labelNames } = definition;
    super({ name, help, labelNames, registers: [register] });
    this.#series = new SeriesStore(labelNames, limits, (labels) => ({ labels, value: 0 }));
    refuseWrites(this, name, ["inc", "labels"]);
  }

  readonly record: MetricRecorder = (labelValues, value) => {
    this.#series.at(labelValues).value += value;
  };

  override async get(): ReturnType<Counter["get"]> {
    const values = Array.from(this.#series, ({ labels, value }) => ({ labels, value }));
    return { ...(await super.get()), values };
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
