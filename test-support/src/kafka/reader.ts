import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import { java } from "./java.ts";

/** A record as Kafka's own console consumer prints it. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly headers: string;
  readonly value: string;
}

/**
 * Reads all that a topic holds now, with the console consumer of Kafka itself, which shares no code with what wrote it.
 */
export async function readTopic(bootstrap: readonly string[], topic: string): Promise<ReadRecord[]> {
  const count = await countRecords(bootstrap, topic);
  if (count === 0) return [];
  const printed = ["partition", "offset", "headers", "key"].flatMap((what) => ["--property", `print.${what}=true`]);
  const output = await java([
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    ...["--bootstrap-server", bootstrap.join(), "--topic", topic, "--from-beginning", "--timeout-ms", "60000"],
    ...["--max-messages", String(count)],
    ...printed,
  ]);
  const records = output.split("\n").flatMap((line) => {
    const match = /^Partition:(\d+)\tOffset:(\d+)\t([^\t]*)\t([^\t]*)\t(.*)$/.exec(line);
    if (match === null) return [];
    const [, partition, offset, headers = "", key = "", value = ""] = match;
    return [{ partition: Number(partition), offset: Number(offset), headers, key, value }];
  });
  if (records.length !== count) throw new Error(`read ${records.length} records of ${count} in ${topic}`);
  return records;
}

/** How many records the topic holds now. */
export async function countRecords(bootstrap: readonly string[], topic: string): Promise<number> {
  const admin = new Kafka({ brokers: [...bootstrap], logLevel: logLevel.NOTHING, connectionTimeout: 30_000 }).admin();
  await admin.connect();
  try {
    const partitions = await admin.fetchTopicOffsets(topic);
    return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}

/** The values of all that a topic holds now, read by KafkaJS in this process: soon, where many topics are read. */
export async function readValues(bootstrap: readonly string[], topic: string): Promise<string[]> {
  const count = await countRecords(bootstrap, topic);
  const values: string[] = [];
  if (count === 0) return values;
  const kafka = new Kafka({ brokers: [...bootstrap], logLevel: logLevel.NOTHING, connectionTimeout: 30_000 });
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on("consumer.crash", ({ payload: { restart, error } }) => {
        if (!restart) reject(error);
      });
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(String(message.value));
            if (values.length === count) resolve();
          },
        })
        .catch(reject);
    });
    return values.slice(0, count);
  } finally {
    await consumer.disconnect();
  }
}
