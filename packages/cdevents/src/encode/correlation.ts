import type { AluminiEvent } from "@alumiini/core";
import { BoundedMap } from "@alumiini/core/adapter";
import { repositoryId, runId, uuidOf } from "./identifiers.js";

/** Syncs, webhooks and drifts that are remembered, each. */
const BOUND = 10_000;

/** What is remembered of one sync, and what follows from its names alone. */
export interface SyncTrail {
  readonly repoName: string;
  readonly namespace: string;
  readonly clusterId: string;
  /** `<namespace>/<repository>`. */
  readonly repository: string;
  /** The subject id of the run. */
  readonly run: string;
  /** One UUID for each sync, the same in every process. */
  readonly chainId: string;
  /** The ids of the events that began it, and its apply. */
  started?: string;
  applyStarted?: string;
}

/**
 * Remembers the ids of earlier events, to link later ones with them. After a restart, or beyond 10,000 syncs at once,
 * links are missing and nothing else.
 */
export class Correlation {
  readonly #syncs = new BoundedMap<string, SyncTrail>(BOUND);
  readonly #webhooks = new BoundedMap<string, string>(BOUND);
  readonly #drifts = new BoundedMap<string, string>(BOUND);

  /** The sync that the event belongs to. */
  syncOf(event: AluminiEvent): SyncTrail | undefined {
    const { syncId } = event;
    if (syncId === undefined) return undefined;
    const found = this.#syncs.get(syncId);
    if (found === undefined) return this.#remember(syncId, event);
    if (isOf(found, event)) return found;
    // Ids of a caller's own making may be unique within a repository only.
    const key = nameOf(event);
    return this.#syncs.get(key) ?? this.#remember(key, event);
  }

  #remember(key: string, event: AluminiEvent): SyncTrail {
    const { repoName, namespace, clusterId } = event;
    const repository = repositoryId(event);
    const chainId = uuidOf(nameOf(event));
    const sync = { repoName, namespace, clusterId, repository, run: runId(event, repository), chainId };
    this.#syncs.set(key, sync);
    return sync;
  }

  /** The id of the event that this one follows from, where it was seen; remembers this one for those that follow. */
  causeOf(event: AluminiEvent, repository: string, sync: SyncTrail | undefined): string | undefined {
    switch (event.type) {
      case "webhook_received":
        this.#webhooks.set(repository, event.id);
        return undefined;
      case "sync_started":
        if (sync !== undefined) sync.started = event.id;
        return event.trigger === "webhook" ? this.#webhooks.get(repository) : undefined;
      case "apply_started":
        if (sync !== undefined) sync.applyStarted = event.id;
        return sync?.started;
      case "apply_completed":
      case "apply_failed":
        return sync?.applyStarted ?? sync?.started;
      case "drift_detected":
        this.#drifts.set(`${repository} ${event.resourceKey}`, event.id);
        return sync?.started;
      case "drift_corrected":
        return this.#drifts.get(`${repository} ${event.resourceKey}`);
      case "worker_started":
      case "worker_stopped":
        return undefined;
      default:
        return sync?.started;
    }
  }
}

function isOf(sync: SyncTrail, { repoName, namespace, clusterId }: AluminiEvent): boolean {
  return sync.repoName === repoName && sync.namespace === namespace && sync.clusterId === clusterId;
}

function nameOf({ clusterId, namespace, repoName, syncId }: AluminiEvent): string {
  return [syncId, repoName, namespace, clusterId].join("\n");
}
