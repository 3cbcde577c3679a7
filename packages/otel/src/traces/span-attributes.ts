import { type AluminiEvent, type EventType, isCancelled, type OperationStart } from "@alumiini/core";
import { toAttributes } from "@alumiini/core/adapter";
import type { Attributes } from "@opentelemetry/api";
import { vcsAttributes } from "./vcs-attributes.js";

/** How a run ends, in the words of the conventions. */
export type RunResult = "success" | "failure" | "error" | "timeout" | "cancellation";

/** An event with the fields that some types have. */
export type AnyEvent = AluminiEvent & {
  readonly durationMs?: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
};

/** Whether the event reports something that went wrong; a cancellation is nothing wrong. */
export function isFailure(event: AluminiEvent): boolean {
  if (isCancelled(event)) return false;
  const { type, outcome } = event;
  return outcome === "failure" || outcome === "timeout" || type === "sync_failed" || type === "apply_failed";
}

/** The error type of an event that reports a failure; `_OTHER` is the conventions' word where there is none. */
export function errorTypeOf({ errorType = "_OTHER" }: AnyEvent): string {
  return errorType;
}

/** `failure`: the run itself failed. `error`: it is not known how it ended. */
export function resultOf(event: AnyEvent): RunResult {
  if (isCancelled(event)) return "cancellation";
  return event.outcome === "unknown" ? "error" : event.outcome;
}

/** Names of spans, and of the conventions' tasks. */
const TASKS: Partial<Record<EventType, string>> = {
  git_fetched: "git fetch",
  git_cloned: "git clone",
  apply_completed: "apply",
  apply_failed: "apply",
};

/** The name of the step that ends with this event; `undefined` for syncs, and for what has no span. */
export function taskNameOf(type: EventType): string | undefined {
  return TASKS[type];
}

type KnownFields = Pick<
  OperationStart["fields"],
  | "repoName"
  | "namespace"
  | "clusterId"
  | "trigger"
  | "repoUrl"
  | "repoPath"
  | "branch"
  | "commit"
  | "previousCommit"
  | "rolloutRef"
  | "syncId"
>;

/** What is known of a sync or a step when it begins, for samplers to judge by. */
export function startAttributes(fields: KnownFields, task: string | undefined): Attributes {
  const attributes: Attributes = {
    "k8s.cluster.name": fields.clusterId,
    "alumiini.repo.name": fields.repoName,
    "alumiini.repo.namespace": fields.namespace,
  };
  if (fields.repoUrl !== undefined) attributes["alumiini.repo.url"] = fields.repoUrl;
  if (fields.branch !== undefined) attributes["alumiini.repo.branch"] = fields.branch;
  if (fields.commit !== undefined) attributes["alumiini.repo.commit"] = fields.commit;
  if (fields.previousCommit !== undefined) attributes["alumiini.repo.previous_commit"] = fields.previousCommit;
  if (fields.repoPath !== undefined) attributes["alumiini.repo.path"] = fields.repoPath;
  if (fields.trigger !== undefined) attributes["alumiini.sync.trigger"] = fields.trigger;
  if (fields.syncId !== undefined) attributes["alumiini.sync.id"] = fields.syncId;
  if (fields.rolloutRef !== undefined) attributes["alumiini.rollout.ref"] = fields.rolloutRef;
  addConventions(attributes, fields, task);
  return attributes;
}

/** Everything that the event that ends a span says: ADR-004's attributes, and the conventions' beside them. */
export function endAttributes(event: AnyEvent, task: string | undefined): Attributes {
  const attributes: Attributes = eventAttributes(event);
  addConventions(attributes, event, task);
  // Names in quotes: stores by a computed key turn a large object into a slow one.
  if (task === undefined) {
    attributes["cicd.pipeline.result"] = resultOf(event);
  } else {
    attributes["cicd.pipeline.task.run.result"] = resultOf(event);
    attributes["cicd.pipeline.task.run.id"] = event.id;
  }
  if (isFailure(event)) attributes["error.type"] = errorTypeOf(event);
  // Backends take a span with this attribute for a failed one.
  else if (event.errorType !== undefined) delete attributes["error.type"];
  return attributes;
}

/**
 * The event's own attributes, as spans and log records have them: the ids of the trace have a place of their own, and
 * `error.message` of ADR-004 is deprecated by the conventions.
 */
export function eventAttributes(event: AnyEvent): Attributes {
  // Custom attributes come last in the record, so that what is left out here is best never put in.
  const attributes: Attributes = toAttributes(event);
  if (event.spanId !== undefined) delete attributes["span_id"];
  if (event.traceId !== undefined) delete attributes["trace_id"];
  if (event.errorMessage !== undefined) {
    delete attributes["error.message"];
    attributes["alumiini.error.message"] = event.errorMessage;
  }
  return attributes;
}

function addConventions(attributes: Attributes, fields: KnownFields, task: string | undefined): void {
  if (task === undefined) {
    attributes["cicd.pipeline.action.name"] = "SYNC";
  } else {
    attributes["cicd.pipeline.task.name"] = task;
    if (task === "apply") attributes["cicd.pipeline.task.type"] = "deploy";
  }
  attributes["cicd.pipeline.name"] = fields.repoName;
  if (fields.syncId !== undefined) attributes["cicd.pipeline.run.id"] = fields.syncId;
  if (fields.branch !== undefined) {
    attributes["vcs.ref.head.name"] = fields.branch;
    attributes["vcs.ref.type"] = "branch";
  }
  if (fields.commit !== undefined) attributes["vcs.ref.head.revision"] = fields.commit;
  if (fields.repoUrl !== undefined) Object.assign(attributes, vcsAttributes(fields.repoUrl));
}
