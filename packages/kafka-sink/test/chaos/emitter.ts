/** The process that is killed. */
import { kafkaSink } from "@alumiini/kafka-sink";
import { kafkajsProducer } from "@alumiini/kafka-sink/kafkajs";
import { platformaticProducer } from "@alumiini/kafka-sink/platformatic";
import { fileOutbox } from "@alumiini/outbox";
import { emission } from "@alumiini-internal/test-support/chaos/emission";
import { Producer } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";

const { outboxDirectory, own, onDeadLetter, emit } = emission();
const [client, broker = "", topic = ""] = own;

function createProducer() {
  if (client === "kafkajs") {
    const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
    return kafkajsProducer(kafka);
  }
  return platformaticProducer(
    (settings) => new Producer({ clientId: "chaos", bootstrapBrokers: [broker], ...settings }),
  );
}

const outbox = fileOutbox({ directory: outboxDirectory });
const sink = kafkaSink({
  producer: createProducer(),
  topic,
  outbox,
  attemptTimeoutMs: 3000,
  retry: { initialDelayMs: 20, maxDelayMs: 300, maxAttempts: 6 },
  onDeadLetter,
  onFailure: () => {},
});
await emit(sink, outbox);
