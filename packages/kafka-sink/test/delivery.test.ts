import { createTelemetry, parseWire, toWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { seeded } from "@alumiini-internal/test-support/seeded";
import { expectConserved, recordFailures } from "@alumiini-internal/test-support/sinks";
import { emitTraffic } from "@alumiini-internal/test-support/traffic";
import { describe, expect, it } from "vitest";
import { ensureTopic } from "../src/clients/kafkajs.js";
import { kafkaSink } from "../src/index.js";
import { CLIENTS, patientKafkajs, readyTopic } from "./clients.js";
import { sharedCluster } from "./kafka/shared-cluster.js";
import { cloudEventOf, eventOf, readIds } from "./support.js";

const cluster = sharedCluster();
let topics = 0;

/** A topic of its own for each test. */
async function newTopic(partitions = 3): Promise<string> {
  const topic = `topic-${++topics}`;
  await readyTopic(cluster().bootstrap, { topic, partitions });
  return topic;
}

describe.each(CLIENTS)("with $name", ({ create }) => {
  it("every event arrives as it was emitted, keyed by its repository and in order", async () => {
    const topic = await newTopic();
    const sink = kafkaSink({ producer: create(cluster().bootstrap), topic });
    const samples = sampleEvents();
    for (const event of samples) sink.handle(event);
    const emitted = await emitTraffic(sink, 3000, seeded(1));
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: samples.length + 3000, pending: 0, retries: 0 });
    expectConserved(sink);
    await sink.close();

    const records = await readTopic(cluster().bootstrap, topic);
    expect(records).toHaveLength(samples.length + 3000);
    expect(new Set(records.map(({ headers }) => headers))).toEqual(new Set(["content-type:application/json"]));
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(3);
    const read = readIds(records);
    for (const [repository, ids] of Object.entries(emitted)) expect(read[repository]).toEqual(ids);
    const byId = new Map(records.map(({ value }) => [JSON.parse(value).id, value]));
    for (const event of samples) {
      expect(byId.get(event.id)).toBe(JSON.stringify(toWire(event)));
      expect(parseWire(JSON.parse(byId.get(event.id) ?? ""))).toMatchObject({ ok: true });
    }
  });

  it("CloudEvents travel in both modes of the Kafka binding, compressed too", async () => {
    const topic = await newTopic();
    const producer = () => create(cluster().bootstrap);
    const encode = (event: ReturnType<typeof eventOf>) => [cloudEventOf(event)];
    const options = { topic, encode, key: () => "the-key" };
    const structured = kafkaSink({ ...options, producer: producer(), compression: "gzip" });
    const binary = kafkaSink({ ...options, producer: producer(), contentMode: "binary" });
    const event = eventOf("my-app");
    structured.handle(event);
    await structured.flush();
    binary.handle(event);
    await binary.flush();
    await Promise.all([structured.close(), binary.close()]);

    const [first, second] = await readTopic(cluster().bootstrap, topic);
    expect(first).toMatchObject({
      key: "the-key",
      headers: "content-type:application/cloudevents+json; charset=UTF-8",
    });
    expect(JSON.parse(first?.value ?? "")).toEqual(cloudEventOf(event));
    expect(second?.value).toBe('{"repository":"my-app"}');
    expect(second?.headers.split(",").sort()).toEqual([
      `ce_id:${event.id}`,
      "ce_partitionkey:my-app",
      "ce_source:/clusters/päämaja",
      "ce_specversion:1.0",
      `ce_type:dev.test.${event.type}`,
      "content-type:application/json",
    ]);
  });

  it("nothing is lost or stored twice when it is idempotent, or waits for the leader alone", async () => {
    const topic = await newTopic();
    for (const settings of [{ idempotent: true }, { acks: 1 }] as const) {
      const sink = kafkaSink({ producer: create(cluster().bootstrap), topic, ...settings });
      await emitTraffic(sink, 1000, seeded(2));
      await sink.flush();
      expect(sink.stats()).toMatchObject({ delivered: 1000, pending: 0 });
      await sink.close();
    }
    const records = await readTopic(cluster().bootstrap, topic);
    expect(Object.values(readIds(records)).flat()).toHaveLength(2000);
    expect(records).toHaveLength(2000);
  });
});

describe("with brokers alone", () => {
  it("it connects by itself, in the background", async () => {
    const topic = await newTopic();
    const telemetry = createTelemetry({ clusterId: "prod" });
    const sink = kafkaSink({ brokers: cluster().bootstrap, topic });
    telemetry.subscribe(sink);
    telemetry.emit("worker_started", { repoName: "my-app", namespace: "team" });
    await sink.ready();
    await telemetry.close();
    const [record, ...others] = await readTopic(cluster().bootstrap, topic);
    expect(record).toMatchObject({ key: "my-app", headers: "content-type:application/json" });
    expect(others).toEqual([]);
  });

  it("each event may have a topic of its own", async () => {
    const [one, two] = [await newTopic(), await newTopic()];
    const { onFailure } = recordFailures();
    const sink = kafkaSink({
      brokers: cluster().bootstrap,
      topic: ({ repoName }) => (repoName === "a" ? one : repoName === "b" ? two : "no topic"),
      onFailure,
    });
    for (const repoName of ["a", "b", "c"]) sink.handle(eventOf(repoName, { id: repoName }));
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: 2, dropped: { encode_failed: 1 } });
    await sink.close();
    expect(readIds(await readTopic(cluster().bootstrap, one))).toEqual({ a: ["a"] });
    expect(readIds(await readTopic(cluster().bootstrap, two))).toEqual({ b: ["b"] });
  });
});

it("ensureTopic makes a topic once, with what it was asked for", async () => {
  const kafka = patientKafkajs(cluster().bootstrap);
  const options = { topic: "ensured", partitions: 2, replicationFactor: 1, config: { "retention.ms": "60000" } };
  expect(await ensureTopic(kafka, options)).toBe(true);
  expect(await ensureTopic(kafka, { ...options, partitions: 5 })).toBe(false);
  const admin = kafka.admin();
  await admin.connect();
  const { topics: found } = await admin.fetchTopicMetadata({ topics: ["ensured"] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: "ensured", configNames: ["retention.ms", "min.insync.replicas"] }],
  });
  await admin.disconnect();
  expect(found[0]?.partitions).toHaveLength(2);
  const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [];
  expect(Object.fromEntries(entries)).toEqual({ "retention.ms": "60000", "min.insync.replicas": "1" });
  await expect(ensureTopic(kafka, { ...options, topic: "too-many", replicationFactor: 3 })).rejects.toThrow();
});
