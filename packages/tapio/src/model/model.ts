import { type AluminiEvent, isCancelled, TAXONOMY } from "@alumiini/core";
import { ATTRIBUTE_NAMES, toAttributes } from "@alumiini/core/adapter";
import { type Fields, type Graph, graphOf, type Subject, subjectOf } from "./graph.js";
import { type Settings, toPid } from "./options.js";
import { type Remote, remoteOf } from "./remote.js";

/** What went wrong, for the readers that demand a code and a sentence. */
export interface ModelError {
  readonly code: string;
  /** Several lines, maybe; it steers no terminal. */
  readonly message: string;
  /** What was being done, such as `Sync of shop/web`. */
  readonly whatFailed: string;
}

/** An event as all three encoders see it. */
export interface Model extends Graph {
  readonly event: AluminiEvent;
  /** The same event, for fields that only some types have. */
  readonly fields: Fields;
  /** What a sync, an apply or a drift is about. */
  readonly subject: Subject | undefined;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly error: ModelError | undefined;
  /** Most specific first. POLKU groups by the first one, so all events of one sync share it. */
  readonly correlationKeys: readonly string[];
  readonly remote: Remote | undefined;
  readonly pid: number | undefined;
}

/** Fields that every format has a place for, and the list of objects, which the entities hold. */
const NOT_LABELS: ReadonlySet<string> = new Set([
  ATTRIBUTE_NAMES.id,
  ATTRIBUTE_NAMES.type,
  ATTRIBUTE_NAMES.clusterId,
  ATTRIBUTE_NAMES.namespace,
  ATTRIBUTE_NAMES.traceId,
  ATTRIBUTE_NAMES.spanId,
  ATTRIBUTE_NAMES.errorType,
  ATTRIBUTE_NAMES.errorMessage,
  ATTRIBUTE_NAMES.resources,
]);

/**
 * What steers a terminal: escape sequences (ECMA-48) as a whole, and all control characters but tab and line feed. Git and
 * kubectl colour what they print, and TAPIO's command line prints messages as they are.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const STEERING = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Derives from an event all that TAPIO, AHTI and POLKU can join on. */
export function modelOf(event: AluminiEvent, settings: Settings): Model {
  const fields: Fields = event;
  const remote = remoteOf(event);
  const pid = toPid(event.attributes?.["process.pid"]) ?? settings.pid;
  return {
    ...graphOf(fields, settings, remote),
    event,
    fields,
    subject: subjectOf(fields),
    time: new Date(event.timestamp).toISOString(),
    error: errorOf(fields),
    correlationKeys: correlationKeysOf(event),
    remote,
    pid,
  };
}

function correlationKeysOf({ syncId, traceId, commit, rolloutRef, namespace, repoName }: AluminiEvent): string[] {
  return [
    ...(syncId === undefined ? [] : [`sync:${syncId}`]),
    ...(traceId === undefined ? [] : [`trace:${traceId}`]),
    ...(commit === undefined ? [] : [`commit:${commit}`]),
    ...(rolloutRef === undefined ? [] : [`rollout:${rolloutRef}`]),
    `deployment:${namespace}/${repoName}`,
  ];
}

function errorOf(event: Fields): ModelError | undefined {
  const { outcome, errorType, errorMessage } = event;
  const failed = outcome === "failure" || outcome === "timeout";
  if (!failed && errorType === undefined && errorMessage === undefined) return undefined;
  const whatFailed = activityOf(event);
  return {
    code: errorType ?? (outcome === "timeout" ? "timeout" : event.type),
    message: errorMessage?.replace(STEERING, "") || `${whatFailed} ${endOf(event)}`,
    whatFailed,
  };
}

function endOf(event: Fields): string {
  if (isCancelled(event)) return "was cancelled";
  const verb = event.outcome === "timeout" ? "timed out" : "failed";
  return event.errorType === undefined ? verb : `${verb}: ${event.errorType}`;
}

function activityOf({ type, namespace, repoName, resourceKey }: Fields): string {
  const repository = `${namespace}/${repoName}`;
  switch (TAXONOMY[type].operation) {
    case "sync":
      return `Sync of ${repository}`;
    case "git":
      return `Git ${type === "git_cloned" ? "clone" : "fetch"} of ${repository}`;
    case "apply":
      return `Apply of ${repository}`;
    case "drift":
      return `Drift correction of ${resourceKey ?? repository}`;
    case "worker":
      return `Worker of ${repository}`;
    case "webhook":
      return `Webhook for ${repository}`;
  }
}

/** What TapioEvents and AhtiEvents have no field for, under OpenTelemetry names. */
export function labelsOf({ event, remote, pid }: Model): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(toAttributes(event))) {
    if (!NOT_LABELS.has(name)) labels[name] = Array.isArray(value) ? value.join(",") : String(value);
  }
  const joins = {
    "server.address": remote?.host,
    "server.port": remote?.port,
    "network.peer.address": remote?.address,
    "process.pid": pid,
  };
  for (const [name, value] of Object.entries(joins)) {
    if (value !== undefined && !Object.hasOwn(labels, name)) labels[name] = String(value);
  }
  return labels;
}
