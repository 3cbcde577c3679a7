import type { AluminiEvent } from "@alumiini/core";
import { errorsOf, stepOutcome, syncOutcome } from "../content.js";
import { KULTA_SOURCE, remoteUri } from "../identifiers.js";
import type { Encoding, PartialCdevent } from "../partial-cdevent.js";
import { PREVIOUS } from "../partial-cdevent.js";
import { customCdevent } from "./custom.js";

/** The type names of ADR-004 section 7, and section 8 for the hand-off to KULTA. */
export function adrProfile(event: AluminiEvent, encoding: Encoding): readonly PartialCdevent[] {
  const { cause: path, repository } = encoding;
  switch (event.type) {
    case "sync_started":
      return [deployment(event, "dev.cdevents.deployment.started", { path }, encoding)];
    case "sync_completed": {
      const { rolloutRef } = event;
      if (rolloutRef === undefined)
        return [deployment(event, "dev.cdevents.deployment.finished", { path, end: true }, encoding)];
      return [
        deployment(event, "dev.cdevents.deployment.finished", { path }, encoding),
        {
          ...deployment(event, "dev.cdevents.deployment.started", { path: PREVIOUS }, encoding),
          subject: rolloutRef,
          subjectSource: KULTA_SOURCE,
        },
      ];
    }
    case "sync_failed":
      return [deployment(event, "dev.cdevents.deployment.failed", { path, end: true }, encoding)];
    case "git_fetched":
      return [
        {
          type: { own: "dev.cdevents.repository.changed" },
          subject: repository,
          content: {
            name: event.repoName,
            uri: event.repoUrl === undefined ? undefined : remoteUri(event.repoUrl),
            branch: event.branch,
            commit: event.commit,
            previousCommit: event.previousCommit,
            outcome: stepOutcome(event),
            errors: errorsOf(event),
          },
          links: { path },
        },
      ];
    default:
      return [customCdevent(event, encoding)];
  }
}

function deployment(
  event: AluminiEvent & { readonly type: "sync_started" | "sync_completed" | "sync_failed" },
  own: string,
  links: PartialCdevent["links"] & {},
  { settings, run }: Encoding,
): PartialCdevent {
  const finished = own !== "dev.cdevents.deployment.started" && event.type !== "sync_started";
  return {
    type: { own },
    subject: run,
    content: {
      environment: settings.environment(event),
      artifactId: settings.artifactId(event),
      outcome: finished ? syncOutcome(event, settings.profile) : undefined,
      errors: finished ? errorsOf(event) : undefined,
    },
    links,
  };
}
