import type { AluminiEvent, EventType } from "@alumiini/core";
import { rowOf } from "@alumiini/core/adapter";
import { errorsOf } from "../content.js";
import { segment } from "../identifiers.js";
import type { Encoding, PartialCdevent } from "../partial-cdevent.js";

/** `alumiini-sync.started.0.1.0`: the tool is `alumiini`, and all letters are small, as the Go SDK demands. */
function nameOf(type: EventType): string {
  const [subject, ...predicate] = type.split("_");
  return `alumiini-${subject}.${predicate.join("")}.0.1.0`;
}

/** An event as a custom CDEvent, for what the specification has no type. */
export function customCdevent(event: AluminiEvent, encoding: Encoding): PartialCdevent {
  return {
    type: { custom: nameOf(event.type) },
    subject: subjectOf(event, encoding),
    content: {
      repository: encoding.repository,
      outcome: event.outcome,
      errors: errorsOf(event),
      durationMs: "durationMs" in event ? event.durationMs : undefined,
      resourceKey: "resourceKey" in event ? event.resourceKey : undefined,
      provider: "provider" in event ? event.provider : undefined,
    },
    links: { path: encoding.cause },
  };
}

function subjectOf(event: AluminiEvent, { repository, run }: Encoding): string {
  const { operation, variant } = rowOf(event.type);
  switch (operation) {
    case "sync":
      return run;
    case "git":
      return `${run}/git-${variant}`;
    case "apply":
      return `${run}/apply`;
    case "drift":
      return ("resourceKey" in event && event.resourceKey) || repository;
    case "worker":
      return ("workerId" in event && event.workerId) || repository;
    case "webhook":
      return `${repository}/webhooks/${segment(event.id)}`;
  }
}
