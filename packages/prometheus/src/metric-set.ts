import { METRICS, type MetricDefinition, type MetricRecorder } from "@alumiini/core";
import { OwnCounter } from "./counter.js";
import { OwnGauge } from "./gauge.js";
import { OwnHistogram } from "./histogram.js";
import { LabelLimits } from "./label-limits.js";
import type { AnyRegistry } from "./own-series.js";

type OwnMetric = OwnCounter | OwnGauge | OwnHistogram;

/** All metrics of one registry. */
export class MetricSet {
  readonly limits: LabelLimits;
  readonly #metrics = new Map<string, OwnMetric>();

  constructor(register: AnyRegistry, maxRepositories: number) {
    const definitions: readonly MetricDefinition[] = METRICS;
    for (const { name } of definitions) refuseTaken(register, name);
    this.limits = new LabelLimits(maxRepositories);
    for (const definition of definitions) {
      this.#metrics.set(definition.name, createMetric(definition, register, this.limits));
    }
  }

  recorderOf({ name }: MetricDefinition): MetricRecorder {
    const metric = this.#metrics.get(name);
    if (metric === undefined) throw new Error(`No metric ${name}`);
    return metric.record;
  }

  /** Whether the registry still has all of these metrics: `clear()` and `removeSingleMetric()` take them away. */
  isIn(register: AnyRegistry): boolean {
    return [...this.#metrics].every(([name, metric]) => register.getSingleMetric(name) === metric);
  }
}

/** Remembers the set of each registry for as long as the registry lives. */
const sets = new WeakMap<AnyRegistry, MetricSet>();

/** Answers the registry's metrics, which all subscribers on that registry share; registers them the first time. */
export function metricSetOf(register: AnyRegistry, maxRepositories: number): MetricSet {
  const known = sets.get(register);
  if (known?.isIn(register)) {
    if (known.limits.maxRepositories === maxRepositories) return known;
    throw new Error(
      `prometheusSubscriber: this registry's metrics were made with maxRepositories ${known.limits.maxRepositories}, ` +
        `not ${maxRepositories}. Subscribers that share a registry share its metrics: give them the same option, or ` +
        "a registry each.",
    );
  }
  const created = new MetricSet(register, maxRepositories);
  sets.set(register, created);
  return created;
}

function refuseTaken(register: AnyRegistry, name: string): void {
  if (register.getSingleMetric(name) === undefined) return;
  throw new Error(
    `prometheusSubscriber: the registry already has a metric ${name}, made by something else (or by another copy of ` +
      "@alumiini/prometheus). Remove that metric, or pass a registry of its own: " +
      "prometheusSubscriber({ register: new Registry() }).",
  );
}

function createMetric(definition: MetricDefinition, register: AnyRegistry, limits: LabelLimits): OwnMetric {
  switch (definition.kind) {
    case "counter":
      return new OwnCounter(definition, register, limits);
    case "gauge":
      return new OwnGauge(definition, register, limits);
    case "histogram":
      return new OwnHistogram(definition, register, limits);
  }
}
