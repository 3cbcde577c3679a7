import type { AluminiEvent, EventType } from "@alumiini/core";
import { errorsOf } from "../content.js";
import { segment } from "../identifiers.js";
import type { Encoding, PartialCdevent } from "../partial-cdevent.js";

/** The names of the custom events: the tool is `alumiini`, and all letters are small, as the Go SDK demands. */
const NAMES: Readonly<Record<EventType, string>> = {
  sync_started: "alumiini-sync.started.0.1.0",
  sync_completed: "alumiini-sync.completed.0.1.0",
  sync_failed: "alumiini-sync.failed.0.1.0",
  git_fetched: "alumiini-git.fetched.0.1.0",
  git_cloned: "alumiini-git.cloned.0.1.0",
  apply_started: "alumiini-apply.started.0.1.0",
  apply_completed: "alumiini-apply.completed.0.1.0",
  apply_failed: "alumiini-apply.failed.0.1.0",
  drift_detected: "alumiini-drift.detected.0.1.0",
  drift_corrected: "alumiini-drift.corrected.0.1.0",
  worker_started: "alumiini-worker.started.0.1.0",
  worker_stopped: "alumiini-worker.stopped.0.1.0",
  webhook_received: "alumiini-webhook.received.0.1.0",
};

/** An event as a custom CDEvent, for what the specification has no type. */
export function customOutline(event: AluminiEvent, encoding: Encoding): PartialCdevent {
  return {
    type: { custom: NAMES[event.type] },
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
  switch (event.type) {
    case "drift_detected":
    case "drift_corrected":
      return event.resourceKey ?? repository;
    case "worker_started":
    case "worker_stopped":
      return event.workerId ?? repository;
    case "webhook_received":
      return `${repository}/webhooks/${segment(event.id)}`;
    case "git_fetched":
    case "git_cloned":
      return `${run}/git-${event.type === "git_cloned" ? "clone" : "fetch"}`;
    case "apply_started":
    case "apply_completed":
    case "apply_failed":
      return `${run}/apply`;
    default:
      return run;
  }
}
