import type { AluminiEvent } from "@alumiini/core";
import { Memory } from "./memory.js";
import { repositoryId, segment } from "./names.js";
import type { Trail } from "./outline.js";

/** Syncs, webhooks, drifts and incidents that are remembered, each. */
const BOUND = 10_000;

/**
 * Remembers the ids of earlier events. What follows from what is read from the events' own fields, so encoding one
 * again gives the same links. After a restart, or beyond 10,000 syncs at once, links are missing and nothing else.
 */
export class RecentTrail implements Trail {
  /** The ids of the events that began something, by what they began. */
  readonly #webhooks = new Memory<string>(BOUND);
  readonly #syncs = new Memory<string>(BOUND);
  readonly #applies = new Memory<string>(BOUND);
  readonly #drifts = new Memory<string>(BOUND);
  /** The event that opened each incident, by what it is about. */
  readonly #incidents = new Memory<string>(BOUND);
  /** The incident that an event closed, by the event's id. */
  readonly #closed = new Memory<string>(BOUND);

  cause(event: AluminiEvent): string | undefined {
    const repository = repositoryId(event);
    const sync = event.syncId === undefined ? undefined : `${repository} ${event.syncId}`;
    const started = sync === undefined ? undefined : this.#syncs.get(sync);
    switch (event.type) {
      case "webhook_received":
        this.#webhooks.set(repository, event.id);
        return undefined;
      case "sync_started":
        if (sync !== undefined) this.#syncs.set(sync, event.id);
        return event.trigger === "webhook" ? this.#webhooks.get(repository) : undefined;
      case "apply_started":
        if (sync !== undefined) this.#applies.set(sync, event.id);
        return started;
      case "apply_completed":
      case "apply_failed":
        return (sync === undefined ? undefined : this.#applies.get(sync)) ?? started;
      case "drift_detected":
        this.#drifts.set(driftKey(event), event.id);
        return started;
      case "drift_corrected":
        return this.#drifts.get(driftKey(event));
      case "worker_started":
      case "worker_stopped":
        return undefined;
      default:
        return started;
    }
  }

  openIncident(event: AluminiEvent): string | undefined {
    const key = incidentKey(event);
    const opener = this.#incidents.get(key) ?? event.id;
    // Every further failure of what has failed already is the same incident.
    if (opener !== event.id) return undefined;
    this.#incidents.set(key, opener);
    return incidentId(event, opener);
  }

  closeIncident(event: AluminiEvent): string | undefined {
    const key = incidentKey(event);
    const opener = this.#incidents.get(key);
    if (opener === undefined) return this.#closed.get(event.id);
    const incident = incidentId(event, opener);
    this.#incidents.delete(key);
    this.#closed.set(event.id, incident);
    return incident;
  }
}

function driftKey(event: AluminiEvent): string {
  return `drift ${repositoryId(event)} ${"resourceKey" in event ? event.resourceKey : ""}`;
}

function incidentKey(event: AluminiEvent): string {
  return event.type === "drift_detected" || event.type === "drift_corrected" ? driftKey(event) : repositoryId(event);
}

function incidentId(event: AluminiEvent, opener: string): string {
  return `${repositoryId(event)}/incidents/${segment(opener)}`;
}
