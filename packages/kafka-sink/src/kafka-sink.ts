import { type AluminiEvent, EVENT_TYPES } from "@alumiini/core";
import {
  callback,
  flag,
  listOf,
  OptionError,
  objectWith,
  oneOf,
  type RulesFor,
  readOptions,
  required,
  secret,
  text,
  value,
} from "@alumiini/core/adapter";
import {
  cloudEventsBinding,
  createSink,
  DELIVERY_RULES,
  type EncodeCloudEvents,
  eventMessages,
  type Sink,
} from "@alumiini/delivery";
import { producerFromBrokers } from "./clients/kafkajs.js";
import type { BrokerOptions, KafkaSasl, KafkaSinkOptions, RecordOptions } from "./options.js";
import type { KafkaProducer } from "./producer.js";
import { KafkaTransport } from "./transport.js";

/**
 * CloudEvents Kafka binding 1.0: attributes as `ce_` headers in UTF-8, as they are. An event without data becomes an
 * empty value, never a tombstone.
 */
export const KAFKA_BINDING = cloudEventsBinding({
  prefix: "ce_",
  contentTypeHeader: "content-type",
  percentEncoded: false,
});

/** What fits into a topic's default max.message.bytes, the batch's own overhead included. */
const MAX_BATCH_BYTES = 1_000_000;
/** One request to one partition. KafkaJS copies what it has of a request for each record of it, so no more of them. */
const MAX_BATCH_MESSAGES = 500;
/** Enough for one batch to each partition of a topic that `ensureTopic` makes. */
const MAX_IN_FLIGHT = 8;
const ATTEMPT_TIMEOUT_MS = 30_000;

/**
 * Makes a subscriber that delivers events to Kafka. It connects in the background and keeps reconnecting: a broker that
 * is down never makes it throw. `ready()` resolves once connected, `stats()` says what became of each event.
 *
 * @throws {OptionError} for an option that is unknown, not valid, or contradicts another one.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { kafkaSink } from "@alumiini/kafka-sink";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(kafkaSink({ brokers: ["kafka-1:9092", "kafka-2:9092"], topic: "alumiini.events" }));
 * ```
 */
export function kafkaSink(options: KafkaSinkOptions): Sink {
  const { topic, encode, contentMode, key, cloudEventTypes, acks, idempotent, compression, ...rest } = readOptions(
    FACTORY,
    options,
    RULES,
  );
  const { producer, brokers, clientId, ssl, sasl, ...shared } = rest;
  if (idempotent === true && acks === 1) throw new OptionError(FACTORY, "idempotent", 'needs acks "all"');
  const { attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = shared;
  const settings = { acks: acks === 1 ? acks : -1, idempotent, compression, timeoutMs: attemptTimeoutMs } as const;
  const client = producerOf(producer, brokers && { brokers, clientId, ssl, sasl });
  return createSink({
    ...shared,
    attemptTimeoutMs,
    maxBatchMessages: shared.maxBatchMessages ?? MAX_BATCH_MESSAGES,
    maxInFlight: shared.maxInFlight ?? MAX_IN_FLIGHT,
    maxBatchBytes: shared.maxBatchBytes ?? MAX_BATCH_BYTES,
    transport: new KafkaTransport(client, settings, typeof topic === "function" ? undefined : topic),
    messages: eventMessages({
      encode,
      key,
      cloudEventTypes,
      destination: typeof topic === "function" ? (...event) => checkedTopic(topic(...event)) : () => topic,
      bind: KAFKA_BINDING[contentMode],
    }),
  });
}

const FACTORY = "kafkaSink";
const TOPIC = "1 to 249 of the characters A-Z, a-z, 0-9, dot, underscore and hyphen";
const RULES = {
  ...DELIVERY_RULES,
  name: text("kafka"),
  types: listOf(EVENT_TYPES, undefined),
  cloudEventTypes: listOf(undefined, undefined),
  topic: required(value(`${TOPIC}, or a function that returns such a name`, isTopic, undefined)),
  encode: callback<EncodeCloudEvents>(),
  contentMode: oneOf(["structured", "binary"], "structured"),
  key: callback<(event: AluminiEvent) => string>(),
  acks: value(
    '-1, "all" or 1 (with 0, nobody would know what has been delivered)',
    (given): given is -1 | "all" | 1 => given === -1 || given === "all" || given === 1,
    -1,
  ),
  idempotent: flag(undefined),
  compression: oneOf(["none", "gzip", "snappy", "lz4", "zstd"], "none"),
  producer: objectWith<KafkaProducer>(
    "a producer, from kafkajsProducer for instance",
    "connect",
    "produce",
    "classify",
  ),
  // Not shown where they are wrong: a URL in their place may hold a password.
  brokers: secret(value('a list of one or more of the form "host:port"', isBrokers, undefined)),
  clientId: text(undefined),
  ssl: secret(value("true, false or TLS options", isSsl, undefined)),
  sasl: secret(value("an object with `mechanism`", isSasl, undefined)),
} satisfies RulesFor<RecordOptions & Omit<BrokerOptions, "producer"> & { producer?: KafkaProducer }>;

function producerOf(producer: KafkaProducer | undefined, options: BrokerOptions | undefined): KafkaProducer {
  if (producer !== undefined && options === undefined) return producer;
  if (producer === undefined && options !== undefined) return producerFromBrokers(options);
  throw new OptionError(FACTORY, "brokers", "or `producer` must be given, and not both");
}

function isTopic(given: unknown): given is RecordOptions["topic"] {
  return typeof given === "function" || (typeof given === "string" && isTopicName(given));
}

function isTopicName(name: string): boolean {
  return /^[\w.-]{1,249}$/.test(name) && name !== "." && name !== "..";
}

function checkedTopic(topic: string): string {
  if (typeof topic === "string" && isTopicName(topic)) return topic;
  throw new TypeError(`\`topic\` must return ${TOPIC}`);
}

function isBrokers(given: unknown): given is readonly string[] {
  const address = /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i;
  return Array.isArray(given) && given.length > 0 && given.every((one) => typeof one === "string" && address.test(one));
}

function isSsl(given: unknown): given is NonNullable<BrokerOptions["ssl"]> {
  return typeof given === "boolean" || (typeof given === "object" && given !== null);
}

function isSasl(given: unknown): given is KafkaSasl {
  return typeof given === "object" && given !== null && "mechanism" in given;
}
