import { isCancelled } from "../event/attributes.js";
import type { AluminiEvent, EventOf } from "../event/event.js";
import type { Outcome, Trigger } from "../event/vocabulary.js";
import type { Derived } from "./derived.js";

/** What can be read of a repository at any time; `undefined` where nothing is known yet. */
export interface RepositoryReadings {
  /** When the last successful sync ended, in seconds since the Unix epoch; 0 before the first. */
  readonly lastSuccessSeconds: number;
  /** When the sync under way began, in seconds since the Unix epoch, of several the oldest; 0 when there is none. */
  readonly syncStartedSeconds: number;
  /** 1 while git holds a commit that the cluster does not, or an apply failed; 0 after a sync; unknown at first. */
  readonly outOfSync: number | undefined;
  /** Objects that drifted from git and were not corrected. */
  readonly driftedResources: number;
  /** 1 while reconciliation is suspended, 0 while it is not; unknown until it was measured. */
  readonly suspended: number | undefined;
  /** Memory that the worker of the repository holds, in bytes; unknown until it was measured. */
  readonly workerMemoryBytes: number | undefined;
  /** Syncs that failed since the last successful one. A cancelled one neither counts nor ends the row. */
  readonly consecutiveFailures: number;
  /** When the last sync ended, however it did, in seconds since the Unix epoch; unknown before the first. */
  readonly lastSyncSeconds: number | undefined;
}

/** The name of a reading. */
export type RepositoryReading = keyof RepositoryReadings;

/** What identifies a repository. The namespace and the cluster of one that was only registered may not be known yet. */
export interface RepositoryIdentity {
  readonly repoName: string;
  readonly namespace: string | undefined;
  readonly clusterId: string | undefined;
}

/** How a sync ended. */
export interface SyncEnd {
  readonly trigger: Trigger | undefined;
  readonly outcome: Outcome;
  /** Absent where it succeeded. */
  readonly errorType?: string | undefined;
}

/** Syncs without an end that are remembered for one repository; beyond that the oldest is forgotten. */
const MAX_SYNCS = 16;
/** Drifted objects that are remembered for one repository; more are not counted. */
const MAX_DRIFTED = 1000;

/** What the events of one repository, in their order, add up to. Bounded, however many come. */
export class RepositoryState implements RepositoryReadings, RepositoryIdentity {
  readonly repoName: string;
  namespace: string | undefined;
  clusterId: string | undefined;
  branch: string | undefined;
  /** The commit that the last successful sync named. */
  commit: string | undefined;
  lastSuccessSeconds = 0;
  outOfSync: number | undefined;
  suspended: number | undefined;
  workerMemoryBytes: number | undefined;
  consecutiveFailures = 0;
  lastSyncSeconds: number | undefined;
  /** How the last sync ended. */
  lastSync: SyncEnd | undefined;
  /** Milliseconds since the epoch, by sync id. */
  readonly #syncs = new Map<string, number>();
  readonly #drifted = new Set<string>();
  /** The newest commit that is known and not deployed, and since when, in milliseconds since the epoch. */
  #pendingCommit: string | undefined;
  #pendingSince: number | undefined;
  /** The oldest webhook since the last successful sync. */
  #announcedAt: number | undefined;
  #failedCommit: string | undefined;
  #failingSince: number | undefined;
  /** The time of the newest event, in milliseconds since the epoch. */
  #newestAt = Number.NEGATIVE_INFINITY;

  constructor({ repoName, namespace, clusterId }: RepositoryIdentity, branch?: string) {
    this.repoName = repoName;
    this.namespace = namespace;
    this.clusterId = clusterId;
    this.branch = branch;
  }

  get syncStartedSeconds(): number {
    // Maps keep the order of insertion: the first is the oldest.
    for (const startedAt of this.#syncs.values()) return startedAt / 1000;
    return 0;
  }

  /** Whether a sync has begun and not ended. */
  get isSyncing(): boolean {
    return this.#syncs.size > 0;
  }

  get driftedResources(): number {
    return this.#drifted.size;
  }

  /**
   * Takes the next event of the repository; calls `derive` with what follows from it. A relayed event may be older than
   * one that came before it. Then it says nothing about the present: it only ends its sync, and no reading goes back.
   */
  observe(event: AluminiEvent, derive: (derived: Derived) => void, relayed = false): void {
    if (relayed && event.timestamp < this.#newestAt) {
      this.#observeOutdated(event);
      return;
    }
    // A local clock may be set back; the order of local events is known all the same.
    this.#newestAt = event.timestamp;
    if (event.branch !== undefined) this.branch = event.branch;
    this.commit ??= event.previousCommit;
    switch (event.type) {
      case "sync_started":
        this.#noteSync(event.syncId ?? "", event.timestamp);
        this.#notePending(event);
        break;
      case "sync_completed":
        this.#endSync(event);
        this.#completed(event, derive);
        break;
      case "sync_failed":
        this.#endSync(event);
        // A sync that was cancelled says nothing about the commit.
        if (isCancelled(event)) break;
        this.consecutiveFailures++;
        this.#failed(event, derive);
        break;
      case "git_fetched":
      case "git_cloned":
        if (event.outcome === "success") this.#notePending(event);
        break;
      case "apply_failed":
        if (!isCancelled(event)) this.outOfSync = 1;
        break;
      case "drift_detected":
        if (event.resourceKey !== undefined && this.#drifted.size < MAX_DRIFTED) this.#drifted.add(event.resourceKey);
        break;
      case "drift_corrected":
        if (event.outcome === "success" && event.resourceKey !== undefined) this.#drifted.delete(event.resourceKey);
        break;
      case "worker_stopped":
        // A worker that crashed ends none of its syncs.
        this.#syncs.clear();
        break;
      case "webhook_received":
        if (event.outcome === "success") this.#announcedAt ??= event.timestamp;
        this.#notePending(event);
        break;
      case "apply_started":
      case "apply_completed":
      case "worker_started":
        // They say nothing about where the repository stands.
        break;
      default:
        // A new type needs a decision here.
        event satisfies never;
    }
  }

  #observeOutdated(event: AluminiEvent): void {
    if (event.type === "sync_completed") {
      this.lastSuccessSeconds = Math.max(this.lastSuccessSeconds, event.timestamp / 1000);
    }
    if ((event.type === "sync_completed" || event.type === "sync_failed") && event.syncId !== undefined) {
      this.#syncs.delete(event.syncId);
    }
  }

  #noteSync(syncId: string, startedAt: number): void {
    if (this.#syncs.size >= MAX_SYNCS) this.#forgetOldestSync();
    this.#syncs.set(syncId, startedAt);
  }

  /** An end that names no sync ends the oldest; a beginning that named none is ended by any that is not known. */
  #endSync(event: EventOf<"sync_completed" | "sync_failed">): void {
    const { syncId, timestamp, trigger, outcome } = event;
    this.lastSyncSeconds = timestamp / 1000;
    this.lastSync = { trigger, outcome, errorType: event.type === "sync_failed" ? event.errorType : undefined };
    if (this.#syncs.size === 0 || this.#syncs.delete(syncId ?? "")) return;
    if (syncId !== undefined) this.#syncs.delete("");
    else this.#forgetOldestSync();
  }

  #forgetOldestSync(): void {
    for (const oldest of this.#syncs.keys()) {
      this.#syncs.delete(oldest);
      break;
    }
  }

  #notePending({ commit, committedAt, timestamp }: AluminiEvent): void {
    if (commit === undefined) return;
    if (commit === this.#pendingCommit) {
      if (committedAt !== undefined) this.#pendingSince = committedAt;
      return;
    }
    if (commit === this.commit) {
      // Seen again, or gone back to.
      this.outOfSync = 0;
      this.#pendingCommit = undefined;
      return;
    }
    this.outOfSync = 1;
    this.#pendingCommit = commit;
    this.#pendingSince = committedAt ?? Math.min(this.#announcedAt ?? timestamp, timestamp);
  }

  #completed(event: EventOf<"sync_completed">, derive: (derived: Derived) => void): void {
    const { timestamp, commit } = event;
    this.lastSuccessSeconds = timestamp / 1000;
    this.consecutiveFailures = 0;
    this.outOfSync = 0;
    if (this.#failingSince !== undefined) {
      const recoverySeconds = secondsBetween(this.#failingSince, timestamp);
      derive({ derived: "recovery", ...this.#fieldsOf(event), recoverySeconds });
      this.#failingSince = undefined;
      this.#failedCommit = undefined;
    }
    if (commit !== undefined && commit !== (event.previousCommit ?? this.commit)) {
      // At a start it isn't known what was deployed before, and a restart of the controller deploys nothing.
      if (this.commit !== undefined || event.trigger !== "startup") {
        const since = event.committedAt ?? (commit === this.#pendingCommit ? this.#pendingSince : this.#announcedAt);
        const leadTimeSeconds = secondsBetween(since ?? timestamp - (event.durationMs ?? 0), timestamp);
        derive({ derived: "deployment", ...this.#fieldsOf(event), outcome: "success", leadTimeSeconds });
      }
      // All of a new commit was applied.
      this.#drifted.clear();
    }
    if (commit !== undefined) this.commit = commit;
    this.#pendingCommit = undefined;
    this.#announcedAt = undefined;
  }

  #failed(event: EventOf<"sync_failed">, derive: (derived: Derived) => void): void {
    this.#failingSince ??= event.timestamp;
    const commit = event.commit ?? this.#pendingCommit;
    // A failed sync is tried again and again; the deployment failed once.
    if (commit === undefined || commit === this.commit || commit === this.#failedCommit) return;
    this.outOfSync = 1;
    this.#failedCommit = commit;
    derive({ derived: "deployment", ...this.#fieldsOf(event), outcome: "failure" });
  }

  #fieldsOf({ repoName, namespace, clusterId }: AluminiEvent) {
    const { branch } = this;
    return { repoName, namespace, clusterId, ...(branch !== undefined && { branch }) };
  }
}

/** Never negative, though clocks may be set back. */
function secondsBetween(startMs: number, endMs: number): number {
  return Math.max(0, endMs - startMs) / 1000;
}
