import { sinkConformance } from "@alumiini/delivery/testing";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { describe, it } from "vitest";
import { ensureTopic } from "../src/clients/kafkajs.js";
import { type KafkaProducer, kafkaSink } from "../src/index.js";
import { CLIENTS, patientKafkajs } from "./clients.js";
import { sharedClusterBehindProxy } from "./kafka/shared-cluster.js";

const shared = sharedClusterBehindProxy();
let topics = 0;

async function newTopic(config: Record<string, string> = {}): Promise<string> {
  const topic = `conformance-${++topics}`;
  const kafka = patientKafkajs(shared().cluster.bootstrap);
  await ensureTopic(kafka, { topic, partitions: 1, replicationFactor: 1, config });
  return topic;
}

/** The broker itself refuses these records, with an answer that may be retried: too few replicas are in sync. */
function refusing(producer: KafkaProducer, refused: ReadonlySet<string>, refusingTopic: string): KafkaProducer {
  return {
    connect: (settings, signal) => producer.connect(settings, signal),
    partitionsFor: (topic, signal) => producer.partitionsFor(topic, signal),
    classify: (error) => producer.classify(error),
    close: () => producer.close(),
    produce(topic, partition, records, signal) {
      const texts = records.map(({ body }) => new TextDecoder().decode(body));
      const isRefused = [...refused].some((id) => texts.some((text) => text.includes(id)));
      return producer.produce(isRefused ? refusingTopic : topic, partition, records, signal);
    },
  };
}

describe.each(CLIENTS)("kafkaSink with $name", ({ create }) => {
  const cases = sinkConformance(
    async () => {
      const { cluster, proxy } = shared();
      const topic = await newTopic();
      const refusingTopic = await newTopic({ "min.insync.replicas": "2" });
      const refused = new Set<string>();
      return {
        createSink: (options) =>
          kafkaSink({ ...options, producer: refusing(create(cluster.bootstrap), refused, refusingTopic), topic }),
        received: async () =>
          (await readTopic(cluster.bootstrap, topic)).map(({ value }): string => JSON.parse(value).id),
        down: () => proxy.cut({ refuse: true }),
        up: () => proxy.mend(),
        refuse: (id) => void refused.add(id),
        dispose: () => proxy.mend(),
      };
    },
    { poison: true },
  );
  for (const { name, run } of cases) it(name, run);
});
