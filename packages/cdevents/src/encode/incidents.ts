import { type AluminiEvent, type EventOf, isCancelled } from "@alumiini/core";
import { BoundedMap } from "@alumiini/core/adapter";
import { errorsOf } from "./content.js";
import { repositoryArtifact, segment } from "./identifiers.js";
import { type Encoding, type Incidents, type PartialCdevent, PREVIOUS } from "./partial-cdevent.js";

type Opening = EventOf<"sync_failed" | "drift_detected">;
type Closing = EventOf<"sync_completed" | "drift_corrected">;

/** The incident that a failed sync or a drift opens, where that is wanted and it isn't open already. */
export function incidentDetected(event: Opening, encoding: Encoding): readonly PartialCdevent[] {
  const opens = encoding.settings.incidents && !isCancelled(event);
  const subject = opens ? encoding.incidents.open(event, encoding.repository) : undefined;
  if (subject === undefined) return [];
  const description =
    event.type === "drift_detected"
      ? `Drift of ${event.resourceKey ?? event.repoName}`
      : `Sync of ${event.repoName} failed: ${errorsOf(event) ?? "unknown"}`;
  return [incident(event, "incident.detected", subject, description, encoding)];
}

/** The end of the incident that a completed sync or a corrected drift ends, if one is open. */
export function incidentResolved(event: Closing, encoding: Encoding): readonly PartialCdevent[] {
  const subject = encoding.settings.incidents ? encoding.incidents.close(event, encoding.repository) : undefined;
  if (subject === undefined) return [];
  const description =
    event.type === "drift_corrected"
      ? `Drift of ${event.resourceKey ?? event.repoName} corrected`
      : `Sync of ${event.repoName} completed`;
  return [incident(event, "incident.resolved", subject, description, encoding)];
}

function incident(
  event: Opening | Closing,
  name: "incident.detected" | "incident.resolved",
  subject: string,
  description: string,
  { settings, repository }: Encoding,
): PartialCdevent {
  return {
    type: { name },
    subject,
    content: {
      description,
      environment: settings.environment(event),
      service: { id: repository },
      // Optional in the specification; the Go SDK refuses an incident without.
      artifactId: settings.artifactId(event) ?? repositoryArtifact(event),
    },
    links: { trigger: PREVIOUS },
    outsideChain: true,
  };
}

/** Incidents that are remembered. */
const BOUND = 10_000;

/** Remembers which incidents are open: one for each repository whose sync fails, one for each object that drifts. */
export class OpenIncidents implements Incidents {
  /** The event that opened each, by what it is about. */
  readonly #open = new BoundedMap<string, string>(BOUND);
  /** The incident that an event closed, by the event's id: encoding it again tells the same. */
  readonly #closed = new BoundedMap<string, string>(BOUND);

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
