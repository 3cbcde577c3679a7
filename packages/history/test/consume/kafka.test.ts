import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { missingForKafka } from "@alumiini-internal/test-support/kafka/jars";
import { until } from "@alumiini-internal/test-support/until";
import { type Consumer, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Consumption } from "../../src/consume/intake.js";
import { consumeKafka } from "../../src/consume/kafka/consume.js";
import { StoreUnavailable } from "../../src/store/errors.js";
import { observedSpans } from "../../src/store/observed.js";
import type { Store } from "../../src/store/store.js";
import { DuckDbPlace } from "../store/duckdb-place.js";
import { countStored, payload, SampleTarget, STREAM_TABLES, storedGaps } from "./sample-target.js";

describe("consuming Kafka", () => {
  let cluster: KafkaCluster | undefined;
  let missing: string | undefined;
  let kafka: Kafka;
  let topic: string;
  let place: DuckDbPlace;
  let store: Store;
  let target: SampleTarget;
  let number = 0;
  const consumers: Consumer[] = [];
  const running: Consumption[] = [];

  beforeAll(async () => {
    missing = await missingForKafka();
    if (missing === undefined) cluster = await KafkaCluster.start();
  }, 300_000);
  afterAll(() => cluster?.stop());

  beforeEach(async (context) => {
    if (cluster === undefined) {
      context.skip(`needs a real Kafka: ${missing}`);
      return;
    }
    kafka = new Kafka({
      brokers: cluster.bootstrap,
      logLevel: logLevel.NOTHING,
      connectionTimeout: 30_000,
      retry: { retries: 20, initialRetryTime: 50 },
    });
    topic = `events-${number++}`;
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true }));
    place = await DuckDbPlace.make();
    await openStore();
  });

  afterEach(async () => {
    await stopConsumers();
    await target?.writer.close();
    await store?.close();
    await place?.remove();
  });

  async function withAdmin<T>(work: (admin: ReturnType<Kafka["admin"]>) => Promise<T>): Promise<T> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async function openStore(): Promise<void> {
    store = await place.open(STREAM_TABLES);
    target = new SampleTarget(store, { maxDelayMs: 20, retry: { firstMs: 20, longestMs: 50 } });
  }

  async function stopConsumers(): Promise<void> {
    for (const consumption of running.splice(0)) await consumption.stop();
    for (const consumer of consumers.splice(0)) await consumer.disconnect();
  }

  async function consume({ sessionTimeout = 30_000, heartbeatInterval = 1_000 } = {}): Promise<Consumption> {
    const consumer = kafka.consumer({
      groupId: `group-${topic}`,
      sessionTimeout,
      heartbeatInterval,
      maxWaitTimeInMs: 100,
      retry: { retries: 20 },
    });
    await consumer.connect();
    consumers.push(consumer);
    const consumption = await consumeKafka({ consumer, topics: [topic] }, target);
    running.push(consumption);
    return consumption;
  }

  async function produce(from: number, to: number, value = payload): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: to - from }, (_, index) => ({
      partition: (from + index) % 2,
      value: Buffer.from(value(from + index)),
      headers: { "ce-id": String(from + index) },
    }));
    await producer.send({ topic, messages });
    await producer.disconnect();
  }

  const stored = (n: number) => until(async () => (await countStored(store)).n >= n, 90_000);
  const settled = (consumption: Consumption) => until(() => consumption.stats().pending === 0);

  async function committed(): Promise<number[]> {
    const offsets = await withAdmin((admin) => admin.fetchOffsets({ groupId: `group-${topic}`, topics: [topic] }));
    return (offsets[0]?.partitions ?? []).sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  }

  it("stores what was there and what comes, once, and commits offsets behind it; poison stops nothing", async () => {
    await produce(0, 1_000);
    const consumption = await consume();
    await produce(1_000, 1_500);
    await produce(400, 500);
    await produce(0, 1, () => new TextEncoder().encode("no JSON"));
    await produce(0, 1, () => payload(7.5));
    await produce(1_500, 1_600);
    await stored(1_600);
    await until(() => consumption.stats().stored === 1_702);
    expect(consumption.stats()).toEqual({ received: 1_702, stored: 1_702, refused: 1, pending: 0, missing: 0 });
    expect(await countStored(store)).toEqual({ n: 1_600, ids: 1_600, projected: 1_600 });
    const letters = await store.query({
      sql: "select reason from dead_letters order by reason",
      columns: { reason: "text" },
    });
    expect(letters.map(({ reason }) => reason)).toEqual(["events.ts must be a bigint", "no number"]);
    await until(async () => (await committed()).reduce((sum, offset) => sum + offset, 0) === 1_702);
    expect(await storedGaps(store)).toEqual([]);
    // Written with the next group, or the next turn of the writer's clock.
    await until(async () => {
      const spans = await observedSpans(store, { from: Date.now() - 3_600_000, to: Date.now() + 60_000 });
      const streams = spans.filter(({ kind }) => kind === "stream").map(({ source }) => source);
      return streams.join() === `${topic}/0,${topic}/1`;
    });
  });

  it("commits nothing while the store is unavailable, stays in its group, and goes on by itself", async () => {
    const commit = store.commit.bind(store);
    let available = false;
    store.commit = async (...args) => {
      if (!available) throw new StoreUnavailable("the disk is full");
      return commit(...args);
    };
    await produce(0, 500);
    const consumption = await consume({ sessionTimeout: 3_000, heartbeatInterval: 600 });
    const consumer = consumers[0];
    let heartbeats = 0;
    let joins = 0;
    consumer?.on(consumer.events.HEARTBEAT, () => heartbeats++);
    consumer?.on(consumer.events.GROUP_JOIN, () => joins++);
    await until(() => consumption.stats().pending > 0);
    const before = { heartbeats, joins };
    // Five of them take as long as the group waits for one.
    await until(() => heartbeats > before.heartbeats + 5);
    expect(joins).toBe(before.joins);
    expect(await committed()).toEqual([-1, -1]);
    available = true;
    await stored(500);
    await settled(consumption);
    expect(consumption.stats()).toMatchObject({ received: 500, stored: 500 });
    expect(await countStored(store)).toEqual({ n: 500, ids: 500, projected: 500 });
  });

  it("resumes from the store's position, reads again what the store has lost, and finds what expired meanwhile", async () => {
    await produce(0, 200);
    await settled(await consume());
    await stored(200);
    await until(async () => (await committed()).join() === "100,100");
    await stopConsumers();
    // What a restored backup looks like: the group is ahead of the store.
    await target.writer.close();
    await store.close();
    await place.remove();
    place = await DuckDbPlace.make();
    await openStore();
    await produce(200, 300);
    await settled(await consume());
    await stored(300);
    await stopConsumers();

    await produce(300, 400);
    await withAdmin(async (admin) => {
      // Loads what the next call looks up.
      await admin.fetchTopicOffsets(topic);
      const partitions = [{ partition: 0, offset: "170" }];
      await admin.deleteTopicRecords({ topic, partitions });
    });
    const consumption = await consume();
    await stored(380);
    await settled(consumption);
    expect(consumption.stats()).toMatchObject({ missing: 20 });
    expect(await storedGaps(store)).toEqual([
      { stream: `kafka:${topic}`, partition: 0, first_sequence: 150, last_sequence: 169, certain: false },
    ]);
    expect(await countStored(store)).toEqual({ n: 380, ids: 380, projected: 380 });
  });

  it("shares a topic with another process of its group", async () => {
    await produce(0, 200);
    const first = await consume();
    await stored(200);
    const second = await consume();
    await produce(200, 1_200);
    await stored(1_200);
    await settled(first);
    await until(() => second.stats().stored > 0);
    expect(await countStored(store)).toEqual({ n: 1_200, ids: 1_200, projected: 1_200 });
    expect(await storedGaps(store)).toEqual([]);
  });

  it("reads a topic that was made again from its beginning, and says that what it held is not known", async () => {
    await produce(0, 100);
    await consume();
    await stored(100);
    await stopConsumers();
    const made = { topics: [{ topic, numPartitions: 2 }], waitForLeaders: true };
    await withAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      // The old one goes in its own time.
      await until(async () => (await admin.createTopics(made).catch(() => false)) === true, 90_000);
    });
    await produce(100, 140);
    await consume();
    await stored(140);
    expect(await countStored(store)).toEqual({ n: 140, ids: 140, projected: 140 });
    await until(async () => (await storedGaps(store)).length === 2, 90_000);
    expect((await storedGaps(store)).map(({ first_sequence, certain }) => [first_sequence, certain])).toEqual([
      [50, false],
      [50, false],
    ]);
  });

  it("survives a kill of the broker, and loses and repeats nothing", async () => {
    await consume();
    await produce(0, 300);
    await stored(300);
    await cluster?.broker().kill();
    await cluster?.broker().start();
    await produce(300, 600);
    await stored(600);
    expect(await countStored(store)).toEqual({ n: 600, ids: 600, projected: 600 });
  });

  it("refuses no topics", async () => {
    await expect(consumeKafka({ consumer: kafka.consumer({ groupId: "none" }), topics: [] }, target)).rejects.toThrow(
      TypeError,
    );
  });
});
