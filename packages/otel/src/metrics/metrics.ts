import type { AluminiEvent, Measurement } from "@alumiini/core";
import type { Meter } from "@opentelemetry/api";
import { LabelLimits } from "../label-limits.js";
import type { Settings } from "../options.js";
import { CatalogueMetrics } from "./catalogue-metrics.js";
import { CicdMetrics } from "./cicd-metrics.js";

interface Instruments {
  readonly catalogue: CatalogueMetrics;
  readonly cicd: CicdMetrics;
}

/** All metrics, made as soon as there is a meter. */
export class Metrics {
  readonly #findMeter: () => Meter | undefined;
  readonly #settings: Settings;
  #instruments: Instruments | undefined;

  constructor(findMeter: () => Meter | undefined, settings: Settings) {
    this.#findMeter = findMeter;
    this.#settings = settings;
  }

  handle(event: AluminiEvent): void {
    const instruments = this.#instruments ?? this.#make();
    instruments?.catalogue.handle(event);
    instruments?.cicd.handle(event);
  }

  measure(measurement: Measurement): void {
    const instruments = this.#instruments ?? this.#make();
    instruments?.catalogue.measure(measurement);
    instruments?.cicd.measure(measurement);
  }

  sweep(): void {
    this.#instruments?.cicd.sweep();
  }

  close(): void {
    this.#instruments?.catalogue.close();
    this.#instruments?.cicd.close();
  }

  #make(): Instruments | undefined {
    const meter = this.#findMeter();
    if (meter === undefined) return undefined;
    const { maxRepositories, errorTypes } = this.#settings;
    const limits = new LabelLimits(maxRepositories, errorTypes);
    this.#instruments = {
      catalogue: new CatalogueMetrics(meter, limits, maxRepositories),
      cicd: new CicdMetrics(meter, limits, this.#settings),
    };
    return this.#instruments;
  }
}
