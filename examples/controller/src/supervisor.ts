import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Telemetry, Trigger } from "@alumiini/core";
import type { Repository } from "./repository.js";
import type { LastSync, Worker } from "./worker.js";

/** What a supervisor needs. */
export interface SupervisorOptions {
  readonly telemetry: Telemetry;
  readonly repositories: readonly Repository[];
  /** Makes a new worker: at the start, and after every crash. */
  readonly createWorker: (repository: Repository) => Worker;
  /** Milliseconds before a crashed worker is started again; doubles up to 60 times that with every crash in a row. */
  readonly restartDelayMs: number;
  /** Told why a worker crashed. Telemetry carries the message; this is for the stack. */
  readonly onCrash: (repository: Repository, error: unknown) => void;
}

/** One worker, for `/healthz`. */
export interface WorkerStatus {
  readonly repository: string;
  readonly state: "running" | "restarting" | "stopped";
  readonly restarts: number;
  /** How the last attempt ended; a crash is a failure. */
  readonly lastSync: LastSync;
  /** The commit that was applied last, completely; absent while the target is between two. */
  readonly commit?: string | undefined;
}

/** Whether every repository is as git has it, as far as its last sync knows. */
export function isHealthy(workers: readonly WorkerStatus[]): boolean {
  return workers.every(({ state, lastSync }) => state === "running" && lastSync === "completed");
}

interface Supervised {
  readonly repository: Repository;
  worker: Worker | undefined;
  hasCrashed: boolean;
  restarts: number;
  ended: Promise<void>;
}

/** A worker that has run for this many restart delays counts as well again. */
const HEALTHY_AFTER = 60;
const MAX_BACKOFF = 60;

/** Keeps one worker per repository running: starts it again when it crashes, later each time. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #supervised = new Map<string, Supervised>();
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    // Every worker listens, and every command that it runs.
    setMaxListeners(0, this.#stop.signal, this.#abort.signal);
  }

  start(): void {
    for (const repository of this.#options.repositories) {
      const supervised: Supervised = {
        repository,
        worker: undefined,
        hasCrashed: false,
        restarts: 0,
        ended: Promise.resolve(),
      };
      this.#supervised.set(repository.name, supervised);
      supervised.ended = this.#supervise(supervised);
    }
  }

  /** Passes a trigger on. A worker that is being restarted needs none: it begins with a sync. */
  trigger(repoName: string, trigger: Trigger): boolean {
    const supervised = this.#supervised.get(repoName);
    supervised?.worker?.trigger(trigger);
    return supervised !== undefined;
  }

  /** The branch that a repository follows; `undefined` where that is not known yet. */
  branchOf({ name, branch }: Repository): string | undefined {
    return branch ?? this.#supervised.get(name)?.worker?.branch;
  }

  /**
   * Cuts short what only reads, at once, and what is being applied after the deadline. Resolves when no worker is left.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stop.abort();
    const deadline = setTimeout(() => this.#abort.abort(), deadlineMs);
    await Promise.all([...this.#supervised.values()].map(({ ended }) => ended));
    clearTimeout(deadline);
  }

  status(): WorkerStatus[] {
    return [...this.#supervised.values()].map(({ repository, worker, hasCrashed, restarts }) => ({
      repository: repository.name,
      state: worker !== undefined ? "running" : this.#stop.signal.aborted ? "stopped" : "restarting",
      restarts,
      lastSync: lastSyncOf(worker, hasCrashed),
      commit: worker?.appliedCommit,
    }));
  }

  async #supervise(supervised: Supervised): Promise<void> {
    const { telemetry, restartDelayMs } = this.#options;
    const { name: repoName, namespace } = supervised.repository;
    let crashesInARow = 0;
    while (true) {
      const startedAt = performance.now();
      if (await this.#runOnce(supervised)) return;
      crashesInARow = performance.now() - startedAt > HEALTHY_AFTER * restartDelayMs ? 1 : crashesInARow + 1;
      const backoff = restartDelayMs * Math.min(2 ** (crashesInARow - 1), MAX_BACKOFF);
      const stopped = await delay(backoff, false, { signal: this.#stop.signal }).catch(() => true);
      if (stopped) return;
      supervised.restarts++;
      telemetry.measure("worker_restart", { repoName, namespace });
    }
  }

  /** Runs a new worker to its end. Returns `false` when it crashed. */
  async #runOnce(supervised: Supervised): Promise<boolean> {
    const { telemetry, createWorker, onCrash } = this.#options;
    const { repository } = supervised;
    try {
      await telemetry.run("worker", { repoName: repository.name, namespace: repository.namespace }, async () => {
        const worker = createWorker(repository);
        supervised.worker = worker;
        this.#reportCount();
        await worker.run(this.#stop.signal, this.#abort.signal);
      });
      return true;
    } catch (error) {
      supervised.hasCrashed = true;
      // `run` has emitted `worker_stopped` with outcome failure.
      onCrash(repository, error);
      return false;
    } finally {
      supervised.worker = undefined;
      this.#reportCount();
    }
  }

  #reportCount(): void {
    const count = [...this.#supervised.values()].filter(({ worker }) => worker !== undefined).length;
    this.#options.telemetry.measure("worker_count", { count });
  }
}

/** A worker that was started again knows of no sync yet: the one before crashed. */
function lastSyncOf(worker: Worker | undefined, hasCrashed: boolean): LastSync {
  const lastSync = worker?.lastSync ?? "none";
  return lastSync === "none" && hasCrashed ? "failed" : lastSync;
}
