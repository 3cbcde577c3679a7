import { type EventType, isCancelled, TAXONOMY } from "@alumiini/core";
import type { ModelEntity } from "../model/graph.js";
import { labelsOf, type Model } from "../model/model.js";
import type { Settings, TapioOptions } from "../model/options.js";
import { isKnownEntityType } from "../model/vocabulary.js";
import { createEncoder, type Encode } from "./envelope.js";

/** What names an entity in AHTI's graph. */
export interface AhtiReference {
  /** `ENTITY_TYPE_UNSPECIFIED` for kinds that the contract has no type for; `attributes.kind` has the kind. */
  readonly type: string;
  /** `<namespace>/<name>`, or the name alone; for kinds without a type, that kind and a slash before it. */
  readonly id: string;
  readonly clusterId: string;
}

/** An entity of an {@link AhtiEvent}. */
export interface AhtiEntity extends AhtiReference {
  readonly name: string;
  readonly namespace?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly state: "ENTITY_STATE_ACTIVE";
}

/** An event of AHTI's contract (`ahti.v1.AhtiEvent`) in the JSON form of Protocol Buffers. */
export interface AhtiEvent {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly type: "EVENT_TYPE_DEPLOYMENT";
  /** The type of our event, such as `sync_failed`. */
  readonly subtype: string;
  readonly severity: string;
  readonly outcome: string;
  readonly source: string;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Microseconds, in decimal: how this JSON form writes 64 bits. */
  readonly durationUs?: string;
  readonly entities: readonly AhtiEntity[];
  readonly relationships: readonly {
    readonly type: string;
    readonly source: AhtiReference;
    readonly target: AhtiReference;
    readonly state: "RELATIONSHIP_STATE_ACTIVE";
  }[];
  readonly cluster: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, string>>;
  };
  /** At most one of `network` (git operations), `k8s` (syncs, applies, drift) and `process` (workers) is there. */
  readonly network?: Readonly<Record<string, string | number>>;
  readonly k8s?: Readonly<Record<string, string>>;
  readonly process?: Readonly<Record<string, string | number>>;
}

/**
 * Returns an encoder: each event becomes one {@link AhtiEvent}. The type of the CloudEvent is `ahti.v1.AhtiEvent`; the
 * sinks' `contentMode: "binary"` sends the bare JSON, which any library of Protocol Buffers reads into the contract's
 * message.
 *
 * @throws {TypeError} when an option is unusable.
 */
export function ahtiEvent(options: TapioOptions = {}): Encode<AhtiEvent> {
  return createEncoder("ahtiEvent", "ahti", options, () => "ahti.v1.AhtiEvent", toAhtiEvent);
}

function toAhtiEvent(model: Model, settings: Settings): AhtiEvent {
  const { event, error } = model;
  const { traceId, spanId, durationMs, clusterId } = model.fields;
  return {
    id: event.id,
    timestamp: model.time,
    type: "EVENT_TYPE_DEPLOYMENT",
    subtype: event.type,
    severity: enumValue("SEVERITY", event.severity),
    outcome: enumValue("OUTCOME", event.outcome),
    source: settings.source,
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    // As a BigInt: a duration may be as long as numbers are exact, and this is 1,000 times that.
    ...(durationMs !== undefined && { durationUs: String(BigInt(durationMs) * 1000n) }),
    entities: model.entities.map((entity) => toEntity(entity, clusterId)),
    relationships: model.relationships.map(({ type, source, target }) => ({
      type: enumValue("RELATIONSHIP_TYPE", type),
      source: toReference(source, clusterId),
      target: toReference(target, clusterId),
      state: "RELATIONSHIP_STATE_ACTIVE",
    })),
    cluster: clusterId,
    namespace: event.namespace,
    labels: labelsOf(model),
    ...(error !== undefined && {
      error: { code: error.code, message: error.message, details: { what_failed: error.whatFailed } },
    }),
    ...dataOf(model, settings),
  };
}

function enumValue(prefix: string, value: string): string {
  return `${prefix}_${value.toUpperCase()}`;
}

function toReference({ type, id }: ModelEntity, clusterId: string): AhtiReference {
  // Two objects of different kinds may share namespace and name: without a type, the id must tell them apart.
  return isKnownEntityType(type)
    ? { type: enumValue("ENTITY_TYPE", type), id, clusterId }
    : { type: "ENTITY_TYPE_UNSPECIFIED", id: `${type}/${id}`, clusterId };
}

function toEntity(entity: ModelEntity, clusterId: string): AhtiEntity {
  return {
    ...toReference(entity, clusterId),
    name: entity.name,
    ...(entity.namespace !== undefined && { namespace: entity.namespace }),
    ...(Object.keys(entity.attributes).length > 0 && { attributes: entity.attributes }),
    state: "ENTITY_STATE_ACTIVE",
  };
}

/** The one part of the contract's `data` that fits. */
function dataOf(model: Model, { pod }: Settings): Pick<AhtiEvent, "network" | "k8s" | "process"> {
  const { event, subject, remote, pid, error } = model;
  const { operation } = TAXONOMY[event.type];
  if (operation === "git" && remote !== undefined) {
    return {
      network: {
        protocol: "TCP",
        direction: "outbound",
        ...(remote.address !== undefined && { dstIp: remote.address }),
        ...(remote.port !== undefined && { dstPort: remote.port }),
        ...(pod !== undefined && { podName: pod.name }),
      },
    };
  }
  if (operation === "worker" && pid !== undefined) return { process: { pid } };
  if (subject === undefined) return {};
  // A sync that was called off has not failed.
  const rolloutStatus = isCancelled(event) ? undefined : ROLLOUT_STATUS[event.type];
  return {
    k8s: {
      resourceType: subject.kind,
      resourceName: subject.name,
      ...(subject.namespace !== undefined && { namespace: subject.namespace }),
      reason: subject.reason,
      ...(error !== undefined && { message: error.message }),
      ...(rolloutStatus !== undefined && { rolloutStatus }),
    },
  };
}

const ROLLOUT_STATUS: { readonly [T in EventType]?: "progressing" | "complete" | "failed" } = {
  sync_started: "progressing",
  apply_started: "progressing",
  sync_completed: "complete",
  apply_completed: "complete",
  sync_failed: "failed",
  apply_failed: "failed",
};
