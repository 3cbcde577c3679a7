import type { AluminiEvent } from "@alumiini/core";
import { type Derived, type MetricDefinition, RepositoryState } from "@alumiini/core/metrics";
import type { BatchObservableCallback, Meter, Observable } from "@opentelemetry/api";
import { attributeNameOf, metricNameOf } from "./metric-names.js";

/** A gauge of the catalogue that is read of each repository. */
interface Gauge {
  readonly instrument: Observable;
  readonly read: (state: RepositoryState) => number | undefined;
}

/** What the events of each repository add up to, read whenever metrics are collected. */
export class RepositoryReadings {
  readonly #states = new Map<string, RepositoryState>();
  readonly #maxRepositories: number;
  readonly #stop: () => void;

  constructor(meter: Meter, definitions: readonly MetricDefinition[], maxRepositories: number) {
    this.#maxRepositories = maxRepositories;
    const gauges = definitions.flatMap((definition) => gaugeOf(meter, definition));
    const instruments = gauges.map(({ instrument }) => instrument);
    const observeAll: BatchObservableCallback = (result) => {
      for (const state of this.#states.values()) {
        const name = { [attributeNameOf("repo_name")]: state.repoName };
        for (const { instrument, read } of gauges) {
          const value = read(state);
          if (value !== undefined) result.observe(instrument, value, name);
        }
      }
    };
    meter.addBatchObservableCallback(observeAll, instruments);
    this.#stop = () => meter.removeBatchObservableCallback(observeAll, instruments);
  }

  /** Takes the next event; repositories beyond the limit have no readings. */
  observe(event: AluminiEvent, derive: (derived: Derived) => void): void {
    let state = this.#states.get(event.repoName);
    if (state === undefined) {
      if (this.#states.size >= this.#maxRepositories || !concernsRepository(event)) return;
      state = new RepositoryState(event.repoName, event.namespace, event.branch);
      this.#states.set(event.repoName, state);
    }
    state.observe(event, derive);
  }

  close(): void {
    this.#stop();
  }
}

function gaugeOf(meter: Meter, definition: MetricDefinition): Gauge[] {
  const { unit, description } = definition;
  return definition.sources.flatMap((source) => {
    // What is read of a backend or of a sink is Prometheus': the SDK reports of itself, and a resource has the version.
    if (!("read" in source) || source.read !== "repository") return [];
    const { reading } = source;
    const instrument = meter.createObservableGauge(metricNameOf(definition), { unit, description });
    return [{ instrument, read: (state) => state[reading] }];
  });
}

/** A webhook that was refused names whatever its sender pleases. */
export function concernsRepository({ type, outcome }: AluminiEvent): boolean {
  return type !== "webhook_received" || outcome === "success";
}
