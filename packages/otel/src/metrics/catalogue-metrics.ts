import type { AluminiEvent, Measurement } from "@alumiini/core";
import {
  type CompiledMetrics,
  compileMetrics,
  inDurationUnit,
  METRICS,
  type MetricDefinition,
  type MetricRecorder,
} from "@alumiini/core/metrics";
import type { Attributes, Meter } from "@opentelemetry/api";
import { type LabelLimits, OVERFLOW } from "../label-limits.js";
import { AttributeSets } from "./attribute-sets.js";
import { attributeNameOf, metricNameOf } from "./metric-names.js";
import { concernsRepository, RepositoryReadings } from "./repository-gauges.js";

/** The catalogue of core on OpenTelemetry's instruments: durations in seconds, names and attributes with dots. */
export class CatalogueMetrics {
  readonly #compiled: CompiledMetrics;
  readonly #repositories: RepositoryReadings;
  readonly #limits: LabelLimits;
  #isLeader: boolean | undefined;

  constructor(meter: Meter, limits: LabelLimits, maxRepositories: number) {
    this.#limits = limits;
    const definitions = inDurationUnit(METRICS, "seconds");
    this.#compiled = compileMetrics(definitions, (definition) => recorderOf(meter, definition, limits));
    this.#repositories = new RepositoryReadings(meter, definitions, maxRepositories);
  }

  handle(event: AluminiEvent): void {
    this.#repositories.observe(event, this.#compiled.derive);
    this.#compiled.handle(this.#isStranger(event) ? { ...event, repoName: OVERFLOW } : event);
  }

  measure(measurement: Measurement): void {
    if (measurement.kind === "leadership") this.#noteLeader(measurement.leader);
    this.#compiled.measure(measurement);
  }

  close(): void {
    this.#repositories.close();
  }

  /** Whether the event names a repository that nobody but the sender of a webhook knows: it must not use up the limit. */
  #isStranger(event: AluminiEvent): boolean {
    return !concernsRepository(event) && !this.#limits.knows("repo_name", event.repoName);
  }

  #noteLeader(leader: boolean): void {
    const before = this.#isLeader ?? false;
    this.#isLeader = leader;
    if (leader !== before) this.#compiled.derive({ derived: "leader_transition" });
  }
}

function recorderOf(meter: Meter, definition: MetricDefinition, limits: LabelLimits): MetricRecorder {
  const record = recordingOf(meter, definition);
  const labels = definition.labels.map((label) => ({ label, attribute: attributeNameOf(label) }));
  const sets = new AttributeSets(labels, limits);
  return (labelValues, value) => record(value, sets.of(labelValues));
}

function recordingOf(meter: Meter, definition: MetricDefinition): (value: number, attributes: Attributes) => void {
  const name = metricNameOf(definition);
  const { unit, description } = definition;
  switch (definition.kind) {
    case "counter": {
      const counter = meter.createCounter(name, { unit, description });
      return (value, attributes) => counter.add(value, attributes);
    }
    case "gauge": {
      const gauge = meter.createGauge(name, { unit, description });
      return (value, attributes) => gauge.record(value, attributes);
    }
    case "histogram": {
      // The default bounds are milliseconds'.
      const advice = { explicitBucketBoundaries: [...definition.buckets] };
      const histogram = meter.createHistogram(name, { unit, description, advice });
      return (value, attributes) => histogram.record(value, attributes);
    }
  }
}
