import type { AluminiEvent } from "../event/event.js";
import type { Measurement } from "../event/measurement.js";
import { UNKNOWN_LABEL_VALUE } from "./compile.js";
import type { Derived } from "./derived.js";
import { mayBe, RemovedRepositories } from "./removed-repositories.js";
import { type RepositoryIdentity, type RepositoryReading, RepositoryState } from "./repository-state.js";
import { worstReading } from "./worst-reading.js";

/** What is known of one repository. */
export interface KnownRepository {
  /** As its label has it. */
  readonly name: string;
  state: RepositoryState;
  /** Whether it is synced here: a webhook or an error alone doesn't say so. */
  seen: boolean;
}

/** Repositories that share one series: never none. */
export type SharingRepositories = readonly [KnownRepository, ...KnownRepository[]];

/** What can be said of a repository before its first event. */
export interface RepositoryDetails {
  /** Kubernetes namespace of the repository's custom resource. Default: that of its first event. */
  readonly namespace?: string | undefined;
  /** Default: the cluster of its first event. */
  readonly clusterId?: string | undefined;
  /** Default `unknown`, until an event names it. */
  readonly branch?: string | undefined;
}

/** What the registry is made of. */
export interface RepositoriesOptions {
  /** Beyond it, repositories are not kept: 1 or more. */
  readonly maxRepositories: number;
  /** Called for a repository that is first seen, or seen again after leadership was lost. */
  readonly onSeen: (repository: KnownRepository) => void;
  /**
   * Called for what is no longer there: a repository that was removed, or, as it was, one of which the namespace or the
   * cluster has only become known.
   */
  readonly onGone: (repository: KnownRepository) => void;
  readonly derive: (derived: Derived) => void;
}

/** The error type of a sync that succeeded. */
export const NO_ERROR = "none";

type RepositoryMeasurement = Extract<Measurement, { readonly repoName: string }>;

/**
 * The repositories that have series of their own, and where each of them stands: the one place that decides about
 * leadership, registration, removal and the limit, for every metrics backend. A repository is its cluster, its namespace
 * and its name. Leadership is that of one cluster.
 */
export class Repositories {
  readonly #options: RepositoriesOptions;
  readonly #byName = new Map<string, KnownRepository[]>();
  readonly #removed: RemovedRepositories;
  /** Whether this replica leads, by cluster: one entry for each that leadership was measured for. */
  readonly #leads = new Map<string, boolean>();
  #size = 0;

  constructor(options: RepositoriesOptions) {
    this.#options = options;
    this.#removed = new RemovedRepositories(options.maxRepositories);
  }

  /**
   * Whether what comes is only left of a repository that was removed meanwhile: an event that ends what was under way,
   * or any measurement before the next event.
   */
  isLeftover(recorded: AluminiEvent | RepositoryMeasurement): boolean {
    if (this.#removed.isEmpty) return false;
    if ("type" in recorded) return this.#find(recorded) === undefined && this.#removed.isLeftover(recorded);
    const identity = identityOf(recorded);
    return this.#ofMeasurement(identity) === undefined && this.#removed.has(identity);
  }

  /** Takes an event; returns its repository, where it has series of its own. A webhook makes no repository known. */
  observe(event: AluminiEvent, relayed = false): KnownRepository | undefined {
    const isWebhook = event.type === "webhook_received";
    const repository = this.#find(event) ?? (isWebhook ? this.#unplaced(event) : this.#findOrAdd(event));
    if (repository === undefined) return undefined;
    repository.state.observe(event, this.#options.derive, relayed);
    if (!repository.seen && !isWebhook) this.#see(repository);
    return repository;
  }

  /** Takes a measurement of a repository; returns the repository, where it has series of its own. */
  measure(measurement: RepositoryMeasurement): KnownRepository | undefined {
    const identity = identityOf(measurement);
    const repository = this.#ofMeasurement(identity) ?? this.#findOrAdd(identity);
    if (repository === undefined) return undefined;
    if (measurement.kind === "worker_memory") repository.state.workerMemoryBytes = measurement.bytes;
    if (measurement.kind === "suspension") repository.state.suspended = measurement.suspended ? 1 : 0;
    return repository;
  }

  /** Makes a repository known before anything happens to it; returns whether there was room for it. */
  register(repoName: string, { namespace, clusterId, branch }: RepositoryDetails): boolean {
    const identity = { repoName, namespace, clusterId };
    this.#removed.forget(identity);
    const repository = this.named(repoName).find(({ state }) => mayBe(state, identity)) ?? this.#findOrAdd(identity);
    if (repository === undefined) return false;
    this.#place(repository, identity);
    if (branch !== undefined) repository.state.branch = branch;
    if (!repository.seen) this.#see(repository);
    return true;
  }

  /** Forgets the repositories of this name, in that namespace and cluster where they are given. */
  remove(repoName: string, { namespace, clusterId }: Pick<RepositoryDetails, "namespace" | "clusterId">): void {
    const identity = { repoName, namespace, clusterId };
    const known = this.named(repoName);
    const removed = known.filter(({ state }) => mayBe(state, identity));
    if (removed.length === 0) return;
    const kept = known.filter((repository) => !removed.includes(repository));
    if (kept.length === 0) this.#byName.delete(repoName);
    else this.#byName.set(repoName, kept);
    this.#size -= removed.length;
    for (const repository of removed) {
      this.#removed.add(repository.state, repository.state.isSyncing);
      this.#options.onGone(repository);
    }
  }

  /** The repositories of this name that have series of their own. */
  named(name: string): readonly KnownRepository[] {
    return this.#byName.get(name) ?? [];
  }

  /** The repositories that this replica syncs. */
  *shown(): Iterable<KnownRepository> {
    for (const known of this.#byName.values()) yield* known.filter((repository) => this.#isShown(repository));
  }

  /** Whether any repository of this name has series of its own. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /**
   * Takes whether this replica now leads a cluster; returns whether that is a transition, which "never was" is not. A
   * replica that doesn't lead knows nothing of where the cluster's repositories stand.
   */
  setLeader(clusterId: string, leader: boolean): boolean {
    const before = this.#leads.get(clusterId);
    this.#leads.set(clusterId, leader);
    if (!leader && before !== false) this.#forgetStates();
    return leader !== (before ?? false);
  }

  /**
   * The repositories that this replica syncs, one array for each series of a metric with these labels: those whose
   * values of all of them are the same share one. What was measured of a repository is shown before it is synced.
   */
  *series(labels: readonly string[], reading?: RepositoryReading): Iterable<SharingRepositories> {
    const isMeasured = reading === "workerMemoryBytes" || reading === "suspended";
    const isShown = (repository: KnownRepository) =>
      isMeasured ? !this.#isFollower(repository.state.clusterId) : this.#isShown(repository);
    for (const known of this.#byName.values()) {
      const [first, ...others] = known.length === 1 ? known : known.filter(isShown);
      if (first === undefined || (known.length === 1 && !isShown(first))) continue;
      if (others.length === 0) yield [first];
      else yield* sameLabels([first, ...others], labels);
    }
  }

  /** What one series shows of the repositories that share it: the worst of them. */
  read(repositories: readonly KnownRepository[], reading: RepositoryReading): number | undefined {
    const [first] = repositories;
    if (repositories.length === 1) return first?.state[reading];
    return worstReading(
      repositories.map(({ state }) => state),
      reading,
    );
  }

  #isShown({ seen, state }: KnownRepository): boolean {
    return seen && !this.#isFollower(state.clusterId);
  }

  /** Whether this replica is known not to lead the cluster. A cluster that isn't known yet may be any. */
  #isFollower(clusterId: string | undefined): boolean {
    if (this.#leads.size === 0) return false;
    if (clusterId !== undefined) return this.#leads.get(clusterId) === false;
    return ![...this.#leads.values()].includes(true);
  }

  #find({ repoName, namespace, clusterId }: RepositoryIdentity): KnownRepository | undefined {
    const known = this.#byName.get(repoName);
    if (known === undefined) return undefined;
    for (const repository of known) {
      if (repository.state.namespace === namespace && repository.state.clusterId === clusterId) return repository;
    }
    return undefined;
  }

  /** A measurement without a namespace belongs to the one repository of its name, if there is only one. */
  #ofMeasurement(identity: RepositoryIdentity): KnownRepository | undefined {
    const found = this.#find(identity);
    if (found !== undefined) return found;
    const [candidate, ...others] = this.named(identity.repoName).filter(({ state }) => mayBe(state, identity));
    if (candidate === undefined || others.length > 0) return undefined;
    this.#place(candidate, identity);
    return candidate;
  }

  #findOrAdd(identity: RepositoryIdentity): KnownRepository | undefined {
    const name = identity.repoName.toWellFormed();
    if (name !== identity.repoName) return this.#findOrAdd({ ...identity, repoName: name });
    const found = this.#find(identity);
    if (found !== undefined) return found;
    const unplaced = this.#unplaced(identity);
    if (unplaced !== undefined) return this.#place(unplaced, identity);
    if (this.#size >= this.#options.maxRepositories) return undefined;
    const known = this.#byName.get(name);
    const added = { name, state: new RepositoryState(identity), seen: false };
    if (known === undefined) this.#byName.set(name, [added]);
    else known.push(added);
    this.#size++;
    return added;
  }

  /** The repository that was registered without its namespace or its cluster, and may be this one. */
  #unplaced(identity: RepositoryIdentity): KnownRepository | undefined {
    return this.named(identity.repoName).find(({ state }) => isUnplaced(state) && mayBe(state, identity));
  }

  #place(repository: KnownRepository, { namespace, clusterId }: RepositoryIdentity): KnownRepository {
    const { state } = repository;
    const isNew =
      (state.namespace === undefined && namespace !== undefined) ||
      (state.clusterId === undefined && clusterId !== undefined);
    if (!isNew) return repository;
    const { seen } = repository;
    if (seen) this.#options.onGone(repository);
    state.namespace ??= namespace;
    state.clusterId ??= clusterId;
    if (seen) this.#options.onSeen(repository);
    return repository;
  }

  #see(repository: KnownRepository): void {
    repository.seen = true;
    this.#options.onSeen(repository);
  }

  #forgetStates(): void {
    for (const known of this.#byName.values()) {
      for (const repository of known) {
        if (!this.#isFollower(repository.state.clusterId)) continue;
        repository.state = new RepositoryState(repository.state, repository.state.branch);
        repository.seen = false;
      }
    }
  }
}

/** Returns what a label of a repository's metrics says of it. */
export function repositoryLabelValue({ name, state }: KnownRepository, label: string): string {
  switch (label) {
    case "repo_name":
      return name;
    case "namespace":
    case "repo_namespace":
      return state.namespace ?? UNKNOWN_LABEL_VALUE;
    case "cluster":
      return state.clusterId ?? UNKNOWN_LABEL_VALUE;
    case "branch":
      return state.branch ?? UNKNOWN_LABEL_VALUE;
    case "commit":
      return state.commit ?? UNKNOWN_LABEL_VALUE;
    case "trigger":
      return state.lastSync?.trigger ?? UNKNOWN_LABEL_VALUE;
    case "outcome":
      return state.lastSync?.outcome ?? UNKNOWN_LABEL_VALUE;
    case "error_type":
      return state.lastSync?.errorType ?? (state.lastSync?.outcome === "success" ? NO_ERROR : UNKNOWN_LABEL_VALUE);
    default:
      return UNKNOWN_LABEL_VALUE;
  }
}

function* sameLabels(repositories: SharingRepositories, labels: readonly string[]): Iterable<SharingRepositories> {
  const groups = new Map<string, [KnownRepository, ...KnownRepository[]]>();
  for (const repository of repositories) {
    const key = JSON.stringify(labels.map((label) => repositoryLabelValue(repository, label)));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [repository]);
    else group.push(repository);
  }
  yield* groups.values();
}

function isUnplaced({ namespace, clusterId }: RepositoryIdentity): boolean {
  return namespace === undefined || clusterId === undefined;
}

function identityOf({ repoName, clusterId, ...fields }: RepositoryMeasurement): RepositoryIdentity {
  return { repoName, clusterId, namespace: fields.namespace };
}
