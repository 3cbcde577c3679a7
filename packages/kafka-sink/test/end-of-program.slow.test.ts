import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { describe, expect, it } from "vitest";
import { readyTopic } from "./clients.js";
import { sharedCluster } from "./kafka/shared-cluster.js";

const cluster = sharedCluster();
let topics = 0;

const PRODUCERS = {
  kafkajs: `
    import { kafkajsProducer } from "@alumiini/kafka-sink/kafkajs";
    import { Kafka, logLevel } from "kafkajs";
    const producer = kafkajsProducer(new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }));`,
  platformatic: `
    import { platformaticProducer } from "@alumiini/kafka-sink/platformatic";
    import { Producer } from "@platformatic/kafka";
    const producer = platformaticProducer((own) => new Producer({ clientId: "test", bootstrapBrokers: brokers, ...own }));`,
};

/** Runs a program over the built package that emits one event and returns. */
async function run(client: keyof typeof PRODUCERS, brokers: readonly string[], topic: string, exitWaitMs: number) {
  const code = `
    import { createTelemetry } from "@alumiini/core";
    import { kafkaSink } from "@alumiini/kafka-sink";
    const brokers = ${JSON.stringify(brokers)};
    ${PRODUCERS[client]}
    const sink = kafkaSink({ producer, topic: ${JSON.stringify(topic)}, exitWaitMs: ${exitWaitMs}, onFailure() {} });
    const telemetry = createTelemetry({ clusterId: "prod" });
    telemetry.subscribe(sink);
    telemetry.emit("sync_completed", { repoName: "app", namespace: "team", trigger: "poll", durationMs: 1 });`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", code], {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 90_000,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (data: string) => {
    stderr += data;
  });
  const [status] = await once(child, "close");
  return { status, stderr };
}

describe.each(["kafkajs", "platformatic"] as const)("a program that emits and returns, with %s", (client) => {
  it("ends by itself once the event is delivered", async () => {
    const topic = `ends-${++topics}`;
    await readyTopic(cluster().bootstrap, { topic, partitions: 1 });
    expect(await run(client, cluster().bootstrap, topic, 60_000)).toEqual({ status: 0, stderr: "" });
    expect(await readTopic(cluster().bootstrap, topic)).toHaveLength(1);
  });

  it("says what is lost where the broker is down, and ends", async () => {
    const { status, stderr } = await run(client, ["127.0.0.1:1"], "events", 3000);
    expect(status).toBe(0);
    expect(stderr).toContain('sink "kafka": 1 messages are lost');
  });
});
