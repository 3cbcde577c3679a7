import { type AluminiEvent, EVENT_TYPES, type EventType } from "@alumiini/core";
import {
  callback,
  listOf,
  OptionError,
  objectWith,
  oneOf,
  type RulesFor,
  readOptions,
  secret,
  text,
  value,
} from "@alumiini/core/adapter";
import {
  type ContentMode,
  cloudEventsBinding,
  createSink,
  DELIVERY_RULES,
  type DeliveryOptions,
  type EncodeCloudEvents,
  eventMessages,
  type Sink,
} from "@alumiini/delivery";
import type { NatsConnection } from "./client.js";
import { type ConnectFunction, connectingSource, type GivenServers } from "./connect.js";
import { CoreTransport } from "./core-transport.js";
import { JetStreamTransport } from "./jetstream-transport.js";
import type { ConnectionSource } from "./session.js";
import { isPublishable, isStreamName, rememberSubjects, type SubjectOf } from "./subject.js";

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
  /** CloudEvent types to send, with or without version, such as `dev.cdevents.service.deployed`. Default: all. */
  readonly cloudEventTypes?: readonly string[] | undefined;
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
 * @throws {OptionError} for an option that is unknown, not valid, or contradicts another one.
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
  const { mode, contentMode, stream, subject, encode, key, inboxPrefix, cloudEventTypes, ...rest } = readOptions(
    FACTORY,
    options,
    RULES,
  );
  const { connection, servers, connectOptions, connect, ...shared } = rest;
  if (mode === "core" && stream !== undefined) throw new OptionError(FACTORY, "stream", 'needs mode "jetstream"');
  if (mode === "core" && inboxPrefix !== undefined) {
    throw new OptionError(FACTORY, "inboxPrefix", 'needs mode "jetstream"');
  }
  const anyEvent = subject === undefined && encode === undefined ? "alumiini.events.>" : undefined;
  const subjects = typeof subject === "string" ? subject : anyEvent;
  const source = sourceOf(connection, servers, { connectOptions, connect });
  return createSink({
    ...shared,
    transport:
      mode === "core" ? new CoreTransport(source) : new JetStreamTransport(source, { stream, inboxPrefix, subjects }),
    messages: eventMessages({
      encode,
      key,
      cloudEventTypes,
      destination: destinationOf(subject, encode !== undefined),
      bind: NATS_BINDING[contentMode],
    }),
  });
}

const FACTORY = "natsSink";
const RULES = {
  ...DELIVERY_RULES,
  name: text("nats"),
  types: listOf(EVENT_TYPES, undefined),
  cloudEventTypes: listOf(undefined, undefined),
  mode: oneOf(["jetstream", "core"], "jetstream"),
  stream: value(
    "the name of a stream: no spaces, dots, wildcards or slashes",
    (given): given is string => typeof given === "string" && isStreamName(given),
    undefined,
  ),
  subject: value("a valid subject without wildcards, or a function that returns one", isSubject, undefined),
  encode: callback<EncodeCloudEvents>(),
  contentMode: oneOf(["structured", "binary"], "structured"),
  key: callback<(event: AluminiEvent) => string>(),
  inboxPrefix: value(
    "a valid subject",
    (given): given is string => typeof given === "string" && isPublishable(given),
    undefined,
  ),
  connection: objectWith<NatsConnection>("a NATS connection (did you forget `await`?)", "publish", "flush", "status"),
  servers: secret(value("a server such as nats://host:4222, or a list of them", isServers, undefined)),
  connectOptions: secret(value("an object", isObject, undefined)),
  connect: callback<ConnectFunction>(),
} satisfies RulesFor<NatsSinkSettings & Omit<GivenServers, "connection"> & { connection?: NatsConnection }>;

function isSubject(given: unknown): given is string | SubjectOf {
  return typeof given === "function" || (typeof given === "string" && isPublishable(given));
}

function isServers(given: unknown): given is string | readonly string[] {
  return typeof given === "string" || (Array.isArray(given) && given.every((one) => typeof one === "string"));
}

function isObject(given: unknown): given is object {
  return typeof given === "object" && given !== null;
}

function sourceOf(
  connection: NatsConnection | undefined,
  servers: GivenServers["servers"] | undefined,
  options: Omit<GivenServers, "servers" | "connection">,
): ConnectionSource {
  if (servers !== undefined && connection === undefined) return connectingSource({ ...options, servers });
  if (connection === undefined || servers !== undefined) {
    throw new OptionError(FACTORY, "connection", "or `servers` must be given, and not both");
  }
  return { owned: false, open: async () => connection };
}

function destinationOf(subject: NatsSinkSettings["subject"], encodes: boolean): SubjectOf {
  if (typeof subject === "string") return () => subject;
  if (subject === undefined) {
    const subjectOf = rememberSubjects();
    return encodes ? (event, cloudEvent) => cloudEvent?.type ?? subjectOf(event) : subjectOf;
  }
  return (event, cloudEvent) => {
    const named: unknown = subject(event, cloudEvent);
    // A text that is not a subject is refused when it is published, and goes to `onDeadLetter`.
    if (typeof named !== "string") throw new TypeError("`subject` must return a string");
    return named;
  };
}
