import type { AluminiEvent } from "@alumiini/core";
import { segment } from "./identifiers.js";
import { Memory } from "./memory.js";
import type { Incidents } from "./partial-cdevent.js";

/** Incidents that are remembered. */
const BOUND = 10_000;

/** Remembers which incidents are open: one for each repository whose sync fails, one for each object that drifts. */
export class OpenIncidents implements Incidents {
  /** The event that opened each, by what it is about. */
  readonly #open = new Memory<string>(BOUND);
  /** The incident that an event closed, by the event's id: encoding it again tells the same. */
  readonly #closed = new Memory<string>(BOUND);

  open(event: AluminiEvent, repository: string): string | undefined {
    const key = keyOf(event, repository);
    const opener = this.#open.get(key) ?? event.id;
    // Every further failure of what has failed already is the same incident.
    if (opener !== event.id) return undefined;
    this.#open.set(key, opener);
    return `${repository}/incidents/${segment(opener)}`;
  }

  close(event: AluminiEvent, repository: string): string | undefined {
    const key = keyOf(event, repository);
    const opener = this.#open.get(key);
    if (opener === undefined) return this.#closed.get(event.id);
    const incident = `${repository}/incidents/${segment(opener)}`;
    this.#open.delete(key);
    this.#closed.set(event.id, incident);
    return incident;
  }
}

function keyOf(event: AluminiEvent, repository: string): string {
  return "resourceKey" in event ? `${repository} ${event.resourceKey}` : repository;
}
