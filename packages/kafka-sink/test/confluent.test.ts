import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ConfluentProducer, confluentProducer } from "../src/clients/confluent.js";
import { findConfluent } from "./confluent/client.js";
import { messageOf, readIds } from "./support.js";

const RUNNING = new AbortController().signal;
const settings = { acks: -1, idempotent: undefined, compression: "zstd", timeoutMs: 5000 } as const;

/** Stands in for Confluent's `Kafka`, and keeps how its producers were made. */
function fakeClient(send: ConfluentProducer["send"]) {
  const made: Record<string, unknown>[] = [];
  const unused = () => Promise.reject(new Error("not used"));
  const admin = () => ({ connect: unused, disconnect: unused, fetchTopicMetadata: unused, createTopics: unused });
  const producer = (config: Record<string, unknown>) => {
    made.push(config);
    return { connect: async () => {}, disconnect: async () => {}, send };
  };
  return { made, kafka: { producer, admin } };
}

describe("the adapter for Confluent's client", () => {
  it("makes a producer that keeps order: idempotent, or with one request at a time", async () => {
    const { made, kafka } = fakeClient(async () => []);
    await confluentProducer(kafka).connect(settings, RUNNING);
    await confluentProducer(kafka).connect({ ...settings, acks: 1, compression: "none" }, RUNNING);
    expect(made).toEqual([
      {
        kafkaJS: { allowAutoTopicCreation: false, acks: -1, idempotent: true },
        "linger.ms": 0,
        "compression.codec": "zstd",
        "message.timeout.ms": 5000,
      },
      {
        kafkaJS: { allowAutoTopicCreation: false, acks: 1, idempotent: false, maxInFlightRequests: 1 },
        "linger.ms": 0,
        "compression.codec": "none",
        "message.timeout.ms": 5000,
      },
    ]);
  });

  it("gives the client objects that it may change", async () => {
    const { kafka } = fakeClient(async ({ topic, messages }) => {
      for (const message of messages) message.headers = { changed: "yes" };
      return [{ topicName: topic, partition: 2, errorCode: 0, baseOffset: "7" }];
    });
    const record = Object.freeze({ ...messageOf("1", "app"), headers: Object.freeze({ a: "b" }) });
    const producer = confluentProducer(kafka);
    await producer.connect(settings, RUNNING);
    expect(await producer.produce("events", 2, [record], RUNNING)).toEqual({ baseOffset: "7" });
  });

  it("makes another producer after a fatal error, and only then", async () => {
    let fatal = false;
    const { made, kafka } = fakeClient(async () => {
      throw Object.assign(new Error("no"), { code: -150, fatal });
    });
    const producer = confluentProducer(kafka);
    const produce = () => producer.produce("events", 0, [messageOf("1", "app")], RUNNING);
    await producer.connect(settings, RUNNING);
    await expect(produce()).rejects.toThrow("no");
    fatal = true;
    await expect(produce()).rejects.toThrow("no");
    expect(made).toHaveLength(1);
    await expect(produce()).rejects.toThrow("no");
    expect(made).toHaveLength(2);
  });
});

const confluent = findConfluent();
const NOT_COMPILED =
  "CONFLUENT_KAFKA_DIR does not name a directory with @confluentinc/kafka-javascript compiled for a Node that is here";

// It must be compiled for each version of Node, which no provisioning does.
it("Confluent's client loses nothing when the broker is killed", { timeout: 300_000 }, async (context) => {
  await needKafka(context);
  if (confluent === undefined) return context.skip(NOT_COMPILED);
  const cluster = await KafkaCluster.start();
  onTestFinished(() => cluster.stop());
  const script = join(import.meta.dirname, "confluent", "emit.mjs");
  const args = [script, confluent.client, cluster.bootstrap.join(), "events", "6000"];
  const child = spawn(confluent.node, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const lastLine = () => JSON.parse(output.trimEnd().split("\n").at(-1) ?? "{}");
  await until(() => output.includes("\n") && lastLine().delivered > 1000);
  await cluster.broker().kill();
  await cluster.broker().start();
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  const { emitted, ...stats } = lastLine();
  expect(stats).toMatchObject({ accepted: 6000, delivered: 6000, pending: 0 });
  expect(readIds(await readTopic(cluster.bootstrap, "events"))).toEqual(emitted);
});
