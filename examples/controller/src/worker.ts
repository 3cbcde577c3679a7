import type { Telemetry, Trigger } from "@alumiini/core";
import { AbortedError, SyncError } from "./errors.js";
import type { CommitCache } from "./git/commit-cache.js";
import type { Repository } from "./repository.js";
import type { StopSignals, Synchronizer } from "./synchronizer.js";
import type { Triggers } from "./triggers.js";

/** How often a worker acts on its own, in milliseconds. */
export interface Intervals {
  /** Asks git for something new, and compares the target with it. */
  readonly pollMs: number;
  /** The same, as a safety net for those who leave the news to webhooks and poll rarely. */
  readonly reconcileMs: number;
}

/** What a worker works with. */
export interface WorkerParts {
  readonly telemetry: Telemetry;
  readonly synchronizer: Pick<Synchronizer, "sync" | "appliedCommit" | "branch">;
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

  get branch(): string | undefined {
    return this.#parts.synchronizer.branch;
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
      for (let trigger = await triggers.take(stop); trigger !== undefined; trigger = await triggers.take(stop)) {
        await this.#sync(trigger, { stop, abort });
      }
    } finally {
      for (const timer of timers) clearInterval(timer);
    }
  }

  trigger(trigger: Trigger): void {
    this.#parts.triggers.add(trigger);
  }

  async #sync(trigger: Trigger, signals: StopSignals): Promise<void> {
    const { telemetry, synchronizer, cache } = this.#parts;
    try {
      await synchronizer.sync(trigger, signals);
      this.#lastSync = "completed";
    } catch (error) {
      // A sync that was cut short says nothing about the repository.
      if (!(error instanceof AbortedError)) this.#lastSync = "failed";
      // Telemetry has the failure; the next trigger tries again.
      if (!(error instanceof SyncError)) throw error;
    }
    const { name: repoName, namespace } = this.#repository;
    telemetry.measure("worker_memory", { repoName, namespace, bytes: cache.bytes });
  }
}
