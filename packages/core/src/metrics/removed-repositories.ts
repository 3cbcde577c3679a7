import { BoundedMap } from "../adapter/bounded-map.js";
import type { AluminiEvent } from "../event/event.js";
import type { RepositoryIdentity } from "./repository-state.js";

interface Removed {
  readonly identity: RepositoryIdentity;
  /** Whether a sync was under way. */
  isSyncing: boolean;
}

/**
 * Remembers repositories that were removed, so that the events which end what was under way don't bring their series
 * back: a repository that is no longer synced would be shown as stale for as long as the process runs.
 */
export class RemovedRepositories {
  readonly #removed: BoundedMap<string, Removed>;

  /** Beyond `limit` repositories the oldest removal is forgotten. */
  constructor(limit: number) {
    this.#removed = new BoundedMap(limit);
  }

  get isEmpty(): boolean {
    return this.#removed.size === 0;
  }

  add(identity: RepositoryIdentity, isSyncing: boolean): void {
    const { repoName, namespace, clusterId } = identity;
    this.#removed.set(keyOf(identity), { identity: { repoName, namespace, clusterId }, isSyncing });
  }

  /** Forgets the removals of the repositories that this may be. */
  forget(identity: RepositoryIdentity): void {
    for (const [key, removed] of this.#removed) if (mayBe(removed.identity, identity)) this.#removed.delete(key);
  }

  has(identity: RepositoryIdentity): boolean {
    for (const removed of this.#removed.values()) if (mayBe(removed.identity, identity)) return true;
    return false;
  }

  /** Whether the event ends something that was under way at the removal; after any other the repository is back. */
  isLeftover(event: AluminiEvent): boolean {
    const removed = this.#removed.get(keyOf(event));
    if (removed === undefined || event.type === "webhook_received") return false;
    const { type } = event;
    const isBeginning = type === "sync_started" || type === "worker_started";
    if (isBeginning || !(removed.isSyncing || type === "worker_stopped")) {
      this.#removed.delete(keyOf(event));
      return false;
    }
    if (type === "worker_stopped") this.#removed.delete(keyOf(event));
    else if (type === "sync_completed" || type === "sync_failed") removed.isSyncing = false;
    return true;
  }
}

function keyOf({ clusterId, namespace, repoName }: RepositoryIdentity): string {
  return JSON.stringify([clusterId, namespace, repoName]);
}

/** Whether both may be the same repository: what one of them leaves open may be anything. */
export function mayBe(one: RepositoryIdentity, other: RepositoryIdentity): boolean {
  return (
    one.repoName === other.repoName &&
    (one.namespace === undefined || other.namespace === undefined || one.namespace === other.namespace) &&
    (one.clusterId === undefined || other.clusterId === undefined || one.clusterId === other.clusterId)
  );
}
