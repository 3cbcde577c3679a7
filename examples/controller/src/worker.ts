import type { Telemetry, Trigger } from "@alumiini/core";
import { SyncError } from "./errors.js";
import type { CommitCache } from "./git/commit-cache.js";
import type { Repository } from "./repository.js";
import type { Synchronizer } from "./synchronizer.js";
import type { SyncRequest, Triggers } from "./triggers.js";

/** How often a worker acts on its own, in milliseconds. */
export interface Intervals {
  /** Asks git for something new. */
  readonly pollMs: number;
  /** Compares the target with git. */
  readonly reconcileMs: number;
}

/** What a worker works with. */
export interface WorkerParts {
  readonly telemetry: Telemetry;
  readonly synchronizer: Pick<Synchronizer, "sync" | "appliedCommit">;
  readonly cache: CommitCache;
  readonly triggers: Triggers;
  readonly intervals: Intervals;
}

/** How the last sync of a worker ended. */
export type LastSync = "none" | "completed" | "failed";

/** Syncs one repository, one sync at a time, whenever something triggers it. */
export class Worker {
  readonly #repository: Repository;
  readonly #parts: WorkerParts;
  #lastSync: LastSync = "none";

  constructor(repository: Repository, parts: WorkerParts) {
    this.#repository = repository;
    this.#parts = parts;
  }

  get lastSync(): LastSync {
    return this.#lastSync;
  }

  get appliedCommit(): string | undefined {
    return this.#parts.synchronizer.appliedCommit;
  }

  /**
   * Works until `stop` aborts, and ends after the sync that then runs; `abort` cuts that one short. Rejects when the
   * worker crashes, on anything but a {@link SyncError}.
   */
  async run(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const { triggers, intervals } = this.#parts;
    const timers = [
      setInterval(() => triggers.add("poll"), intervals.pollMs),
      setInterval(() => triggers.add("reconcile"), intervals.reconcileMs),
    ];
    try {
      triggers.add("startup");
      for (let request = await triggers.take(stop); request !== undefined; request = await triggers.take(stop)) {
        await this.#sync(request, abort);
      }
    } finally {
      for (const timer of timers) clearInterval(timer);
    }
  }

  trigger(trigger: Trigger): void {
    this.#parts.triggers.add(trigger);
  }

  async #sync(request: SyncRequest, abort: AbortSignal): Promise<void> {
    const { telemetry, synchronizer, cache } = this.#parts;
    try {
      await synchronizer.sync(request, abort);
      this.#lastSync = "completed";
    } catch (error) {
      this.#lastSync = "failed";
      // Telemetry has been told of the failure; the next trigger tries again.
      if (!(error instanceof SyncError)) throw error;
    }
    telemetry.measure("worker_memory", { repoName: this.#repository.name, bytes: cache.bytes });
  }
}
