import type { GaugeDefinition, MetricRecorder } from "@alumiini/core";
import { Gauge } from "prom-client";
import type { LabelLimits } from "./label-limits.js";
import { type AnyRegistry, labelValuesOf, type RemoveArguments, refuseWrites } from "./own-series.js";
import { type SeriesLabels, SeriesStore } from "./series-store.js";

interface GaugeSeries {
  readonly labels: SeriesLabels;
  value: number;
}

/** A gauge of prom-client's whose series are ours. */
export class OwnGauge extends Gauge {
  readonly #series: SeriesStore<GaugeSeries>;

  constructor(definition: GaugeDefinition, register: AnyRegistry, limits: LabelLimits) {
    const { name, description: help, labels: labelNames } = definition;
    super({ name, help, labelNames, registers: [register] });
    this.#series = new SeriesStore(labelNames, limits, (labels) => ({ labels, value: 0 }));
    refuseWrites(this, name, ["set", "inc", "dec", "setToCurrentTime", "startTimer", "labels"]);
  }

  readonly record: MetricRecorder = (labelValues, value) => {
    this.#series.at(labelValues).value = value;
  };

  override async get(): ReturnType<Gauge["get"]> {
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
