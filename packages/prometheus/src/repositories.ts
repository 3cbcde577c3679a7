import type { AluminiEvent, Measurement } from "@alumiini/core";
import { type Derived, RepositoryState, UNKNOWN_LABEL_VALUE } from "@alumiini/core/metrics";
import { wellFormed } from "./label-limits.js";
import { RemovedRepositories } from "./removed-repositories.js";

/** What is known of one repository. */
export interface KnownRepository {
  /** As its label has it. */
  readonly name: string;
  state: RepositoryState;
  /** Whether it is synced here: a webhook or an error alone doesn't say so. */
  seen: boolean;
}

/** What the repositories are kept for. */
export interface RepositoriesOptions {
  readonly maxRepositories: number;
  /** Whether repositories of one name in several namespaces are kept apart. */
  readonly byNamespace: boolean;
  /** Told of a repository that is first seen, or seen again after leadership was lost. */
  readonly onSeen: (repository: KnownRepository) => void;
  readonly derive: (derived: Derived) => void;
}

/** The repositories that have series of their own, and where each of them stands. */
export class Repositories {
  readonly #options: RepositoriesOptions;
  /** Several of one name only where namespaces are kept apart. */
  readonly #byName = new Map<string, KnownRepository[]>();
  readonly #removed: RemovedRepositories;
  #size = 0;
  #leader: boolean | undefined;

  constructor(options: RepositoriesOptions) {
    this.#options = options;
    this.#removed = new RemovedRepositories(options.maxRepositories);
  }

  /** Whether this replica was told that it is not the leader: then it knows nothing of where repositories stand. */
  get isFollower(): boolean {
    return this.#leader === false;
  }

  /**
   * Whether what comes is only left of a repository that was removed meanwhile: an event that ends what was under way,
   * or any measurement before the next event.
   */
  isLate(recorded: AluminiEvent | Measurement): boolean {
    if ("type" in recorded) return this.#removed.isLate(recorded);
    return "repoName" in recorded && this.#removed.has(recorded.repoName);
  }

  /** Takes an event; answers its repository, where it has series of its own. */
  observe(event: AluminiEvent): KnownRepository | undefined {
    const isWebhook = event.type === "webhook_received";
    const repository = isWebhook
      ? this.find(event.repoName, event.namespace)
      : this.#findOrAdd(event.repoName, event.namespace);
    if (repository === undefined) return undefined;
    repository.state.observe(event, this.#options.derive);
    if (!repository.seen && !isWebhook) this.#see(repository);
    return repository;
  }

  /** Makes a repository known before anything happens to it. */
  register(name: string, namespace: string, branch: string | undefined): void {
    this.#removed.forget(name);
    const repository = this.#findOrAdd(name, namespace);
    if (repository === undefined) return;
    repository.state.namespace = namespace;
    if (branch !== undefined) repository.state.branch = branch;
    if (!repository.seen) this.#see(repository);
  }

  /** Forgets all repositories of this name, which makes room for others. */
  remove(name: string): void {
    const known = this.#byName.get(name);
    if (known === undefined) return;
    this.#size -= known.length;
    this.#byName.delete(name);
    this.#removed.add(
      name,
      known.some(({ state }) => state.isSyncing),
    );
  }

  /** Whether a repository of this name has series of its own; makes room for it where there is any. */
  admit(name: string): boolean {
    return this.#byName.has(name) || this.#findOrAdd(name, UNKNOWN_LABEL_VALUE) !== undefined;
  }

  /** Takes whether this replica is the leader; answers whether that is a transition, which "never was" is not. */
  setLeader(leader: boolean): boolean {
    const isTransition = leader !== (this.#leader ?? false);
    if (!leader && !this.isFollower) this.#forgetStates();
    this.#leader = leader;
    return isTransition;
  }

  find(name: string, namespace?: string): KnownRepository | undefined {
    const known = this.#byName.get(name);
    if (known === undefined) return undefined;
    if (namespace === undefined || !this.#options.byNamespace) return known[0];
    for (const repository of known) if (repository.state.namespace === namespace) return repository;
    return undefined;
  }

  /** Those that are synced by this replica. */
  *seen(): Iterable<KnownRepository> {
    if (this.isFollower) return;
    for (const known of this.#byName.values()) for (const repository of known) if (repository.seen) yield repository;
  }

  #findOrAdd(name: string, namespace: string): KnownRepository | undefined {
    const found = this.find(name, namespace);
    if (found !== undefined) return found;
    const text = wellFormed(name);
    if (text !== name) return this.#findOrAdd(text, namespace);
    const known = this.#byName.get(name);
    // What was known by its name alone now gets its namespace.
    const unplaced = known?.find(({ state }) => state.namespace === UNKNOWN_LABEL_VALUE);
    if (unplaced !== undefined) return unplaced;
    if (this.#size >= this.#options.maxRepositories) return undefined;
    const added = { name, state: new RepositoryState(name, namespace), seen: false };
    if (known === undefined) this.#byName.set(name, [added]);
    else known.push(added);
    this.#size++;
    return added;
  }

  #see(repository: KnownRepository): void {
    repository.seen = true;
    this.#options.onSeen(repository);
  }

  #forgetStates(): void {
    for (const known of this.#byName.values()) {
      for (const repository of known) {
        const { namespace, branch } = repository.state;
        repository.state = new RepositoryState(repository.name, namespace, branch);
        repository.seen = false;
      }
    }
  }
}
