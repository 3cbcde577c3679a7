import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { recordFailures } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { describe, expect, it } from "vitest";
import { kafkajsProducer } from "../src/clients/kafkajs.js";
import type { KafkaProducer } from "../src/index.js";
import { CLIENTS, impatientSink, patientKafkajs } from "./clients.js";
import { sharedCluster } from "./kafka/shared-cluster.js";
import { eventOf, readIds } from "./support.js";

// Two real brokers: the partitions 0 and 1 of each topic have one leader each, until both move to broker 1.
// None of them dies here, and a slow one must not be taken for dead.
const cluster = sharedCluster({ brokers: 2, properties: async () => ({ "broker.session.timeout.ms": "60000" }) });
let topics = 0;

async function newTopic(): Promise<string> {
  const topic = `moving-${++topics}`;
  const admin = patientKafkajs(cluster().bootstrap).admin();
  await admin.connect();
  const replicaAssignment = [
    { partition: 0, replicas: [1] },
    { partition: 1, replicas: [2] },
  ];
  await admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}

/** Moves partition 1 to broker 1, which the producers do not know yet. */
async function moveLeader(topic: string): Promise<void> {
  const admin = patientKafkajs(cluster().bootstrap).admin();
  await admin.connect();
  await admin.alterPartitionReassignments({
    topics: [{ topic, partitionAssignment: [{ partition: 1, replicas: [1] }] }],
  });
  await until(async () => {
    const [found] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
    return found?.partitions.find(({ partitionId }) => partitionId === 1)?.leader === 1;
  });
  await admin.disconnect();
}

/** Ten keys for each of two partitions. */
function keysForBoth(): string[] {
  const partitioner = Partitioners.DefaultPartitioner();
  const partitionMetadata = [0, 1].map((partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [],
    isr: [],
  }));
  const keys = Array.from({ length: 200 }, (_, index) => `app-${index}`);
  const of = (partition: number) =>
    keys.filter((key) => partitioner({ topic: "", partitionMetadata, message: { key, value: "" } }) === partition);
  return [...of(0).slice(0, 10), ...of(1).slice(0, 10)];
}

describe("when the leader of a partition moves to a broker that has already answered", () => {
  it("KafkaJS by itself says that all is well and has lost messages", async () => {
    const topic = await newTopic();
    const kafka = patientKafkajs(cluster().bootstrap);
    const producer = kafka.producer({ retry: { retries: 5 }, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const messages = keysForBoth().map((key) => ({ key, value: JSON.stringify({ id: key }) }));
    await producer.send({ topic, messages: messages.map(({ key }) => ({ key, value: '{"id":"before"}' })) });
    await moveLeader(topic);
    await producer.send({ topic, messages, acks: -1 });
    await producer.disconnect();
    const stored = new Set((await readTopic(cluster().bootstrap, topic)).map(({ value }) => JSON.parse(value).id));
    // This is what the guards are for. Should a release of KafkaJS fix it, this test will say so.
    expect(messages.filter(({ key }) => !stored.has(key))).toHaveLength(10);
  });

  it.each(CLIENTS)("the sink loses nothing with $name", async ({ create }) => {
    expect(await loseNothing(create)).toEqual({ lost: [], extra: 0 });
  });

  it("the sink loses nothing with a KafkaJS that retries by itself either", async () => {
    const retrying = (brokers: string[]) => kafkajsProducer(new Kafka({ brokers, logLevel: logLevel.NOTHING }));
    expect(await loseNothing(retrying)).toEqual({ lost: [], extra: 0 });
  });

  async function loseNothing(create: (brokers: string[]) => KafkaProducer) {
    const topic = await newTopic();
    const { onFailure } = recordFailures();
    const sink = impatientSink({ producer: create(cluster().bootstrap), topic, onFailure });
    const keys = keysForBoth();
    for (const key of keys) sink.handle(eventOf(key, { id: `before ${key}` }));
    await sink.flush();
    await moveLeader(topic);
    for (const key of keys) sink.handle(eventOf(key, { id: key }));
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: 40, pending: 0 });
    await sink.close();
    const records = await readTopic(cluster().bootstrap, topic);
    const stored = Object.values(readIds(records)).flat();
    return { lost: keys.filter((key) => !stored.includes(key)), extra: records.length - 40 };
  }
});

describe("a partition that does not exist", () => {
  it("is no success with KafkaJS, whose send answers success for it", async () => {
    const topic = await newTopic();
    const raw = patientKafkajs(cluster().bootstrap).producer({ createPartitioner: () => () => 7 });
    await raw.connect();
    expect(await raw.send({ topic, messages: [{ key: "a", value: "lost" }] })).toEqual([]);
    await raw.disconnect();

    const [client] = CLIENTS;
    const producer = client?.create(cluster().bootstrap);
    const signal = AbortSignal.timeout(100_000);
    await producer?.connect({ acks: -1, idempotent: undefined, compression: "none", timeoutMs: 5000 }, signal);
    const record = { key: "a", headers: {}, body: new Uint8Array(1) };
    await expect(producer?.produce(topic, 7, [record], signal)).rejects.toThrow("no broker confirmed partition 7");
    await producer?.close();
  });
});
