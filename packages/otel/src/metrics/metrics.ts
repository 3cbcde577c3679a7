import type { AluminiEvent, HandleContext, Measurement } from "@alumiini/core";
import type { RepositoryDetails } from "@alumiini/core/metrics";
import type { Meter } from "@opentelemetry/api";
import type { Settings } from "../options.js";
import { CatalogueMetrics } from "./catalogue-metrics.js";
import { CicdMetrics } from "./cicd-metrics.js";

interface Instruments {
  readonly catalogue: CatalogueMetrics;
  readonly cicd: CicdMetrics;
}

/** Registrations that are kept until there is a meter; beyond, the oldest is forgotten. */
const MAX_REGISTRATIONS = 10_000;

/** All metrics, made as soon as there is a meter. */
export class Metrics {
  readonly #findMeter: () => Meter | undefined;
  readonly #settings: Settings;
  #instruments: Instruments | undefined;
  /** Repositories that were registered before there was a meter. */
  #registered: (readonly [name: string, details: RepositoryDetails | undefined])[] = [];

  constructor(findMeter: () => Meter | undefined, settings: Settings) {
    this.#findMeter = findMeter;
    this.#settings = settings;
  }

  handle(event: AluminiEvent, context: HandleContext | undefined): void {
    const instruments = this.#instruments ?? this.#make();
    const recorded = instruments?.catalogue.handle(event, context);
    if (recorded !== undefined) instruments?.cicd.handle(event, recorded, context);
  }

  measure(measurement: Measurement): void {
    const instruments = this.#instruments ?? this.#make();
    instruments?.catalogue.measure(measurement);
    instruments?.cicd.measure(measurement);
  }

  registerRepository(name: string, details: RepositoryDetails | undefined): void {
    const instruments = this.#instruments ?? this.#make();
    if (instruments !== undefined) {
      instruments.catalogue.feed.registerRepository(name, details);
      return;
    }
    this.#registered.push([name, details]);
    if (this.#registered.length > MAX_REGISTRATIONS) this.#registered.shift();
  }

  removeRepository(name: string, details: RepositoryDetails | undefined): void {
    this.#registered = this.#registered.filter(([registered]) => registered !== name);
    (this.#instruments ?? this.#make())?.catalogue.feed.removeRepository(name, details);
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
    const catalogue = new CatalogueMetrics(meter, this.#settings);
    this.#instruments = { catalogue, cicd: new CicdMetrics(meter, catalogue, this.#settings) };
    for (const [name, details] of this.#registered) catalogue.feed.registerRepository(name, details);
    this.#registered = [];
    return this.#instruments;
  }
}
