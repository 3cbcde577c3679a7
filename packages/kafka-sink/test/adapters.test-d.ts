import { KafkaJS } from "@confluentinc/kafka-javascript";
import { Producer } from "@platformatic/kafka";
import { Kafka } from "kafkajs";
import { expectTypeOf, it } from "vitest";
import { confluentProducer, ensureTopic as ensureConfluentTopic } from "../src/clients/confluent.js";
import { ensureTopic, kafkajsProducer } from "../src/clients/kafkajs.js";
import { platformaticProducer } from "../src/clients/platformatic.js";
import { type KafkaProducer, type KafkaSinkOptions, kafkaSink } from "../src/index.js";

const bootstrapBrokers = ["127.0.0.1:9092"];

it("each adapter takes its client as the client's own types describe it", () => {
  const kafkajs = new Kafka({ brokers: bootstrapBrokers });
  const confluent = new KafkaJS.Kafka({ kafkaJS: { brokers: bootstrapBrokers } });
  expectTypeOf(kafkajsProducer(kafkajs)).toEqualTypeOf<KafkaProducer>();
  expectTypeOf(confluentProducer(confluent)).toEqualTypeOf<KafkaProducer>();
  expectTypeOf(
    platformaticProducer((settings) => new Producer({ clientId: "test", bootstrapBrokers, ...settings })),
  ).toEqualTypeOf<KafkaProducer>();
  expectTypeOf(ensureTopic(kafkajs, { topic: "events" })).resolves.toBeBoolean();
  expectTypeOf(ensureConfluentTopic(confluent, { topic: "events" })).resolves.toBeBoolean();
});

it("a sink connects in one way, not in two", () => {
  const producer = kafkajsProducer(new Kafka({ brokers: bootstrapBrokers }));
  expectTypeOf({ topic: "events", producer }).toExtend<KafkaSinkOptions>();
  expectTypeOf({ topic: "events", brokers: bootstrapBrokers }).toExtend<KafkaSinkOptions>();
  expectTypeOf({ topic: "events" }).not.toExtend<KafkaSinkOptions>();
  expectTypeOf({ topic: "events", producer, brokers: bootstrapBrokers }).not.toExtend<KafkaSinkOptions>();
  // @ts-expect-error acks: 0 would count as delivered what nobody has confirmed
  kafkaSink({ topic: "events", producer, acks: 0 });
});
