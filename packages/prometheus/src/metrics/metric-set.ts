import { type CompiledMetrics, compileMetrics, type Derived, type MetricDefinition } from "@alumiini/core/metrics";
import type { OwnGauge } from "../gauge.js";
import type { OwnHistogram } from "../histogram.js";
import { LabelLimits } from "../label-limits.js";
import { differenceBetween, type Settings } from "../options.js";
import type { AnyRegistry } from "../own-series.js";
import { Repositories } from "../repositories.js";
import { definitionsFor } from "./definitions.js";
import { ExemplarContext } from "./exemplars.js";
import { MetricFactory } from "./metric-factory.js";
import type { OwnCounter } from "./own-metrics.js";
import { Sinks } from "./sinks.js";

export type OwnMetric = OwnCounter | OwnGauge | OwnHistogram;

/** All metrics of one registry, and what they are made of. */
export class MetricSet {
  readonly settings: Settings;
  readonly repositories: Repositories;
  readonly sinks = new Sinks();
  readonly exemplars: ExemplarContext | undefined;
  readonly compiled: CompiledMetrics;
  readonly #factory: MetricFactory;
  readonly #metrics = new Map<string, OwnMetric>();

  constructor(settings: Settings) {
    this.settings = settings;
    const definitions = definitionsFor(settings);
    for (const { name } of definitions) refuseTaken(settings.register, name);
    const { maxRepositories, maxLabelValues, errorTypes, optInLabels } = settings;
    this.repositories = new Repositories({
      maxRepositories,
      byNamespace: optInLabels.includes("repo_namespace"),
      onSeen: (repository) => this.#factory.initialise(repository),
      derive: (derived: Derived) => this.compiled.derive(derived),
    });
    const limits = new LabelLimits({
      maxLabelValues,
      maxRepositories,
      errorTypes,
      closed: closedValues(definitions),
      admitRepository: (name) => this.repositories.admit(name),
    });
    this.exemplars = settings.exemplars ? new ExemplarContext() : undefined;
    const { repositories, sinks, exemplars } = this;
    this.#factory = new MetricFactory({ settings, limits, repositories, sinks, exemplars });
    for (const definition of definitions) this.#metrics.set(definition.name, this.#factory.create(definition));
    this.compiled = compileMetrics(definitions, ({ name }) => this.#factory.recorderOf(name));
    this.#factory.initialise();
  }

  /** In the order of the catalogue. */
  get metrics(): Iterable<OwnMetric> {
    return this.#metrics.values();
  }

  /** Drops every series of the repository, and makes room for another. */
  removeRepository(name: string): void {
    this.repositories.remove(name);
    this.#factory.removeRepository(name);
  }

  /** Takes whether this replica is now the leader. Who is not knows nothing of where repositories stand. */
  setLeader(leader: boolean): void {
    const isTransition = this.repositories.setLeader(leader);
    if (isTransition) this.compiled.derive({ derived: "leader_transition" });
    if (!leader) this.#factory.clearRepositoryGauges();
  }

  /** Whether the registry still has all of these metrics: `clear()` and `removeSingleMetric()` take them away. */
  isIn(register: AnyRegistry): boolean {
    for (const [name, metric] of this.#metrics) if (register.getSingleMetric(name) !== metric) return false;
    return true;
  }
}

/** Remembers the set of each registry for as long as the registry lives. */
const sets = new WeakMap<AnyRegistry, MetricSet>();

/** Answers the registry's metrics, where it has ours. */
export function metricSetIn(register: AnyRegistry): MetricSet | undefined {
  const known = sets.get(register);
  return known?.isIn(register) ? known : undefined;
}

/** Answers the registry's metrics, which all subscribers on that registry share; registers them the first time. */
export function metricSetOf(settings: Settings): MetricSet {
  const known = metricSetIn(settings.register);
  if (known !== undefined) {
    const difference = differenceBetween(known.settings, settings);
    if (difference === undefined) return known;
    throw new Error(
      `prometheusSubscriber: this registry's metrics were made with ${difference}. Subscribers that share a registry ` +
        "share its metrics: give them the same options, or a registry each.",
    );
  }
  const created = new MetricSet(settings);
  sets.set(settings.register, created);
  return created;
}

/** The label values that the catalogue itself names. */
function closedValues(definitions: readonly MetricDefinition[]): ReadonlyMap<string, ReadonlySet<string>> {
  const closed = new Map<string, Set<string>>();
  for (const definition of definitions) {
    if (definition.kind !== "counter") continue;
    for (const [label, values] of Object.entries(definition.initial ?? {})) {
      closed.set(label, new Set([...(closed.get(label) ?? []), ...values]));
    }
  }
  return closed;
}

function refuseTaken(register: AnyRegistry, name: MetricDefinition["name"]): void {
  if (register.getSingleMetric(name) === undefined) return;
  throw new Error(
    `prometheusSubscriber: the registry already has a metric ${name}, made by something else (or by another copy of ` +
      "@alumiini/prometheus). Remove that metric, or pass a registry of its own: " +
      "prometheusSubscriber({ register: new Registry() }).",
  );
}
