/** What KafkaJS and Confluent's client, which took over its interface, have in common, as far as it is used here. */

// The global of this name is a getter, which shows where it is asked for each record.
import { Buffer } from "node:buffer";

/** A record as `send` takes it. */
export interface SendMessage {
  key: Buffer | string;
  value: Buffer;
  partition: number;
  headers: Record<string, Buffer | string>;
}

/** What `send` returns for each partition. */
export interface SentPartition {
  readonly topicName?: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset?: string;
  readonly offset?: string;
}

/** A topic as `createTopics` takes it. */
export interface NewTopic {
  topic: string;
  numPartitions: number;
  replicationFactor: number;
  configEntries: { name: string; value: string }[];
}

/** A topic as `fetchTopicMetadata` describes it. */
export interface TopicMetadata {
  readonly name: string;
  readonly partitions: readonly unknown[];
}

/** The admin client. */
export interface TopicAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** KafkaJS returns an object, Confluent's client an array. */
  fetchTopicMetadata(options: {
    topics: string[];
  }): Promise<{ readonly topics: readonly TopicMetadata[] } | readonly TopicMetadata[]>;
  createTopics(options: { topics: NewTopic[]; waitForLeaders?: boolean }): Promise<unknown>;
}

/** Runs something on an admin client that lives as long. */
export async function withAdmin<T>(kafka: { admin(): TopicAdmin }, run: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await run(admin);
  } finally {
    // What it was asked is answered, or the error is on its way: neither waits for a farewell.
    void admin.disconnect().catch(() => {});
  }
}

/** The topic's number of partitions; 0 where the answer has no such topic. */
export async function countPartitions(kafka: { admin(): TopicAdmin }, topic: string): Promise<number> {
  const answer = await withAdmin(kafka, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const topics = "topics" in answer ? answer.topics : answer;
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
}

/**
 * The first offset that the broker confirmed for the partition.
 *
 * @throws where it did not confirm that very partition: a resolved `send` says nothing of it.
 */
export function confirmedOffset(sent: readonly SentPartition[], topic: string, partition: number): string {
  const found = sent.find((one) => one.partition === partition && (one.topicName ?? topic) === topic);
  if (found === undefined)
    throw new Error(`the client answered success, but no broker confirmed partition ${partition}`);
  if (found.errorCode !== 0) {
    throw Object.assign(new Error(`the broker refused the records for partition ${partition}`), {
      code: found.errorCode,
    });
  }
  return found.baseOffset ?? found.offset ?? "";
}

/** The bytes as a Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
