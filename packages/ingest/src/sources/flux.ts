import type { AluminiEvent, AppliedResource, ErrorType, EventType } from "@alumiini/core";
import { createEvent, type EventDraft, type Identity, identify } from "../mapping/event.js";
import { objectAt, textAt, texts } from "../mapping/json.js";
import { createMapper, ignored, type MapContext, type Mapped, type Mapper, Unfit } from "../mapping/mapper.js";
import { parseRevision } from "../mapping/revision.js";
import { parseGoDuration, parseTime } from "../mapping/time.js";

/** Characters of a message that are read; Flux sends at most 39,000. */
const LONGEST_MESSAGE = 40_000;

/** Objects that one message may list; every drifted one becomes an event. */
const MOST_OBJECTS = 1000;

/** What Flux reports about an object. */
interface Report {
  readonly kind: string;
  readonly severity: string;
  readonly reason: string;
  readonly message: string;
  readonly time: number;
  /** The event's fields that are the same whatever it becomes. */
  readonly common: Omit<EventDraft, "type">;
}

/**
 * Maps events of Flux's notification-controller: providers `generic`, `generic-hmac` and `nats`, whose payloads are the
 * same. A repository is named `<kind>/<name>`, as `kubectl` prints it, because objects of different kinds share names.
 * Flux reports no start, so there are no started events; anything without an event is ignored by its reason.
 */
export const flux: Mapper = createMapper(({ body }, context) => {
  const { identity, report } = readReport(body, context);
  const { severity, reason } = report;
  if (severity === "trace" || reason === "DependencyNotReady") return ignored(reason || severity);
  switch (report.kind) {
    case "Kustomization":
      return kustomization(identity, report);
    case "HelmRelease":
      return helmRelease(identity, report);
    case "GitRepository":
    case "OCIRepository":
    case "Bucket":
    case "HelmRepository":
    case "HelmChart":
    case "ExternalArtifact":
      return source(identity, report);
    default:
      return ignored("kind_not_mapped");
  }
});

function readReport(body: unknown, context: MapContext): { identity: Identity; report: Report } {
  const need = (...path: string[]) => {
    const text = textAt(body, ...path);
    if (text === undefined) throw new Unfit(path, "must be a text that is not empty");
    return text;
  };
  const kind = need("involvedObject", "kind");
  const name = need("involvedObject", "name");
  const namespace = need("involvedObject", "namespace");
  const severity = need("severity");
  const time = parseTime(need("timestamp"));
  if (time === undefined) throw new Unfit(["timestamp"], "must be an RFC 3339 time from 1970 on");
  const reason = textAt(body, "reason") ?? "";
  const message = (textAt(body, "message") ?? "").slice(0, LONGEST_MESSAGE);
  const metadata = texts(objectAt(body, "metadata"));
  // The controllers put their API group before the key, and the notification-controller takes it away.
  const group = textAt(body, "involvedObject", "apiVersion")?.split("/", 1)[0];
  const prefix = `${group}/`;
  const told = (key: string) => metadata[prefix + key] || metadata[key] || undefined;
  const chart = kind === "HelmRelease" ? CHART.exec(message)?.[1] : undefined;
  const revision = told("revision") ?? chart;
  const { commit, branch } = parseRevision(
    told("commit") ?? told("originRevision") ?? revision,
    kind === "GitRepository",
  );
  const uid = textAt(body, "involvedObject", "uid") ?? `${kind}/${namespace}/${name}`;
  return {
    identity: identify({ system: "flux", kind, namespace, name, labels: metadata }, context, repoNameOf(kind, name)),
    report: {
      kind,
      severity,
      reason,
      message,
      time,
      common: {
        time,
        // Not the rest of the metadata: every Alert adds its own. And what the message says of the chart says no more.
        key: [uid, reason, time, message, told("revision")],
        commit,
        branch,
        revision,
        reason,
      },
    },
  };
}

/** The name of a Flux object's repository, unless the context names it. */
export function repoNameOf(kind: string, name: string): string {
  return `${kind.toLowerCase()}/${name}`;
}

function kustomization(identity: Identity, { severity, reason, message, common }: Report): Mapped {
  if (severity === "error") return failed(identity, reason, message, common);
  const resources = changesIn(message);
  if (resources.length > 0) return one(identity, { ...common, type: "apply_completed", resources });
  const finished = FINISHED.exec(message)?.[1];
  if (finished === undefined && reason !== "ReconciliationSucceeded") return ignored(reason || severity);
  const durationMs = finished === undefined ? undefined : parseGoDuration(finished);
  return one(identity, { ...common, type: "sync_completed", durationMs });
}

function helmRelease(identity: Identity, { severity, reason, message, common }: Report): Mapped {
  // The helm-controller sends drift as a warning, which Flux turns into an error.
  if (reason === "DriftDetected") return drifted(identity, "drift_detected", message, common);
  if (reason === "DriftCorrected") return drifted(identity, "drift_corrected", message, common);
  if (reason === "DriftCorrectionFailed") {
    return drifted(identity, "drift_corrected", message, {
      ...common,
      outcome: "failure",
      severity: "error",
      errorType: "drift_error",
      errorMessage: message,
    });
  }
  if (severity === "error") return failed(identity, reason, message, common);
  // Older versions give `info` as the reason: then the message decides.
  const [, said] = RELEASED.exec(message) ?? [];
  const action = /^(Install|Upgrade|Rollback)Succeeded$/.exec(reason)?.[1] ?? (reason === "info" ? said : undefined);
  if (action === undefined && reason !== "ReconciliationSucceeded") return ignored(reason || severity);
  const rollback = action?.toLowerCase() === "rollback" || undefined;
  return one(identity, { ...common, type: "sync_completed", rollback });
}

function source(identity: Identity, { severity, reason, message, common }: Report): Mapped {
  if (severity === "error") {
    const errorType: ErrorType = TIMEOUT.test(message) ? "git_timeout" : AUTH.test(reason) ? "auth" : "git_error";
    const outcome = errorType === "git_timeout" ? "timeout" : "failure";
    const error = { outcome, severity: "error", errorType, errorMessage: message } as const;
    return one(identity, { ...common, ...error, type: "git_fetched" });
  }
  // `Succeeded` is the first fetch that works again after failures.
  return reason === "NewArtifact" || reason === "Succeeded"
    ? one(identity, { ...common, type: "git_fetched" })
    : ignored(reason || severity);
}

/** The chart's version in the messages of the helm-controller. */
const CHART = /\bwith chart [^\s@]{1,256}@([^\s:]{1,256})/;
const RELEASED = /^Helm (install|upgrade|rollback)\b.* succeeded\b/;
const FINISHED = /^Reconciliation finished in ([^\s,]{1,64})/;
const TIMEOUT = /timed? ?out|deadline exceeded/i;
const AUTH = /^Auth/;

const ERROR_TYPES: Readonly<Record<string, ErrorType>> = {
  BuildFailed: "parse_error",
  InvalidCELExpression: "parse_error",
  ArtifactFailed: "git_error",
  SourceNotReady: "git_error",
  HealthCheckFailed: "apply_error",
  PruneFailed: "apply_error",
  ReconciliationFailed: "apply_error",
};

/** A failure, whatever its reason: it is `Progressing` where the controller had not got further in its own status. */
function failed(identity: Identity, reason: string, message: string, common: Omit<EventDraft, "type">): Mapped {
  return one(identity, {
    ...common,
    type: "sync_failed",
    errorType: ERROR_TYPES[reason] ?? errorTypeOf(message),
    errorMessage: message || reason || "the message is empty",
    outcome: TIMEOUT.test(message) ? "timeout" : "failure",
  });
}

function errorTypeOf(message: string): ErrorType {
  if (/\bbuild failed|decod|decrypt|post build|\byaml\b/i.test(message)) return "parse_error";
  return /\bartifact\b|\bsource\b.*not found|failed to download/i.test(message) ? "git_error" : "apply_error";
}

function drifted(
  identity: Identity,
  type: Extract<EventType, `drift_${string}`>,
  message: string,
  common: Omit<EventDraft, "type">,
): Mapped {
  const { kind, namespace, name } = identity.object;
  const keys = new Set(driftedIn(message));
  // Without a list, it is the release itself that has drifted.
  if (keys.size === 0) keys.add(`${kind}/${namespace}/${name}`);
  const events = Array.from(keys, (resourceKey) =>
    createEvent(identity, { ...common, type, resourceKey, key: [...common.key, resourceKey] }),
  );
  return { events };
}

const CHANGES: ReadonlySet<string> = new Set(["created", "configured", "deleted"]);

/** The objects of lines such as `Deployment/payments/gateway configured`. */
function changesIn(message: string): AppliedResource[] {
  return message.split("\n").flatMap((line) => {
    const space = line.indexOf(" ");
    if (space === -1 || !CHANGES.has(line.slice(space + 1).trimEnd())) return [];
    const [kind, first, second, ...rest] = line.slice(0, space).split("/");
    if (!kind || !first || second === "" || rest.length > 0) return [];
    return [second === undefined ? { kind, name: first } : { kind, namespace: first, name: second }];
  });
}

/** The keys of lines such as `Deployment/default/podinfo changed (0 additions, 1 changes, 0 removals)`. */
function driftedIn(message: string): string[] {
  return message
    .split("\n", MOST_OBJECTS + 1)
    .flatMap((line) => /^([A-Z]\w{0,255}(?:\/[^\s/]{1,256}){1,2}) /.exec(line)?.[1] ?? [])
    .slice(0, MOST_OBJECTS);
}

function one(identity: Identity, draft: EventDraft): { readonly events: readonly AluminiEvent[] } {
  return { events: [createEvent(identity, draft)] };
}
