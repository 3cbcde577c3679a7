import type { AluminiEvent } from "@alumiini/core";
import { createEvent, type Identity, identify } from "../mapping/event.js";
import { isObject, type JsonObject, listAt, numberAt, objectAt, textAt, texts } from "../mapping/json.js";
import { ignored, type MapContext, type Mapped, Unfit } from "../mapping/mapper.js";
import { parseRevision } from "../mapping/revision.js";
import { parseGoDuration, parseTime } from "../mapping/time.js";
import { repoNameOf } from "../sources/flux.js";

/** Entries of a history that are read; Flux keeps 5. */
const MOST_ENTRIES = 1000;

/** An object of Flux, and what all events about it share. */
interface FluxObject {
  readonly object: JsonObject;
  readonly kind: string;
  readonly identity: Identity;
  readonly uid: string;
  readonly suspended: boolean;
  readonly repoUrl: string | undefined;
}

/**
 * Makes a reader of Flux's objects. It is given all of them, because a Kustomization names its source and the source the
 * repository's address.
 */
export function fluxReader(
  objects: readonly unknown[],
): (object: JsonObject, kind: string, context: MapContext) => Mapped {
  const urls = new Map<string, string>();
  for (const object of objects) {
    const url = textAt(object, "spec", "url");
    if (url !== undefined) urls.set(sourceKey(object, objectAt(object, "metadata")), url);
  }
  return (object, kind, context) => {
    if (!/^[a-z]+\.toolkit\.fluxcd\.io\//.test(textAt(object, "apiVersion") ?? "")) return ignored("kind_not_mapped");
    const read = READERS[kind];
    if (read === undefined) return ignored("kind_not_mapped");
    const name = textAt(object, "metadata", "name");
    const namespace = textAt(object, "metadata", "namespace");
    if (name === undefined) throw new Unfit(["metadata", "name"], "must be a text");
    if (namespace === undefined) throw new Unfit(["metadata", "namespace"], "must be a text");
    const reference = objectAt(object, "spec", "sourceRef");
    const labels = texts(objectAt(object, "metadata", "labels"));
    const identity = identify({ system: "flux", kind, namespace, name, labels }, context, repoNameOf(kind, name));
    const suspended = objectAt(object, "spec")["suspend"] === true;
    const events = read({
      object,
      kind,
      identity,
      suspended,
      uid: textAt(object, "metadata", "uid") ?? `${kind}/${namespace}/${name}`,
      repoUrl: textAt(object, "spec", "url") ?? urls.get(sourceKey(reference, { namespace, ...reference })),
    });
    return { events, suspensions: [{ repoName: identity.repoName, namespace, suspended }] };
  };
}

function sourceKey(ofKind: unknown, { namespace, name }: JsonObject): string {
  return JSON.stringify([textAt(ofKind, "kind"), namespace, name]);
}

const READERS: Readonly<Record<string, (object: FluxObject) => AluminiEvent[]>> = {
  Kustomization: kustomizationHistory,
  HelmRelease: helmHistory,
  GitRepository: artifact,
  OCIRepository: artifact,
  Bucket: artifact,
};

function entriesOf({ object }: FluxObject): JsonObject[] {
  return listAt(object, "status", "history").slice(0, MOST_ENTRIES).filter(isObject);
}

/**
 * Each entry is one state of the manifests: when it was reconciled first and last, and how it went last. One that is
 * well now is taken to have been well from the first time on.
 */
function kustomizationHistory(object: FluxObject): AluminiEvent[] {
  const { identity, uid, suspended, repoUrl } = object;
  return entriesOf(object).flatMap((entry) => {
    const first = parseTime(entry["firstReconciled"]);
    const last = parseTime(entry["lastReconciled"]);
    const reason = textAt(entry, "lastReconciledStatus");
    if (last === undefined || reason === undefined) return [];
    const revision = textAt(entry, "metadata", "revision");
    const { commit, branch } = parseRevision(textAt(entry, "metadata", "originRevision") ?? revision);
    const common = { revision, commit, branch, repoUrl, repoPath: textAt(object.object, "spec", "path") };
    const create = (time: number, durationMs: number | undefined, failed: boolean) =>
      createEvent(identity, {
        ...common,
        type: failed ? "sync_failed" : "sync_completed",
        time,
        key: [uid, "history", textAt(entry, "digest"), revision, time],
        durationMs,
        reason,
        suspended,
        ...(failed && { errorType: reason === "BuildFailed" ? "parse_error" : "apply_error", errorMessage: reason }),
      });
    const took = parseGoDuration(textAt(entry, "lastReconciledDuration") ?? "");
    if (reason !== "ReconciliationSucceeded") return [create(last, took, true)];
    const again = first !== undefined && first !== last && (numberAt(entry, "totalReconciliations") ?? 1) > 1;
    return again ? [create(first, undefined, false), create(last, took, false)] : [create(last, took, false)];
  });
}

/** Each entry is one version of the Helm release. */
function helmHistory(object: FluxObject): AluminiEvent[] {
  const { identity, uid, suspended } = object;
  return entriesOf(object).flatMap((entry) => {
    const time = parseTime(entry["lastDeployed"]);
    const status = textAt(entry, "status");
    if (time === undefined || status === undefined) return [];
    const failed = status === "failed";
    if (!failed && status !== "deployed" && status !== "superseded") return [];
    return [
      createEvent(identity, {
        type: failed ? "sync_failed" : "sync_completed",
        time,
        key: [
          uid,
          "history",
          numberAt(entry, "version"),
          textAt(entry, "digest"),
          status === "failed" ? status : "deployed",
        ],
        revision: textAt(entry, "chartVersion"),
        reason: status,
        suspended,
        ...(failed && { errorType: "apply_error", errorMessage: "the Helm release has failed" }),
      }),
    ];
  });
}

/** The newest artifact of a source. */
function artifact({ object, kind, identity, uid, suspended, repoUrl }: FluxObject): AluminiEvent[] {
  const time = parseTime(textAt(object, "status", "artifact", "lastUpdateTime"));
  const revision = textAt(object, "status", "artifact", "revision");
  if (time === undefined || revision === undefined) return [];
  const { commit, branch } = parseRevision(revision, kind === "GitRepository");
  const key = [uid, "artifact", revision, time];
  return [createEvent(identity, { type: "git_fetched", time, key, revision, commit, branch, repoUrl, suspended })];
}
