import type { AluminiEvent, EventOf } from "@alumiini/core";
import { syncOutcome } from "../content.js";
import { KULTA_SOURCE, repositoryArtifact } from "../identifiers.js";
import { incidentDetected } from "../incidents.js";
import type { Encoding, PartialCdevent } from "../partial-cdevent.js";
import { PREVIOUS } from "../partial-cdevent.js";
import { completed, stepCdevents } from "./conformant.js";

/**
 * The deployment events that are proposed for the specification (cdevents/spec, pull request 319): syncs are
 * deployments, everything else is as in 0.5.1.
 */
export function draftProfile(event: AluminiEvent, encoding: Encoding): readonly PartialCdevent[] {
  const { run: runId, cause: path } = encoding;
  switch (event.type) {
    case "sync_started":
      return [deployment(event, "started", runId, { path }, encoding)];
    case "sync_completed": {
      const run = deployment(event, "finished", runId, { path, end: true }, encoding);
      const { rolloutRef } = event;
      const handOff =
        rolloutRef === undefined
          ? undefined
          : { ...deployment(event, "queued", rolloutRef, { path: PREVIOUS }, encoding), subjectSource: KULTA_SOURCE };
      return completed(event, run, handOff, encoding);
    }
    case "sync_failed": {
      const run = deployment(event, "finished", runId, { path, end: true }, encoding);
      return [run, ...incidentDetected(event, encoding)];
    }
    default:
      return stepCdevents(event, encoding, false);
  }
}

function deployment(
  event: EventOf<"sync_started" | "sync_completed" | "sync_failed">,
  predicate: "queued" | "started" | "finished",
  subject: string,
  links: PartialCdevent["links"] & {},
  { settings }: Encoding,
): PartialCdevent {
  const target = {
    artifactId: settings.artifactId(event) ?? repositoryArtifact(event),
    environment: settings.environment(event),
  };
  const finished = predicate === "finished" && event.type !== "sync_started";
  return {
    type: { own: `dev.cdevents.deployment.${predicate}.0.1.0` },
    subject,
    content: finished ? { ...target, outcome: syncOutcome(event, settings.profile) } : target,
    links,
  };
}
