// The global of this name is a getter, which shows where it is asked for each record.
import { Buffer } from "node:buffer";
import { abortable } from "@alumiini/delivery";
import type { Compression, KafkaProducer, KafkaRecord } from "../producer.js";
import { ClientAdapter, IDLE_MS, type Produced } from "./client-adapter.js";
import { asBuffer } from "./kafkajs-api.js";

/** A record as `send` takes it. */
export interface PlatformaticMessage {
  topic: string;
  partition: number;
  key: Buffer;
  value: Buffer;
  headers: Map<Buffer, Buffer>;
}

/** What is used of a `Producer` of @platformatic/kafka. */
export interface PlatformaticProducer {
  listApis(): Promise<unknown>;
  metadata(options: {
    topics: string[];
    forceUpdate: boolean;
  }): Promise<{ topics: ReadonlyMap<string, { readonly partitionsCount: number }> }>;
  clearMetadata(): void;
  send(options: {
    messages: PlatformaticMessage[];
    acks: number;
    idempotent: boolean;
    compression: Compression;
  }): Promise<{ offsets?: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[] }>;
  close(): Promise<void>;
}

/** What a `Producer` must be made with: the sink retries, and topics are not made by accident. */
export interface PlatformaticSettings {
  readonly retries: 0;
  readonly autocreateTopics: false;
  readonly requestTimeout: number;
}

/**
 * A producer on @platformatic/kafka 2. `create` makes a `Producer` with the settings that it is given; it is called again
 * where a connection may be dead. Needs Node 22 or later.
 *
 * @example
 * ```ts
 * import { kafkaSink } from "@alumiini/kafka-sink";
 * import { platformaticProducer } from "@alumiini/kafka-sink/platformatic";
 * import { Producer } from "@platformatic/kafka";
 *
 * const producer = platformaticProducer(
 *   (settings) => new Producer({ clientId: "alumiini", bootstrapBrokers: ["kafka-1:9092"], ...settings }),
 * );
 * const sink = kafkaSink({ producer, topic: "alumiini.events" });
 * ```
 */
export function platformaticProducer(create: (settings: PlatformaticSettings) => PlatformaticProducer): KafkaProducer {
  return new PlatformaticAdapter(create);
}

class PlatformaticAdapter extends ClientAdapter<PlatformaticProducer> {
  readonly #create: (settings: PlatformaticSettings) => PlatformaticProducer;
  readonly #encodeHeaders = rememberLast(encodeHeaders);
  readonly #encodeKey = rememberLast((key: string) => Buffer.from(key));

  constructor(create: (settings: PlatformaticSettings) => PlatformaticProducer) {
    super({ close: (client) => client.close(), idleMs: IDLE_MS });
    this.#create = create;
  }

  partitionsFor(topic: string, signal: AbortSignal): Promise<number> {
    return this.client.use(async (client) => {
      const { topics } = await abortable(client.metadata({ topics: [topic], forceUpdate: true }), signal);
      return topics.get(topic)?.partitionsCount ?? 0;
    }, signal);
  }

  protected async open(): Promise<PlatformaticProducer> {
    const client = this.#create({ retries: 0, autocreateTopics: false, requestTimeout: this.settings.timeoutMs });
    try {
      await client.listApis();
      return client;
    } catch (error) {
      void client.close().catch(() => {});
      throw error;
    }
  }

  protected async send(
    client: PlatformaticProducer,
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<Produced> {
    const { acks, compression, idempotent = false } = this.settings;
    const messages = records.map(
      ({ key, headers, body }): PlatformaticMessage => ({
        topic,
        partition,
        key: this.#encodeKey(key),
        value: asBuffer(body),
        headers: this.#encodeHeaders(headers),
      }),
    );
    try {
      const { offsets = [] } = await abortable(client.send({ messages, acks, idempotent, compression }), signal);
      const confirmed = offsets.find((one) => one.topic === topic && one.partition === partition);
      if (confirmed === undefined) throw new Error(`no broker confirmed partition ${partition}`);
      return { baseOffset: String(confirmed.offset) };
    } catch (error) {
      // The leader may have moved: the client itself would believe what it knows for minutes.
      client.clearMetadata();
      if (idempotent || signal.aborted) this.client.replace(client);
      throw error;
    }
  }
}

function encodeHeaders(headers: KafkaRecord["headers"]): Map<Buffer, Buffer> {
  return new Map(Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]));
}

/** Most records share their key and their headers with the one before. */
function rememberLast<A, R>(compute: (argument: A) => R): (argument: A) => R {
  let last: { readonly argument: A; readonly result: R } | undefined;
  return (argument) => {
    if (last?.argument !== argument) last = { argument, result: compute(argument) };
    return last.result;
  };
}
