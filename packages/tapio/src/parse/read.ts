import { LIMITS } from "@alumiini/core";
import type { ForeignResult } from "./foreign-event.js";
import { copyJson, isObject, type JsonObject, nameAt, objectAt, pick, textsAt, withoutUnknown } from "./json.js";
import {
  connectionOf,
  correlationKeysOf,
  durationOf,
  entitiesOf,
  errorOf,
  originOf,
  pidOf,
  relationshipsOf,
} from "./parts.js";
import { outcomeOf, severityOf, timeOf } from "./values.js";

/** Parses JSON where it is given text, takes the event out of a CloudEvent, and returns an error for what is no object. */
export function read(json: unknown, parse: (value: JsonObject) => ForeignResult): ForeignResult {
  try {
    if (typeof json === "string" && json.length > LIMITS.wireText) {
      return refuse("", `is longer than ${LIMITS.wireText} characters`);
    }
    const value: unknown = typeof json === "string" ? JSON.parse(json) : json;
    if (!isObject(value)) return refuse("", "must be an object");
    const { specversion, data } = value;
    return parse(typeof specversion === "string" && isObject(data) ? data : value);
  } catch (error) {
    // Text that is no JSON, or an object whose getters or proxy traps throw.
    return refuse("", error instanceof SyntaxError ? "is not JSON" : "can't be read");
  }
}

/**
 * Reads the fields that all forms have, whatever they are called there. `context` is where an occurrence keeps cluster and
 * entities, and `data` where it keeps process and remote; a TapioEvent has them at the top.
 */
export function readCommon(value: JsonObject, context: JsonObject, data: JsonObject): ForeignResult {
  const id = nameAt(value, "id");
  if (id === undefined) return refuse("/id", "must be a text that is not empty");
  const timestamp = timeOf(pick(value, "timestamp", "time"));
  if (timestamp === undefined) return refuse("/timestamp", "must be an RFC 3339 time, or a number since 1970");
  const type = nameAt(value, "type");
  if (type === undefined) return refuse("/type", "must be a text that is not empty");
  const labels = textsAt(value, "labels");
  const optional = {
    source: nameAt(value, "source"),
    subtype: nameAt(value, "subtype"),
    clusterId: nameAt(context, "cluster", "cluster_id", "clusterId"),
    namespace: nameAt(context, "namespace"),
    node: nameAt(context, "node"),
    traceId: nameAt(context, "trace_id", "traceId"),
    spanId: nameAt(context, "span_id", "spanId"),
    durationUs: durationOf(value),
    error: errorOf(pick(value, "error")),
    pid: pidOf(value, data),
    connection: connectionOf(labels, objectAt(value, "network_data", "networkData", "network"), data),
    origin: originOf(data),
  };
  return {
    ok: true,
    event: {
      id,
      timestamp,
      type,
      severity: severityOf(pick(value, "severity")),
      outcome: outcomeOf(pick(value, "outcome")),
      entities: entitiesOf(value, context),
      relationships: relationshipsOf(value, data),
      correlationKeys: correlationKeysOf(pick(context, "correlation_keys", "correlationKeys")),
      labels,
      ...withoutUnknown(optional),
    },
  };
}

/** Adds what else the event carried. */
export function withData(result: ForeignResult, data: unknown): ForeignResult {
  if (!result.ok || data === undefined) return result;
  const { event } = result;
  // The event of ours is in `origin` already.
  const rest = event.origin !== undefined && isObject(data) ? { ...data, alumiini: undefined } : data;
  return { ok: true, event: { ...event, data: copyJson(rest) } };
}

function refuse(path: string, message: string): ForeignResult {
  return { ok: false, error: { path, message: `${path === "" ? "the event" : path} ${message}` } };
}
