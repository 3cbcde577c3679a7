import type { EventOf } from "@alumiini/core";
import { repositoryArtifact } from "./artifact.js";
import { errorsOf } from "./content.js";
import { PREVIOUS } from "./links.js";
import type { Encoding, Outline } from "./partial-cdevent.js";

type Opening = EventOf<"sync_failed" | "drift_detected">;
type Closing = EventOf<"sync_completed" | "drift_corrected">;

/** The incident that a failed sync or a drift opens, where that is wanted and it isn't open already. */
export function incidentDetected(event: Opening, encoding: Encoding): readonly Outline[] {
  const subject = encoding.settings.incidents ? encoding.incidents.open(event, encoding.repository) : undefined;
  if (subject === undefined) return [];
  const description =
    event.type === "drift_detected"
      ? `Drift of ${event.resourceKey ?? event.repoName}`
      : `Sync of ${event.repoName} failed: ${errorsOf(event) ?? "unknown"}`;
  return [incident(event, "incident.detected", subject, description, encoding)];
}

/** The end of the incident that a completed sync or a corrected drift ends, if one is open. */
export function incidentResolved(event: Closing, encoding: Encoding): readonly Outline[] {
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
): Outline {
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
