import { type AluminiEvent, toWire } from "@alumiini/core";
import { type KafkaProducer, kafkaSink } from "@alumiini/kafka-sink";
import { kafkajsProducer } from "@alumiini/kafka-sink/kafkajs";
import { platformaticProducer } from "@alumiini/kafka-sink/platformatic";
import { Producer } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";
import { verifyThat } from "../benchmark.ts";
import type { Publisher } from "../throughput.ts";

/** What both contenders do alike. */
export interface Batching {
  readonly topic: string;
  readonly messages: number;
  readonly inFlight: number;
}

/** A publisher that sends in batches. */
export interface BatchPublisher extends Publisher {
  /** Messages in a batch so far, on average. */
  meanBatch(): number;
}

/**
 * A sink and the same client by itself. `lingerMs`: how long the sink waits for a batch to fill, while the client alone is
 * handed full ones.
 */
export async function contenders(
  client: string,
  broker: string,
  batching: Batching,
  lingerMs: number,
): Promise<[BatchPublisher, BatchPublisher]> {
  if (client === "platformatic") {
    const bootstrapBrokers = [broker];
    const create = (settings: object) => new Producer({ clientId: "bench", bootstrapBrokers, ...settings });
    return [sink(platformaticProducer(create), batching, lingerMs), rawPlatformatic(create({ retries: 0 }), batching)];
  }
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  return [sink(kafkajsProducer(kafka), batching, lingerMs), await rawKafkajs(kafka, batching)];
}

function sink(producer: KafkaProducer, { topic, messages, inFlight }: Batching, lingerMs: number): BatchPublisher {
  const window = messages * inFlight;
  const kafka = kafkaSink({
    producer,
    topic,
    maxBatchMessages: messages,
    maxInFlight: inFlight,
    lingerMs,
    maxQueueMessages: 4 * window,
  });
  return {
    name: "kafkaSink",
    async publish(events) {
      for (let next = 0; next < events.length; ) {
        const room = Math.min(messages, 4 * window - kafka.stats().pending);
        for (const event of events.slice(next, next + room)) kafka.handle(event);
        next += room;
        // As a controller leaves time between events. While there is no room it waits, or its spinning would count as ours.
        if (room > 0) await new Promise((resolve) => setImmediate(resolve));
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await kafka.flush();
      const { accepted, delivered, retries } = kafka.stats();
      verifyThat(accepted === delivered && retries === 0, "the sink delivered everything at once");
    },
    meanBatch: () => kafka.stats().delivered / kafka.stats().batches,
    close: () => kafka.close(),
  };
}

/** Sends batches side by side, as many as the sink. No retry, no bound, no order between batches of one key. */
async function inBatches(
  events: readonly AluminiEvent[],
  { messages, inFlight }: Batching,
  send: (batch: readonly AluminiEvent[]) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < events.length) {
      const from = next;
      next += messages;
      await send(events.slice(from, from + messages));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function rawKafkajs(kafka: Kafka, batching: Batching): Promise<BatchPublisher> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  return {
    name: "kafkajs",
    publish: (events) =>
      inBatches(events, batching, (batch) =>
        producer.send({
          topic: batching.topic,
          acks: -1,
          messages: batch.map((event) => ({
            key: event.repoName,
            value: JSON.stringify(toWire(event)),
            headers: { "content-type": "application/json" },
          })),
        }),
      ),
    meanBatch: () => batching.messages,
    close: () => producer.disconnect(),
  };
}

function rawPlatformatic(producer: Producer, batching: Batching): BatchPublisher {
  const headers = new Map([[Buffer.from("content-type"), Buffer.from("application/json")]]);
  return {
    name: "platformatic",
    publish: (events) =>
      inBatches(events, batching, (batch) =>
        producer.send({
          acks: -1,
          messages: batch.map((event) => ({
            topic: batching.topic,
            key: Buffer.from(event.repoName),
            value: Buffer.from(JSON.stringify(toWire(event))),
            headers,
          })),
        }),
      ),
    meanBatch: () => batching.messages,
    close: () => producer.close(),
  };
}
