import { type Outcome, type Severity, TAXONOMY } from "@alumiini/core";
import type { ModelEntity } from "../model/graph.js";
import { labelsOf, type Model } from "../model/model.js";
import type { Settings, TapioOptions } from "../model/options.js";
import { createEncoder, type Encode } from "./envelope.js";

/** An entity of a {@link TapioEvent}. */
export interface TapioEntity {
  /** One of TAPIO's 12 types, or another Kubernetes kind in lower case. */
  readonly type: string;
  /** `<namespace>/<name>`, or the name alone; unique only together with `cluster_id`. */
  readonly id: string;
  readonly name: string;
  readonly cluster_id: string;
  readonly namespace?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A relationship of a {@link TapioEvent}. */
export interface TapioRelationship {
  readonly type: "manages" | "connects_to";
  readonly source: TapioEntity;
  readonly target: TapioEntity;
}

/** An event in the form of TAPIO's Go programs. */
export interface TapioEvent {
  readonly id: string;
  readonly type: "deployment";
  /** The type of our event, such as `sync_failed`. */
  readonly subtype: string;
  readonly severity: Severity;
  /** TAPIO has no timeout: it becomes `failure`, and the label `alumiini.event.outcome` is `timeout`. */
  readonly outcome: Exclude<Outcome, "timeout">;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly entities: readonly TapioEntity[];
  readonly relationships: readonly TapioRelationship[];
  readonly network_data?: {
    readonly protocol: "TCP";
    readonly dst_ip?: string;
    readonly dst_port?: number;
    readonly pod_name?: string;
    readonly namespace?: string;
  };
  readonly k8s_data?: {
    readonly resource_kind: string;
    readonly resource_name: string;
    readonly resource_namespace?: string;
    readonly reason: string;
    readonly message?: string;
  };
  readonly process_data?: { readonly pid: number };
  readonly cluster_id: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Returns an encoder: each event becomes one {@link TapioEvent} of type `deployment`. The type of the CloudEvent is
 * `tapio.events.deployment`, which NATS takes for the subject; the sinks' `contentMode: "binary"` sends the bare JSON.
 *
 * @throws {TypeError} when an option is unusable.
 *
 * @example
 * ```ts
 * import { sampleEvents } from "@alumiini/core/testing";
 * import { tapioEvent } from "@alumiini/tapio";
 *
 * const encode = tapioEvent();
 * for (const event of sampleEvents()) {
 *   const [{ data }] = encode(event);
 *   JSON.stringify(data.relationships);
 * }
 * ```
 */
export function tapioEvent(options: TapioOptions = {}): Encode<TapioEvent> {
  return createEncoder("tapioEvent", "tapio", options, () => "tapio.events.deployment", toTapioEvent);
}

function toTapioEvent(model: Model, settings: Settings): TapioEvent {
  const { event, time, pid } = model;
  const { clusterId } = event;
  const network = networkData(model, settings);
  const k8s = k8sData(model);
  return {
    id: event.id,
    type: "deployment",
    subtype: event.type,
    severity: event.severity,
    outcome: event.outcome === "timeout" ? "failure" : event.outcome,
    timestamp: time,
    entities: model.entities.map((entity) => toEntity(entity, clusterId)),
    relationships: model.relationships.map(({ type, source, target }) => ({
      type,
      source: toReference(source, clusterId),
      target: toReference(target, clusterId),
    })),
    ...(network !== undefined && { network_data: network }),
    ...(k8s !== undefined && { k8s_data: k8s }),
    ...(pid !== undefined && { process_data: { pid } }),
    cluster_id: clusterId,
    namespace: event.namespace,
    labels: labelsOf(model),
  };
}

/** A relationship repeats its ends in TAPIO's form; what is more about them is in `entities`. */
function toReference({ type, id, name }: ModelEntity, clusterId: string): TapioEntity {
  return { type, id, name, cluster_id: clusterId };
}

function toEntity(entity: ModelEntity, clusterId: string): TapioEntity {
  return {
    ...toReference(entity, clusterId),
    ...(entity.namespace !== undefined && { namespace: entity.namespace }),
    ...(Object.keys(entity.attributes).length > 0 && { attributes: entity.attributes }),
  };
}

/** Git operations alone open the connection. */
function networkData({ event, remote }: Model, { pod }: Settings): TapioEvent["network_data"] {
  if (remote === undefined || TAXONOMY[event.type].operation !== "git") return undefined;
  return {
    protocol: "TCP",
    ...(remote.address !== undefined && { dst_ip: remote.address }),
    ...(remote.port !== undefined && { dst_port: remote.port }),
    ...(pod !== undefined && { pod_name: pod.name, namespace: pod.namespace }),
  };
}

function k8sData({ subject, error }: Model): TapioEvent["k8s_data"] {
  if (subject === undefined) return undefined;
  return {
    resource_kind: subject.kind,
    resource_name: subject.name,
    ...(subject.namespace !== undefined && { resource_namespace: subject.namespace }),
    reason: subject.reason,
    ...(error !== undefined && { message: error.message }),
  };
}
