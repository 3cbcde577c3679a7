import type { HandleContext } from "../emitter/subscriber.js";
import type { AluminiEvent } from "../event/event.js";
import type { Measurement } from "../event/measurement.js";
import { toIdentifier } from "../event/sanitize.js";
import { type CompiledMetrics, compileMetrics, type MetricRecorder } from "./compile.js";
import type { MetricDefinition } from "./definition.js";
import { LabelLimits, OVERFLOW_LABEL_VALUE } from "./label-limits.js";
import { REPO_INFO } from "./opt-in-labels.js";
import { type KnownRepository, Repositories, type RepositoryDetails } from "./repositories.js";

/** What a feed is made of. */
export interface MetricsFeedOptions {
  /** The metrics, with their opt-in labels. */
  readonly definitions: readonly MetricDefinition[];
  /** Repositories that have series of their own: 1 or more. */
  readonly maxRepositories: number;
  /** Distinct values of each label that is not about a repository: 1 or more. */
  readonly maxLabelValues: number;
  /** Error types that are kept apart beyond those of the catalogue. */
  readonly errorTypes: readonly string[];
  /** What the backend does with what is recorded. */
  readonly backend: MetricsBackend;
}

/** What a metrics backend must be able to do. */
export interface MetricsBackend {
  /** Returns what takes the values of a metric. Called once for each that anything is recorded of. */
  recorderOf(definition: MetricDefinition, limits: LabelLimits): MetricRecorder;
  /** A repository is first seen, or seen again after leadership was lost. */
  onSeen?(repository: KnownRepository): void;
  /** A repository is gone: the series that only it has can be dropped. */
  onGone?(repository: KnownRepository): void;
}

/**
 * What stands between a subscriber and its metrics backend. It decides which events count, for which repository, and
 * under which label values; a backend only keeps the values.
 */
export class MetricsFeed {
  readonly repositories: Repositories;
  readonly limits: LabelLimits;
  readonly #compiled: CompiledMetrics;
  readonly #clusters = new Set<string>();
  #newestCluster: string | undefined;
  /** Whether a label needs the branch that an event may lack. */
  readonly #needsBranch: boolean;

  constructor({ definitions, backend, ...limits }: MetricsFeedOptions) {
    this.repositories = new Repositories({
      maxRepositories: limits.maxRepositories,
      onSeen: (repository) => backend.onSeen?.(repository),
      onGone: (repository) => backend.onGone?.(repository),
      derive: (derived) => this.#compiled.derive(derived),
    });
    this.limits = new LabelLimits({
      ...limits,
      definitions,
      isKnownName: (name) => this.repositories.has(name),
    });
    this.#compiled = compileMetrics(definitions, (definition) => backend.recorderOf(definition, this.limits));
    this.#needsBranch = definitions.some(
      ({ labels, sources }) => labels.includes("branch") && !sources.some((source) => "read" in source),
    );
  }

  /** The clusters that events and measurements named; beyond the limit of label values, {@link OVERFLOW_LABEL_VALUE}. */
  get clusters(): ReadonlySet<string> {
    return this.#clusters;
  }

  /**
   * Takes an event. Returns it as it was recorded: a repository beyond the limit, or one that only a webhook names, is
   * `_other`. Returns nothing for an event that was not recorded: it came too late, or its repository was removed.
   */
  handle(event: AluminiEvent, context?: HandleContext): AluminiEvent | undefined {
    this.#noteCluster(event.clusterId);
    if (context?.late) {
      this.#compiled.derive({ derived: "late_event", clusterId: event.clusterId });
      return undefined;
    }
    if (this.repositories.isLeftover(event)) return undefined;
    const repository = this.repositories.observe(this.#withKeptError(event), context?.relayed);
    const recorded = this.#asRecorded(event, repository);
    this.#compiled.handle(recorded, event);
    return recorded;
  }

  /** Takes a measurement. */
  measure(measurement: Measurement): void {
    this.#noteCluster(measurement.clusterId);
    if (measurement.kind === "leadership") {
      const { clusterId, leader } = measurement;
      const isTransition = this.repositories.setLeader(clusterId, leader);
      if (isTransition) this.#compiled.derive({ derived: "leader_transition", clusterId });
    }
    if (!("repoName" in measurement)) {
      this.#compiled.measure(measurement);
      return;
    }
    if (this.repositories.isLeftover(measurement)) return;
    const repository = this.repositories.measure(measurement);
    if (repository === undefined) {
      this.#compiled.measure({ ...measurement, repoName: OVERFLOW_LABEL_VALUE, namespace: OVERFLOW_LABEL_VALUE });
      return;
    }
    const { namespace, branch } = repository.state;
    const known = { ...(namespace !== undefined && { namespace }), ...(branch !== undefined && { branch }) };
    this.#compiled.measure({ ...measurement, ...known });
  }

  /**
   * Makes a repository known before anything happens to it. The texts are treated as those on events: bounded, and
   * without credentials.
   */
  registerRepository(name: string, { namespace, clusterId, branch }: RepositoryDetails = {}): void {
    const repoName = toIdentifier(name);
    if (repoName === undefined) return;
    const isKnown = this.repositories.register(repoName, {
      namespace: toIdentifier(namespace),
      clusterId: toIdentifier(clusterId),
      branch: toIdentifier(branch),
    });
    if (!isKnown) this.limits.countDropped(REPO_INFO);
  }

  /** Forgets the repositories of this name, in that namespace and cluster where they are given. */
  removeRepository(name: string, { namespace, clusterId }: RepositoryDetails = {}): void {
    const repoName = toIdentifier(name);
    if (repoName === undefined) return;
    this.repositories.remove(repoName, { namespace: toIdentifier(namespace), clusterId: toIdentifier(clusterId) });
  }

  #noteCluster(clusterId: string): void {
    // Nearly always the same as before.
    if (clusterId === this.#newestCluster) return;
    this.#newestCluster = clusterId;
    this.#clusters.add(this.limits.admit("cluster_id", clusterId));
  }

  /** What is known of a repository becomes labels, too: they have the same closed list of error types. */
  #withKeptError(event: AluminiEvent): AluminiEvent {
    if (event.type !== "sync_failed" || event.errorType === undefined) return event;
    const errorType = this.limits.admit("error_type", event.errorType);
    return errorType === event.errorType ? event : { ...event, errorType };
  }

  #asRecorded(event: AluminiEvent, repository: KnownRepository | undefined): AluminiEvent {
    if (repository === undefined) {
      return {
        ...event,
        repoName: OVERFLOW_LABEL_VALUE,
        namespace: OVERFLOW_LABEL_VALUE,
        branch: OVERFLOW_LABEL_VALUE,
      };
    }
    const { branch } = repository.state;
    return this.#needsBranch && event.branch === undefined && branch !== undefined ? { ...event, branch } : event;
  }
}
