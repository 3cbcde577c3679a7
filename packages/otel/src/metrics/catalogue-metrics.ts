import type { AluminiEvent, HandleContext, Measurement } from "@alumiini/core";
import {
  inDurationUnit,
  type LabelLimits,
  METRICS,
  type MetricDefinition,
  type MetricRecorder,
  MetricsFeed,
  withOptInLabels,
} from "@alumiini/core/metrics";
import type { Attributes, Meter } from "@opentelemetry/api";
import type { Settings } from "../options.js";
import { AttributeSets, type LabelAttribute } from "./attribute-sets.js";
import { attributeNameOf, metricNameOf } from "./metric-names.js";
import { observeRepositories } from "./repository-gauges.js";

/** The catalogue of core on OpenTelemetry's instruments: durations in seconds, names and attributes with dots. */
export class CatalogueMetrics {
  readonly feed: MetricsFeed;
  readonly #sets: AttributeSets[] = [];
  readonly #stop: () => void;

  constructor(meter: Meter, { maxRepositories, maxLabelValues, errorTypes, optInLabels }: Settings) {
    const definitions = withOptInLabels(inDurationUnit(METRICS, "seconds"), optInLabels);
    this.feed = new MetricsFeed({
      definitions,
      maxRepositories,
      maxLabelValues,
      errorTypes,
      backend: {
        recorderOf: (definition, limits) => this.#recorderOf(meter, definition, limits),
        // Another repository of the name has the same sets made again.
        onGone: ({ name }) => {
          for (const sets of this.#sets) sets.forget(name);
        },
      },
    });
    this.#stop = observeRepositories(meter, definitions, this.feed.repositories);
  }

  /** Returns the event as it was recorded, or nothing where it was not. */
  handle(event: AluminiEvent, context: HandleContext | undefined): AluminiEvent | undefined {
    return this.feed.handle(event, context);
  }

  measure(measurement: Measurement): void {
    this.feed.measure(measurement);
  }

  /** Returns attribute sets that are bounded, and forgotten, with those of the catalogue; the first label is `repo_name`. */
  setsOf(labels: readonly LabelAttribute[], constant?: Attributes): AttributeSets {
    const sets = new AttributeSets(labels, this.feed.limits, constant);
    this.#sets.push(sets);
    return sets;
  }

  close(): void {
    this.#stop();
  }

  #recorderOf(meter: Meter, definition: MetricDefinition, limits: LabelLimits): MetricRecorder {
    const record = recordingOf(meter, definition);
    const labels = definition.labels.map((label) => ({ label, attribute: attributeNameOf(label) }));
    const sets = new AttributeSets(labels, limits);
    if (labels[0]?.label === "repo_name") this.#sets.push(sets);
    return (labelValues, value) => record(value, sets.of(labelValues));
  }
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
      // The default bounds are for milliseconds.
      const advice = { explicitBucketBoundaries: [...definition.buckets] };
      const histogram = meter.createHistogram(name, { unit, description, advice });
      return (value, attributes) => histogram.record(value, attributes);
    }
  }
}
