import type { AluminiEvent, EventType } from "@alumiini/core";
import {
  type ContentMode,
  cloudEventsBinding,
  createSink,
  type DeliveryOptions,
  deliveryOptionsOf,
  type EncodeCloudEvents,
  eventMessages,
  type Sink,
} from "@alumiini/delivery";
import type { NatsConnection } from "./client.js";
import { connectingSource, type GivenServers } from "./connect.js";
import { CoreTransport } from "./core-transport.js";
import { JetStreamTransport } from "./jetstream-transport.js";
import type { ConnectionSource } from "./session.js";
import { eventSubject, isPublishable, isStreamName, type SubjectOf } from "./subject.js";

/** CloudEvents NATS binding 1.0: `Content-Type` marks structured mode, so the data's own type is an attribute here. */
export const NATS_BINDING = cloudEventsBinding({
  prefix: "ce-",
  contentTypeHeader: "ce-datacontenttype",
  structuredHeader: "Content-Type",
  percentEncoded: true,
});

/** What `natsSink` takes, beside the options that all sinks share. */
export interface NatsSinkSettings extends DeliveryOptions {
  /** Names the sink in reports and metrics. Default `nats`. */
  readonly name?: string | undefined;
  /** The event types to send. Default: all. */
  readonly types?: readonly EventType[] | undefined;
  /** `core` publishes without JetStream: a message reaches whoever listens at that moment. Default `jetstream`. */
  readonly mode?: "jetstream" | "core" | undefined;
  /** The stream that must store the messages; they are refused where another one has the subject. Default: any. */
  readonly stream?: string | undefined;
  /**
   * One subject for all, or a function that names each event's. Default: {@link eventSubject}; with `encode`, the
   * CloudEvent's type.
   */
  readonly subject?: string | SubjectOf | undefined;
  /** Returns the CloudEvents to send instead of the wire form of ADR-004, such as `cdevents()`. */
  readonly encode?: EncodeCloudEvents | undefined;
  /** How CloudEvents travel. Default `structured`, the one mode that every consumer reads. */
  readonly contentMode?: ContentMode | undefined;
  /** Messages with the same key keep their order. Default: the repository's name. */
  readonly key?: ((event: AluminiEvent) => string) | undefined;
  /** Prefix of the subjects where acknowledgements arrive. Default: the connection's own, else `_INBOX`. */
  readonly inboxPrefix?: string | undefined;
}

/** A connection that its user opened. The sink never closes it. */
export interface GivenConnection {
  /** A `NatsConnection` of `@nats-io/transport-node` 3 or of `nats` 2. Open it with `maxReconnectAttempts: -1`. */
  readonly connection: NatsConnection;
  readonly servers?: undefined;
}

/** What `natsSink` takes: a connection, or servers to connect to. */
export type NatsSinkOptions = NatsSinkSettings & (GivenConnection | GivenServers);

/**
 * Sends events to NATS. It returns at once and connects in the background; `ready()` resolves once connected.
 *
 * @throws TypeError for options that can't work: no or two sources of the connection, a subject that is none.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { natsSink } from "@alumiini/nats-sink";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(natsSink({ servers: "nats://nats:4222", stream: "ALUMIINI" }));
 * ```
 */
export function natsSink(options: NatsSinkOptions): Sink {
  const { mode = "jetstream", stream, subject, encode, contentMode = "structured", key, inboxPrefix } = options;
  demand(mode === "jetstream" || mode === "core", '`mode` must be "jetstream" or "core"');
  demand(contentMode === "structured" || contentMode === "binary", '`contentMode` must be "structured" or "binary"');
  demand(mode === "jetstream" || (stream ?? inboxPrefix) === undefined, "`stream` and `inboxPrefix` need JetStream");
  demand(stream === undefined || isStreamName(stream), "`stream` is not the name of a stream");
  demand(inboxPrefix === undefined || isPublishable(inboxPrefix), "`inboxPrefix` is not a valid subject");
  const source = sourceOf(options);
  return createSink({
    ...deliveryOptionsOf("natsSink", options),
    name: options.name ?? "nats",
    types: options.types,
    transport: mode === "core" ? new CoreTransport(source) : new JetStreamTransport(source, { stream, inboxPrefix }),
    messages: eventMessages({
      encode,
      key,
      destination: destinationOf(subject, encode !== undefined),
      bind: NATS_BINDING[contentMode],
    }),
  });
}

function sourceOf(options: NatsSinkOptions): ConnectionSource {
  if (options.servers !== undefined && options.connection === undefined) return connectingSource(options);
  if (options.connection === undefined || options.servers !== undefined) {
    throw new TypeError("natsSink: give it either a `connection` or `servers`");
  }
  const { connection } = options;
  demand(typeof connection.publish === "function", "`connection` is not a NATS connection; did you forget `await`?");
  return { owned: false, open: async () => connection };
}

function destinationOf(subject: NatsSinkSettings["subject"], encodes: boolean): SubjectOf {
  if (subject === undefined)
    return encodes ? (event, cloudEvent) => cloudEvent?.type ?? eventSubject(event) : eventSubject;
  if (typeof subject === "string") {
    demand(isPublishable(subject), "`subject` is not a valid subject");
    return () => subject;
  }
  return (event, cloudEvent) => {
    const named: unknown = subject(event, cloudEvent);
    // What is a string but no subject is refused when it is published, and goes to `onDeadLetter`.
    if (typeof named !== "string") throw new TypeError("`subject` must return a string");
    return named;
  };
}

function demand(condition: boolean, rule: string): void {
  if (!condition) throw new TypeError(`natsSink: ${rule}`);
}
