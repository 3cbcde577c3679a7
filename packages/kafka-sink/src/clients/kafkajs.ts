import { abortable } from "@alumiini/delivery";
import type { BrokerOptions } from "../options.js";
import type { Compression, KafkaProducer, KafkaRecord } from "../producer.js";
import { ClientAdapter, IDLE_MS, type Produced } from "./client-adapter.js";
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

/** What is used of a KafkaJS producer. */
export interface KafkaJsProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(record: {
    topic: string;
    messages: SendMessage[];
    acks: number;
    timeout: number;
    compression: number;
  }): Promise<readonly SentPartition[]>;
}

/** What is used of KafkaJS' `Kafka`. */
export interface KafkaJsClient {
  producer(config: {
    allowAutoTopicCreation: boolean;
    idempotent: boolean;
    retry: { retries: number };
    createPartitioner: () => (args: { message: { partition?: number } }) => number;
  }): KafkaJsProducer;
  admin(): TopicAdmin;
}

/** Retries that KafkaJS must make itself when it is idempotent, or it refuses to start. */
const IDEMPOTENT_RETRIES = 5;

const COMPRESSION_TYPES: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/**
 * A producer on KafkaJS 2.2, with guards against its silent losses: the sink chooses the partition, one `send` goes to
 * one partition, and what `send` returns is verified for that partition. Retries are the sink's. It makes its own
 * connections with the given `Kafka`, whose addresses, TLS, SASL and logger apply, and disconnects them while idle.
 *
 * @example
 * ```ts
 * import { kafkaSink } from "@alumiini/kafka-sink";
 * import { kafkajsProducer } from "@alumiini/kafka-sink/kafkajs";
 * import { Kafka, logLevel } from "kafkajs";
 *
 * const kafka = new Kafka({ brokers: ["kafka-1:9092"], ssl: true, logLevel: logLevel.NOTHING, retry: { retries: 0 } });
 * const sink = kafkaSink({ producer: kafkajsProducer(kafka), topic: "alumiini.events" });
 * ```
 */
export function kafkajsProducer(kafka: KafkaJsClient): KafkaProducer {
  return new KafkaJsAdapter(async () => kafka);
}

/** A producer on KafkaJS, which is loaded when it first connects. */
export function producerFromBrokers({ brokers, clientId = "alumiini", ssl, sasl }: BrokerOptions): KafkaProducer {
  return new KafkaJsAdapter(async (): Promise<KafkaJsClient> => {
    const { Kafka, logLevel } = await importKafkaJs();
    return new Kafka({
      brokers: [...brokers],
      clientId,
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
      // Whichever broker is down, another gets its turn. All other retries are the sink's.
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: brokers.length },
      // What fails is reported by the sink, in words that say what to do.
      logLevel: logLevel.NOTHING,
    });
  });
}

async function importKafkaJs() {
  try {
    return await import("kafkajs");
  } catch (error) {
    throw Object.assign(
      new Error("`brokers` needs the package kafkajs: install it, or pass a `producer` on another client", {
        cause: error,
      }),
      { name: "MissingClientError" },
    );
  }
}

/**
 * Makes the topic unless it is there; one that is there stays as it is. Returns whether it made it.
 *
 * @throws what the client throws, for instance because the cluster has fewer brokers than `replicationFactor`.
 */
export function ensureTopic(kafka: { admin(): TopicAdmin }, options: TopicOptions): Promise<boolean> {
  // KafkaJS' own way of waiting fails where a broker has not heard of the topic yet.
  return makeTopic(kafka, options, { waitForLeaders: false });
}

class KafkaJsAdapter extends ClientAdapter<KafkaJsProducer> {
  readonly #load: () => Promise<KafkaJsClient>;

  constructor(load: () => Promise<KafkaJsClient>) {
    super({ close: (client) => client.disconnect(), idleMs: IDLE_MS });
    this.#load = load;
  }

  async partitionsFor(topic: string, signal: AbortSignal): Promise<number> {
    return abortable(countPartitions(await this.#load(), topic), signal);
  }

  protected async open(): Promise<KafkaJsProducer> {
    const { idempotent = false } = this.settings;
    const kafka = await this.#load();
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent,
      retry: { retries: idempotent ? IDEMPOTENT_RETRIES : 0 },
      // Every record names its partition.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      // A broker may have been reached before another failed.
      void producer.disconnect().catch(() => {});
      throw error;
    }
  }

  protected async send(
    client: KafkaJsProducer,
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<Produced> {
    const { acks, compression, timeoutMs, idempotent } = this.settings;
    const messages = records.map(
      ({ key, headers, body }): SendMessage => ({ key, value: asBuffer(body), partition, headers }),
    );
    const sending = client.send({
      topic,
      messages,
      acks,
      timeout: timeoutMs,
      compression: COMPRESSION_TYPES[compression],
    });
    try {
      return { baseOffset: confirmedOffset(await abortable(sending, signal), topic, partition) };
    } catch (error) {
      // Nobody knows what became of it: the connection may be dead, the sequence numbers may be wrong.
      if (idempotent === true || signal.aborted) this.client.replace(client);
      throw error;
    }
  }
}
