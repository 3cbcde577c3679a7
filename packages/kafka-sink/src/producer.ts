import type { Message } from "@alumiini/delivery";

/** What of a message becomes a record: its key in UTF-8, its headers in UTF-8, and the body as it is. */
export type KafkaRecord = Pick<Message, "key" | "headers" | "body">;

/** Codecs that Kafka knows. Which of them work is up to the client; KafkaJS itself brings `gzip` only. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** What a sink asks of its producer. */
export interface ProducerSettings {
  /** -1: every in-sync replica has the records; 1: the leader has. */
  readonly acks: -1 | 1;
  /** `undefined` leaves it to the producer: on where its client does it reliably. */
  readonly idempotent: boolean | undefined;
  readonly compression: Compression;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * What to do about an error:
 * - `retry`: it passes by itself: a broker restarts, a leader moves, a network is cut.
 * - `misconfigured`: somebody must act, on credentials, permissions or configuration. Retried too, but seldom.
 * - `poison`: the broker will never take these records, or one of them.
 */
export type Verdict = "retry" | "misconfigured" | "poison";

/** An error, judged. */
export interface Classification {
  readonly verdict: Verdict;
  /** What happened and what to do about it. Without credentials. */
  readonly reason: string;
}

/**
 * The narrow port between the sink and a Kafka client. `./kafkajs`, `./confluent` and `./platformatic` implement it, and
 * so can you, for another client. The sink chooses partitions, batches and retries; the producer does none of it.
 */
export interface KafkaProducer {
  /** Connects, or does nothing where it is connected. Called again after it rejected. */
  connect(settings: ProducerSettings, signal: AbortSignal): Promise<void>;
  /** How many partitions the topic has, as the cluster says now: 1 or more. Rejects where there is no such topic. */
  partitionsFor(topic: string, signal: AbortSignal): Promise<number>;
  /**
   * Appends the records to one partition, in order, and returns where the first of them went. It resolves only when the
   * broker has confirmed this very partition. When the signal aborts it rejects soon, and whatever came of the attempt
   * stays unknown.
   */
  produce(
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<{ readonly baseOffset: string }>;
  /** Releases what `connect` opened. */
  close(): Promise<void>;
  /** Judges what `connect`, `partitionsFor` or `produce` rejected with. Never throws. */
  classify(error: unknown): Classification;
}
