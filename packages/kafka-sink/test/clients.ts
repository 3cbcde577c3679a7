import { countRecords } from "@alumiini-internal/test-support/kafka/reader";
import { until } from "@alumiini-internal/test-support/until";
import { Producer } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";
import { ensureTopic, kafkajsProducer, type TopicOptions } from "../src/clients/kafkajs.js";
import { platformaticProducer } from "../src/clients/platformatic.js";
import { type KafkaProducer, kafkaSink } from "../src/index.js";
import type { KafkaSinkOptions } from "../src/options.js";

/** KafkaJS that prints nothing and fails at once. */
function kafkajs(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 1 } });
}

/** KafkaJS for what the tests themselves do: that a broker is slow is no failure of theirs. */
export function patientKafkajs(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, connectionTimeout: 30_000 });
}

/** Makes a topic, and waits until its leaders take part: a client that comes sooner is told that they are none. */
export async function readyTopic(bootstrap: readonly string[], options: TopicOptions): Promise<void> {
  await ensureTopic(patientKafkajs(bootstrap), { replicationFactor: 1, ...options });
  await until(() =>
    countRecords(bootstrap, options.topic).then(
      () => true,
      () => false,
    ),
  );
}

/** The clients that run everywhere. Confluent's, which must be compiled, has a test of its own. */
export const CLIENTS: readonly { readonly name: string; readonly create: (brokers: string[]) => KafkaProducer }[] = [
  { name: "kafkajs", create: (brokers) => kafkajsProducer(kafkajs(brokers)) },
  {
    name: "@platformatic/kafka",
    create: (bootstrapBrokers) =>
      platformaticProducer((settings) => new Producer({ clientId: "test", bootstrapBrokers, ...settings })),
  },
];

/** A sink that tries again soon. */
export function impatientSink(options: KafkaSinkOptions) {
  return kafkaSink({ retry: { initialDelayMs: 50, maxDelayMs: 500 }, ...options });
}
