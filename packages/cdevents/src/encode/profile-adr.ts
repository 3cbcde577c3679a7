import type { AluminiEvent } from "@alumiini/core";
import { KULTA_SOURCE } from "../kulta/names.js";
import { errorsOf, known, stepOutcome, syncOutcome } from "./content.js";
import { customOutline } from "./custom.js";
import { PREVIOUS } from "./links.js";
import { remoteUri, repositoryId, runId } from "./names.js";
import type { Encoding, Outline } from "./outline.js";

/** The type names of ADR-004 section 7, and section 8 for the hand-off to KULTA. */
export function adrProfile(event: AluminiEvent, encoding: Encoding): readonly Outline[] {
  const { trail } = encoding;
  switch (event.type) {
    case "sync_started":
      return [deployment(event, "deployment.started", { path: trail.cause(event) }, encoding)];
    case "sync_completed": {
      const { rolloutRef } = event;
      const path = trail.cause(event);
      if (rolloutRef === undefined) return [deployment(event, "deployment.finished", { path, end: true }, encoding)];
      return [
        deployment(event, "deployment.finished", { path }, encoding),
        {
          ...deployment(event, "deployment.started", { path: PREVIOUS }, encoding),
          subject: rolloutRef,
          subjectSource: KULTA_SOURCE,
        },
      ];
    }
    case "sync_failed":
      return [deployment(event, "deployment.failed", { path: trail.cause(event), end: true }, encoding)];
    case "git_fetched":
      return [
        {
          type: { own: "repository.changed" },
          subject: repositoryId(event),
          content: known({
            name: event.repoName,
            uri: event.repoUrl === undefined ? undefined : remoteUri(event.repoUrl),
            branch: event.branch,
            commit: event.commit,
            previousCommit: event.previousCommit,
            outcome: stepOutcome(event),
            errors: errorsOf(event),
          }),
          links: { path: trail.cause(event) },
        },
      ];
    default:
      return [customOutline(event, trail)];
  }
}

function deployment(
  event: AluminiEvent & { readonly type: "sync_started" | "sync_completed" | "sync_failed" },
  own: string,
  links: Outline["links"] & {},
  { settings }: Encoding,
): Outline {
  return {
    type: { own },
    subject: runId(event),
    content: known({
      environment: settings.environment(event),
      artifactId: settings.artifactId(event),
      ...(own !== "deployment.started" &&
        event.type !== "sync_started" && { outcome: syncOutcome(event), errors: errorsOf(event) }),
    }),
    links,
  };
}
