import type { Measurement } from "@alumiini/core";
import { at, isObject, textAt, wholeAt } from "./json.js";
import { ATTRIBUTES, bounded, NOTHING, type ReadEvent } from "./own-event.js";

/** The type of the events that keep what was read of a suspension. */
const SUSPENSION = "suspension";

/** A reading that a repository is suspended, or no longer, as an event. Undefined for other measurements. */
export function suspensionOf(measurement: Measurement): ReadEvent | undefined {
  if (measurement.kind !== SUSPENSION) return undefined;
  return readSuspension({
    type: SUSPENSION,
    timestamp: measurement.timestamp,
    cluster_id: measurement.clusterId,
    namespace: measurement.namespace,
    repo_name: measurement.repoName,
    // Where events have it, so that both are read alike.
    attributes: { [ATTRIBUTES.suspended]: measurement.suspended },
  });
}

/** Reads a suspension as it is stored; undefined for anything else. */
export function readSuspension(value: unknown): ReadEvent | undefined {
  const suspended = at(at(value, "attributes"), ATTRIBUTES.suspended);
  if (!isObject(value) || value["type"] !== SUSPENSION || typeof suspended !== "boolean") return undefined;
  const [cluster, namespace, repo] = ["cluster_id", "namespace", "repo_name"].map((key) => textAt(value, key));
  const ts = wholeAt(value, "timestamp");
  if (cluster == null || namespace == null || repo == null || ts === null || ts < 0) return undefined;
  const id = bounded(`${SUSPENSION}:${cluster}/${namespace}/${repo}@${ts}`);
  return {
    ...NOTHING,
    messageId: id,
    eventId: id,
    form: "alumiini",
    rank: 0,
    system: "alumiini",
    source: "alumiini",
    type: SUSPENSION,
    ts,
    cluster: bounded(cluster),
    namespace: bounded(namespace),
    repo: bounded(repo),
    outcome: "unknown",
    severity: "info",
    body: {
      type: SUSPENSION,
      timestamp: ts,
      cluster_id: bounded(cluster),
      namespace: bounded(namespace),
      repo_name: bounded(repo),
      attributes: { [ATTRIBUTES.suspended]: suspended },
    },
  };
}
