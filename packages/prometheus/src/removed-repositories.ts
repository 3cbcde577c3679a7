import type { AluminiEvent } from "@alumiini/core";

/**
 * Remembers repositories that were removed, so that what still ends of them does not bring their series back: a
 * repository that nobody syncs any more would be shown as stale for ever.
 */
export class RemovedRepositories {
  readonly #limit: number;
  /** Whether a sync was under way, by name. */
  readonly #syncing = new Map<string, boolean>();

  /** Beyond `limit` names the oldest is forgotten. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, isSyncing: boolean): void {
    this.#syncing.set(name, isSyncing);
    if (this.#syncing.size <= this.#limit) return;
    for (const oldest of this.#syncing.keys()) {
      this.#syncing.delete(oldest);
      break;
    }
  }

  forget(name: string): void {
    this.#syncing.delete(name);
  }

  has(name: string): boolean {
    return this.#syncing.has(name);
  }

  /** Whether the event ends something that was under way at the removal; with any other the repository is back. */
  isLate({ type, repoName }: AluminiEvent): boolean {
    if (this.#syncing.size === 0) return false;
    const isSyncing = this.#syncing.get(repoName);
    if (isSyncing === undefined || type === "webhook_received") return false;
    const isBeginning = type === "sync_started" || type === "worker_started";
    if (isBeginning || !(isSyncing || type === "worker_stopped")) {
      this.#syncing.delete(repoName);
      return false;
    }
    if (type === "worker_stopped") this.#syncing.delete(repoName);
    else if (type === "sync_completed" || type === "sync_failed") this.#syncing.set(repoName, false);
    return true;
  }
}
