/**
 * Emits events to Kafka with Confluent's client, and prints what the sink counted. A program of its own, because the
 * client's native part fits one version of Node alone: node emit.mjs <path of the client> <brokers> <topic> <events>
 */
import { createRequire } from "node:module";
import { createTelemetry } from "@alumiini/core";
import { kafkaSink } from "@alumiini/kafka-sink";
import { confluentProducer, ensureTopic } from "@alumiini/kafka-sink/confluent";

const [client, brokers, topic, events] = process.argv.slice(2);
const { KafkaJS } = createRequire(import.meta.url)(client);
const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: brokers.split(","), logLevel: KafkaJS.logLevel.NOTHING } });
await ensureTopic(kafka, { topic, partitions: 3, replicationFactor: 1 });

const sink = kafkaSink({
  producer: confluentProducer(kafka),
  topic,
  attemptTimeoutMs: 3000,
  retry: { initialDelayMs: 50, maxDelayMs: 500 },
  onFailure: () => {},
});
const telemetry = createTelemetry({ clusterId: "prod" });
const emitted = {};
telemetry.subscribe(sink);
telemetry.subscribe({
  name: "record",
  handle({ repoName, id }) {
    emitted[repoName] = [...(emitted[repoName] ?? []), id];
  },
});
for (let sent = 0; sent < Number(events); sent++) {
  while (sink.stats().pending > 500) await new Promise((resolve) => setTimeout(resolve, 1));
  telemetry.emit("worker_started", { repoName: `app-${sent % 20}`, namespace: "team" });
  if (sent % 100 === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write(`${JSON.stringify({ delivered: sink.stats().delivered })}\n`);
  }
}
await sink.flush();
await sink.close();
const { accepted, delivered, pending, retries } = sink.stats();
process.stdout.write(`${JSON.stringify({ accepted, delivered, pending, retries, emitted })}\n`);
