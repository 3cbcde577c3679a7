import {
  type MetricDefinition,
  type Repositories,
  type RepositoryReading,
  repositoryLabelValue,
} from "@alumiini/core/metrics";
import type { Attributes, BatchObservableCallback, Meter, Observable } from "@opentelemetry/api";
import { errorTypeAttribute } from "./attribute-sets.js";
import { attributeNameOf, metricNameOf } from "./metric-names.js";

/** A gauge of the catalogue that is read of each repository. */
interface Gauge {
  readonly instrument: Observable;
  readonly reading: RepositoryReading;
  readonly labels: readonly string[];
}

/**
 * Has the gauges of repositories read whenever metrics are collected: what is removed, or not led any more, has none.
 * Returns what ends it.
 */
export function observeRepositories(
  meter: Meter,
  definitions: readonly MetricDefinition[],
  repositories: Repositories,
): () => void {
  const gauges = definitions.flatMap((definition) => gaugeOf(meter, definition));
  const instruments = gauges.map(({ instrument }) => instrument);
  const observeAll: BatchObservableCallback = (result) => {
    for (const { instrument, reading, labels } of gauges) {
      for (const sharing of repositories.series(labels, reading)) {
        const value = repositories.read(sharing, reading);
        if (value === undefined) continue;
        const attributes: Attributes = {};
        for (const label of labels) {
          const of = repositoryLabelValue(sharing[0], label);
          const shown = label === "error_type" ? errorTypeAttribute(of) : of;
          if (shown !== undefined) attributes[attributeNameOf(label)] = shown;
        }
        result.observe(instrument, value, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(observeAll, instruments);
  return () => meter.removeBatchObservableCallback(observeAll, instruments);
}

function gaugeOf(meter: Meter, definition: MetricDefinition): Gauge[] {
  const { unit, description, labels } = definition;
  return definition.sources.flatMap((source) => {
    // What is read of a backend or of a sink is Prometheus': the SDK reports on itself, and a resource has the version.
    if (!("read" in source) || source.read !== "repository") return [];
    const instrument = meter.createObservableGauge(metricNameOf(definition), { unit, description });
    return [{ instrument, reading: source.reading, labels }];
  });
}
