import { readProperty } from "@alumiini/core/adapter";
import { abortable } from "@alumiini/delivery";
import type { Compression, KafkaProducer, KafkaRecord } from "../producer.js";
import { ClientAdapter, type Produced } from "./client-adapter.js";
import { makeTopic, type TopicOptions } from "./ensure-topic.js";
import {
  asBuffer,
  confirmedOffset,
  countPartitions,
  type SendMessage,
  type SentPartition,
  type TopicAdmin,
} from "./kafkajs-api.js";

export type { TopicOptions } from "./ensure-topic.js";

/** What is used of a producer of Confluent's client. */
export interface ConfluentProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(record: { topic: string; messages: SendMessage[] }): Promise<readonly SentPartition[]>;
}

/** What is used of `KafkaJS.Kafka` of Confluent's client. */
export interface ConfluentClient {
  producer(config: {
    kafkaJS: { allowAutoTopicCreation: boolean; acks: number; idempotent: boolean; maxInFlightRequests?: number };
    "linger.ms": number;
    "compression.codec": Compression;
    "message.timeout.ms": number;
  }): ConfluentProducer;
  admin(): TopicAdmin;
}

/**
 * A producer on Confluent's client (`@confluentinc/kafka-javascript` 1), which is librdkafka. It makes its own
 * connections with the given `Kafka`, whose addresses, TLS, SASL and logger apply. Idempotent unless the sink says
 * otherwise: librdkafka retries by itself, and keeps order only so.
 *
 * @example
 * ```ts
 * import { kafkaSink } from "@alumiini/kafka-sink";
 * import { confluentProducer } from "@alumiini/kafka-sink/confluent";
 * import { KafkaJS } from "@confluentinc/kafka-javascript";
 *
 * const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: ["kafka-1:9092"], ssl: true } });
 * const sink = kafkaSink({ producer: confluentProducer(kafka), topic: "alumiini.events" });
 * ```
 */
export function confluentProducer(kafka: ConfluentClient): KafkaProducer {
  return new ConfluentAdapter(kafka);
}

/**
 * Makes the topic unless it is there; one that is there stays as it is. Returns whether it made it.
 *
 * @throws what the client throws, for instance because the cluster has fewer brokers than `replicationFactor`.
 */
export function ensureTopic(kafka: { admin(): TopicAdmin }, options: TopicOptions): Promise<boolean> {
  return makeTopic(kafka, options, {});
}

class ConfluentAdapter extends ClientAdapter<ConfluentProducer> {
  readonly #kafka: ConfluentClient;

  constructor(kafka: ConfluentClient) {
    super({ close: (client) => client.disconnect() });
    this.#kafka = kafka;
  }

  partitionsFor(topic: string, signal: AbortSignal): Promise<number> {
    return abortable(countPartitions(this.#kafka, topic), signal);
  }

  protected async send(
    client: ConfluentProducer,
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<Produced> {
    // The client changes the objects that it is given.
    const messages = records.map(
      ({ key, headers, body }): SendMessage => ({ key, value: asBuffer(body), partition, headers: { ...headers } }),
    );
    try {
      const sent = await abortable(client.send({ topic, messages }), signal);
      return { baseOffset: confirmedOffset(sent, topic, partition) };
    } catch (error) {
      // librdkafka gives itself up after a fatal error: it takes nothing any more.
      if (signal.aborted || readProperty(error, "fatal") === true) this.client.replace(client);
      throw error;
    }
  }

  protected async open(): Promise<ConfluentProducer> {
    const { acks, compression, timeoutMs, idempotent = acks === -1 } = this.settings;
    const producer = this.#kafka.producer({
      kafkaJS: {
        allowAutoTopicCreation: false,
        acks,
        idempotent,
        // Without sequence numbers, only one request at a time keeps a retried one from being overtaken.
        ...(idempotent ? {} : { maxInFlightRequests: 1 }),
      },
      "linger.ms": 0,
      "compression.codec": compression,
      // What it has not delivered by then comes back to the sink, rather than arriving later by itself.
      "message.timeout.ms": timeoutMs,
    });
    await producer.connect();
    return producer;
  }
}
