import { type AluminiEvent, type Outcome, type Severity, toWire, type WireEvent } from "@alumiini/core";
import type { Model } from "../model/model.js";
import type { Settings, TapioOptions } from "../model/options.js";
import { PROTOCOL_VERSION } from "../model/vocabulary.js";
import { createEncoder, type Encode } from "./envelope.js";

/** An entity of an {@link Occurrence}: TAPIO reads `kind`, POLKU `type`. */
export interface OccurrenceEntity {
  readonly kind: string;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A FALSE occurrence in the form that TAPIO, POLKU and KULTA all parse. */
export interface Occurrence {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly source: string;
  /** Always three segments, such as `gitops.sync.failed`. */
  readonly type: string;
  readonly protocol_version: string;
  readonly severity: Severity;
  /** `unknown` while under way: the parsers don't agree on how to write `in progress`. */
  readonly outcome: Outcome;
  readonly context: {
    readonly cluster: string;
    readonly node?: string;
    readonly namespace: string;
    readonly trace_id?: string;
    readonly span_id?: string;
    /** Most specific first: `sync:`, `trace:`, `commit:`, `rollout:`, `deployment:`. */
    readonly correlation_keys: readonly string[];
    readonly entities: readonly OccurrenceEntity[];
  };
  readonly error?: { readonly code: string; readonly message: string; readonly what_failed: string };
  readonly data: {
    /** Process and remote under the names that TAPIO's kernel events have. */
    readonly pid?: number;
    readonly dst_host?: string;
    readonly dst_ip?: string;
    readonly dst_port?: number;
    readonly relationships: readonly {
      readonly type: string;
      readonly source: { readonly type: string; readonly id: string };
      readonly target: { readonly type: string; readonly id: string };
    }[];
    /** The event itself, in its wire form. */
    readonly alumiini: WireEvent;
  };
}

/**
 * Returns an encoder: each event becomes one FALSE {@link Occurrence}. The type of the CloudEvent is that of the
 * occurrence, such as `gitops.sync.failed`; the sinks' `contentMode: "binary"` sends the bare JSON.
 *
 * @throws {TypeError} when an option is unusable.
 */
export function occurrence(options: TapioOptions = {}): Encode<Occurrence> {
  return createEncoder("occurrence", "false", options, ({ event }) => occurrenceType(event), toOccurrence);
}

/** Every event type has one underscore, so this has three segments. */
function occurrenceType({ type }: Pick<AluminiEvent, "type">): string {
  return `gitops.${type.replace("_", ".")}`;
}

function toOccurrence(model: Model, settings: Settings): Occurrence {
  const { event, error, remote, pid } = model;
  const { traceId, spanId } = event;
  return {
    // These three come first: `directory-transport.ts` recognises its own files by them.
    id: event.id,
    timestamp: model.time,
    source: settings.source,
    type: occurrenceType(event),
    protocol_version: PROTOCOL_VERSION,
    severity: event.severity,
    outcome: event.outcome,
    context: {
      cluster: event.clusterId,
      ...(settings.node !== undefined && { node: settings.node }),
      namespace: event.namespace,
      ...(traceId !== undefined && { trace_id: traceId }),
      ...(spanId !== undefined && { span_id: spanId }),
      correlation_keys: model.correlationKeys,
      entities: model.entities.map(({ type, id, name, namespace }) => ({
        kind: type,
        type,
        id,
        name,
        ...(namespace !== undefined && { namespace }),
      })),
    },
    ...(error !== undefined && {
      error: { code: error.code, message: error.message, what_failed: error.whatFailed },
    }),
    data: {
      ...(pid !== undefined && { pid }),
      ...(remote !== undefined && { dst_host: remote.host }),
      ...(remote?.address !== undefined && { dst_ip: remote.address }),
      ...(remote?.port !== undefined && { dst_port: remote.port }),
      relationships: model.relationships.map(({ type, source, target }) => ({
        type,
        source: { type: source.type, id: source.id },
        target: { type: target.type, id: target.id },
      })),
      alumiini: toWire(event),
    },
  };
}
