import type { Sink } from "@alumiini/delivery";
import { type KafkaProducer, kafkaSink } from "@alumiini/kafka-sink";
import { ensureTopic, kafkajsProducer } from "@alumiini/kafka-sink/kafkajs";
import { Kafka, logLevel } from "kafkajs";
import type { Logger } from "pino";

/** The topic that the demo's events go to. */
const TOPIC = "alumiini.events";

/** A sink into Kafka. The topic is made when a connection finds none. */
export function demoKafkaSink(brokers: string, logger: Logger): Sink {
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const kafkajs = kafkajsProducer(kafka);
  const producer: KafkaProducer = {
    async connect(settings, signal) {
      await ensureTopic(kafka, { topic: TOPIC, partitions: 3, replicationFactor: 1 });
      await kafkajs.connect(settings, signal);
    },
    partitionsFor: (topic, signal) => kafkajs.partitionsFor(topic, signal),
    produce: (topic, partition, records, signal) => kafkajs.produce(topic, partition, records, signal),
    close: () => kafkajs.close(),
    classify: (error) => kafkajs.classify(error),
  };
  return kafkaSink({ producer, topic: TOPIC, onFailure: ({ message }) => logger.warn(`Kafka: ${message}`) });
}
