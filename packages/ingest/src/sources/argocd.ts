import {
  type AppliedResource,
  CANCELLED,
  type ErrorType,
  type EventType,
  type Outcome,
  type Trigger,
} from "@alumiini/core";
import { createEvent, type Identity, identify } from "../mapping/event.js";
import { syncIdOf } from "../mapping/id.js";
import { at, isObject, type JsonObject, listAt, numberAt, objectAt, textAt, texts } from "../mapping/json.js";
import { createMapper, ignored, type MapContext, type Mapped, type Mapper, Unfit } from "../mapping/mapper.js";
import { branchOf, isCommit } from "../mapping/revision.js";
import { duration, parseTime } from "../mapping/time.js";

/** An Application, and what all events about it share. */
export interface Application {
  readonly identity: Identity;
  readonly uid: string;
  readonly app: JsonObject;
  readonly suspended: boolean | undefined;
}

const ENDINGS: Readonly<Record<string, EventType>> = {
  Running: "sync_started",
  Succeeded: "sync_completed",
  Failed: "sync_failed",
  Error: "sync_failed",
};

/**
 * Maps notifications of Argo CD whose template sends `{"app": {{toJson .app}}}` (`argocdManifests` prints one), and bare
 * Applications. An operation is one sync, however often its phase is sent: again while it runs, or when a pod that it
 * made is replaced.
 */
export const argocd: Mapper = createMapper(({ body }, context) => mapApplication(body["app"] ?? body, context));

/** The events of an Application's newest operation. */
export function mapApplication(value: unknown, context: MapContext): Mapped {
  const application = readApplication(value, context);
  const { identity, suspended } = application;
  const { repoName, namespace } = identity;
  const suspensions = suspended === undefined ? {} : { suspensions: [{ repoName, namespace, suspended }] };
  const operation = objectAt(application.app, "status", "operationState");
  const phase = textAt(operation, "phase");
  if (phase === undefined) return { ...ignored("no_operation"), ...suspensions };
  const type = ENDINGS[phase];
  if (type === undefined) return { ...ignored(phase), ...suspensions };
  const startedAt = parseTime(operation["startedAt"]);
  if (startedAt === undefined) throw new Unfit(["app", "status", "operationState", "startedAt"], "must be a time");
  const finishedAt = type === "sync_started" ? undefined : parseTime(operation["finishedAt"]);
  const autoHealed = (numberAt(operation, "operation", "sync", "autoHealAttemptsCount") ?? 0) > 0;
  const event = createSync(application, {
    type,
    phase,
    startedAt,
    time: finishedAt ?? startedAt,
    durationMs: duration(startedAt, finishedAt),
    deployed: deployedBy(application.app, operation),
    trigger: autoHealed ? "reconcile" : triggerOf(objectAt(operation, "operation", "initiatedBy")),
    resources: type === "sync_started" ? undefined : appliedBy(operation),
    ...(type === "sync_failed" && failureOf(phase, textAt(operation, "message"))),
  });
  return { events: [event], ...suspensions };
}

/** @throws {Unfit} where it is no Application. */
export function readApplication(value: unknown, context: MapContext): Application {
  const name = textAt(value, "metadata", "name");
  const namespace = textAt(value, "metadata", "namespace");
  if (!isObject(value) || name === undefined) throw new Unfit(["app", "metadata", "name"], "must be a text");
  if (namespace === undefined) throw new Unfit(["app", "metadata", "namespace"], "must be a text");
  const labels = texts(objectAt(value, "metadata", "labels"));
  return {
    app: value,
    identity: identify({ system: "argocd", kind: "Application", namespace, name, labels }, context),
    uid: textAt(value, "metadata", "uid") ?? `${namespace}/${name}`,
    suspended: isSuspended(value),
  };
}

/** What is known of one sync, from the operation or from the Application's history. */
export interface Sync {
  readonly type: EventType;
  readonly phase: string;
  readonly startedAt: number;
  readonly time: number;
  readonly durationMs: number | undefined;
  readonly deployed: Deployed;
  readonly trigger: Trigger | undefined;
  readonly resources?: readonly AppliedResource[] | undefined;
  readonly errorType?: ErrorType;
  readonly errorMessage?: string;
  readonly outcome?: Outcome;
  readonly severity?: "info";
}

/** Makes the event of a sync: the operation and the history entry of one sync make the same one. */
export function createSync({ identity, uid, suspended }: Application, sync: Sync) {
  const { startedAt, phase, deployed, ...fields } = sync;
  return createEvent(identity, {
    ...fields,
    ...deployed,
    // History and operation can give the end one second apart. Within a sync, the start sorts first.
    idTime: sync.type === "sync_started" ? startedAt : startedAt + 1,
    key: [uid, startedAt, phase],
    syncId: syncIdOf("argocd", uid, startedAt),
    reason: phase,
    suspended,
  });
}

/** What a sync deploys. */
export interface Deployed {
  readonly commit?: string | undefined;
  readonly branch?: string | undefined;
  readonly revision?: string | undefined;
  readonly repoUrl?: string | undefined;
  readonly repoPath?: string | undefined;
}

function deployedBy(app: JsonObject, operation: JsonObject): Deployed {
  const result = objectAt(operation, "syncResult");
  const asked = objectAt(operation, "operation", "sync");
  const spec = objectAt(app, "spec");
  return readDeployed([result, asked], [result, asked, spec]);
}

/**
 * Reads revisions and sources, from the first that tell them. An Application of several sources has an empty `revision`
 * and one for each source in `revisions`: the commit is that of the first source in git, all are kept as the revision.
 */
export function readDeployed(revisions: readonly JsonObject[], sources: readonly JsonObject[]): Deployed {
  const told = firstList(revisions, "revisions", "revision").map((value) => (typeof value === "string" ? value : ""));
  const from = firstList(sources, "sources", "source");
  const inGit = from.findIndex((source) => textAt(source, "chart") === undefined && textAt(source, "repoURL"));
  const index = Math.max(inGit, 0);
  const revision = told[from.length > 1 ? index : 0] ?? "";
  const source = from[index];
  return {
    commit: isCommit(revision) ? revision : undefined,
    revision: told.filter((text) => text !== "").join(",") || undefined,
    repoUrl: textAt(source, "repoURL"),
    repoPath: textAt(source, "path"),
    branch: inGit === -1 ? undefined : branchIn(textAt(source, "targetRevision")),
  };
}

function firstList(places: readonly JsonObject[], many: string, single: string): readonly unknown[] {
  for (const place of places) {
    const list = listAt(place, many);
    if (list.length > 0) return list;
    const one = place[single];
    if (isObject(one) ? Object.keys(one).length > 0 : typeof one === "string" && one !== "") return [one];
  }
  return [];
}

/** A target that is no version and no pattern is taken for a branch. */
function branchIn(target: string | undefined): string | undefined {
  return target === undefined || /^[v^~<>=]?\d+(?:\.|$)|[*\s]/.test(target) ? undefined : branchOf(target);
}

export function triggerOf(initiatedBy: JsonObject): Trigger | undefined {
  // Who was automated may have polled or been called: not known.
  return textAt(initiatedBy, "username") === undefined ? undefined : "manual";
}

function appliedBy(operation: JsonObject): AppliedResource[] | undefined {
  const resources = listAt(operation, "syncResult", "resources").flatMap((resource) => {
    const [kind, name, namespace] = [textAt(resource, "kind"), textAt(resource, "name"), textAt(resource, "namespace")];
    const status = textAt(resource, "status");
    if (!kind || !name || (status !== "Synced" && status !== "Pruned")) return [];
    return [namespace === undefined ? { kind, name } : { kind, name, namespace }];
  });
  return resources.length === 0 ? undefined : resources;
}

function failureOf(phase: string, message = "the operation has no message") {
  if (/^operation terminated\b/i.test(message)) {
    return { errorType: CANCELLED, errorMessage: message, outcome: "unknown", severity: "info" } as const;
  }
  const outcome = /timed? ?out|deadline exceeded/i.test(message) ? "timeout" : "failure";
  return {
    errorType: phase === "Failed" ? "apply_error" : errorTypeOf(message),
    errorMessage: message,
    outcome,
  } as const;
}

/** `Error` is what goes wrong before anything is applied. */
function errorTypeOf(message: string): ErrorType {
  if (/manifest|unmarshal|helm template|kustomize build|\byaml\b/i.test(message)) return "parse_error";
  return /\bgit\b|repository|ls-remote|revision|authentication/i.test(message) ? "git_error" : "sync_error";
}

/**
 * Whether somebody has paused the Application: by the annotation that skips reconciling, or by switching its automation
 * off without removing it. One without automation may be meant to be synced by hand: not known.
 */
function isSuspended(app: JsonObject): boolean | undefined {
  if (textAt(app, "metadata", "annotations", "argocd.argoproj.io/skip-reconcile") === "true") return true;
  const automated = at(app, "spec", "syncPolicy", "automated");
  return isObject(automated) ? automated["enabled"] === false : undefined;
}
