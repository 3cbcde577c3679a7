import { cloudEventsBinding, createSink, deliveryOptionsOf, eventMessages, type Sink } from "@alumiini/delivery";
import { producerFromBrokers } from "./clients/kafkajs.js";
import type { KafkaSinkOptions } from "./options.js";
import type { KafkaProducer, ProducerSettings } from "./producer.js";
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
const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * Makes a subscriber that delivers events to Kafka. It connects in the background and keeps reconnecting: a broker that
 * is down never makes it throw. `ready()` resolves once connected, `stats()` says what became of each event.
 *
 * @throws {TypeError} for options that can't work.
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
  const { topic, encode, contentMode = "structured", key, name = "kafka", types } = options;
  const delivery = deliveryOptionsOf("kafkaSink", options);
  const { attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = delivery;
  const settings = checkedSettings(options, attemptTimeoutMs);
  check(contentMode === "structured" || contentMode === "binary", 'contentMode must be "structured" or "binary"');
  const fixedTopic = typeof topic === "function" ? undefined : checkedTopic(topic);
  return createSink({
    ...delivery,
    name,
    types,
    attemptTimeoutMs,
    maxBatchMessages: delivery.maxBatchMessages ?? MAX_BATCH_MESSAGES,
    maxInFlight: delivery.maxInFlight ?? MAX_IN_FLIGHT,
    maxBatchBytes: delivery.maxBatchBytes ?? MAX_BATCH_BYTES,
    transport: new KafkaTransport(producerOf(options), settings, fixedTopic),
    messages: eventMessages({
      encode,
      key,
      destination: typeof topic === "function" ? (...event) => checkedTopic(topic(...event)) : () => topic,
      bind: KAFKA_BINDING[contentMode],
    }),
  });
}

function producerOf(options: KafkaSinkOptions): KafkaProducer {
  if (options.producer !== undefined) {
    check(options.brokers === undefined, "give either `producer` or `brokers`: a producer knows its brokers");
    check(typeof options.producer.produce === "function", "producer must be one, from kafkajsProducer for instance");
    return options.producer;
  }
  const { brokers } = options;
  check(
    Array.isArray(brokers) && brokers.length > 0 && brokers.every(isAddress),
    'brokers must name one broker or more as "host:port", or `producer` must be given',
  );
  return producerFromBrokers(options);
}

function checkedSettings(options: KafkaSinkOptions, timeoutMs: number): ProducerSettings {
  const { acks: asked = -1, idempotent, compression = "none" } = options;
  check(
    asked === -1 || asked === "all" || asked === 1,
    'acks must be -1, "all" or 1: with 0, nobody would know what has been delivered',
  );
  const acks = asked === "all" ? -1 : asked;
  check(idempotent !== true || acks === -1, 'idempotent needs acks: "all"');
  check(COMPRESSIONS.includes(compression), `compression must be one of ${COMPRESSIONS.join(", ")}`);
  return { acks, idempotent, compression, timeoutMs };
}

function checkedTopic(topic: string): string {
  const isLegal = typeof topic === "string" && /^[\w.-]{1,249}$/.test(topic) && topic !== "." && topic !== "..";
  check(isLegal, "topic must be 1 to 249 of the characters A-Z, a-z, 0-9, dot, underscore and hyphen");
  return topic;
}

/** Whether it looks like an address. It isn't shown where it doesn't: a URL in its place may hold a password. */
function isAddress(text: unknown): boolean {
  return typeof text === "string" && /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(text);
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeError(`kafkaSink: ${message}`);
}
