import { abortable } from "@alumiini/delivery";
import type { Classification, Compression, KafkaProducer, KafkaRecord, ProducerSettings } from "../producer.js";
import { classifyClientError } from "./classification.js";
import { Lanes } from "./client-adapter.js";
import {
  asBuffer,
  confirmedOffset,
  countPartitions,
  type SendMessage,
  type SentPartition,
  type TopicAdmin,
} from "./kafkajs-api.js";
import { ReplaceableClient } from "./replaceable-client.js";

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

/** Milliseconds without use after which the client disconnects: connected, KafkaJS takes some percent of a CPU. */
const IDLE_MS = 10_000;
/** Retries that KafkaJS must make itself when it is idempotent, or it refuses to start. */
const IDEMPOTENT_RETRIES = 5;

const COMPRESSION_TYPES: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/**
 * A producer on KafkaJS 2.2, with guards against its silent losses: the sink chooses the partition, one `send` goes to
 * one partition, and what `send` answers is verified for that partition. Retries are the sink's. It makes its own
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
  return kafkajsFrom(async () => kafka);
}

/** As {@link kafkajsProducer}, with a `Kafka` that is made when it is first needed. */
export function kafkajsFrom(load: () => Promise<KafkaJsClient>): KafkaProducer {
  return new KafkaJsAdapter(load);
}

class KafkaJsAdapter implements KafkaProducer {
  readonly #load: () => Promise<KafkaJsClient>;
  readonly #lanes = new Lanes();
  readonly #client: ReplaceableClient<KafkaJsProducer>;
  #settings: ProducerSettings = { acks: -1, idempotent: undefined, compression: "none", timeoutMs: 30_000 };

  constructor(load: () => Promise<KafkaJsClient>) {
    this.#load = load;
    this.#client = new ReplaceableClient({
      open: () => this.#connect(),
      close: (client) => client.disconnect(),
      idleMs: IDLE_MS,
    });
  }

  async connect(settings: ProducerSettings, signal: AbortSignal): Promise<void> {
    this.#settings = settings;
    await this.#client.use(async () => {}, signal);
  }

  async partitionsFor(topic: string, signal: AbortSignal): Promise<number> {
    return abortable(countPartitions(await this.#load(), topic), signal);
  }

  produce(
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<{ readonly baseOffset: string }> {
    const send = () => this.#client.use((client) => this.#send(client, topic, partition, records, signal), signal);
    // While one attempt is unsettled, KafkaJS gives the next one its sequence numbers, and the broker takes the second
    // for a duplicate of the first and drops it.
    return this.#settings.idempotent === true ? this.#lanes.run(`${partition} ${topic}`, send) : send();
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  classify(error: unknown): Classification {
    return classifyClientError(error);
  }

  async #connect(): Promise<KafkaJsProducer> {
    const { idempotent = false } = this.#settings;
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

  async #send(
    client: KafkaJsProducer,
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<{ readonly baseOffset: string }> {
    const { acks, compression, timeoutMs, idempotent } = this.#settings;
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
      if (idempotent === true || signal.aborted) this.#client.replace(client);
      throw error;
    }
  }
}
