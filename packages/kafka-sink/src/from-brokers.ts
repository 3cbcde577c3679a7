import { type KafkaJsClient, kafkajsFrom } from "./clients/kafkajs.js";
import type { BrokerOptions } from "./options.js";
import type { KafkaProducer } from "./producer.js";

/** A producer on KafkaJS, which is loaded when it first connects. */
export function producerFromBrokers({ brokers, clientId = "alumiini", ssl, sasl }: BrokerOptions): KafkaProducer {
  return kafkajsFrom(async (): Promise<KafkaJsClient> => {
    const { Kafka, logLevel } = await importKafkaJs();
    return new Kafka({
      brokers: [...brokers],
      clientId,
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
      // Whichever broker is down, another gets its turn. All other retries are the sink's.
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: brokers.length },
      // What fails is reported by the sink, in words that say what to do.
      logLevel: logLevel.NOTHING,
    });
  });
}

async function importKafkaJs() {
  try {
    return await import("kafkajs");
  } catch (error) {
    throw Object.assign(
      new Error("`brokers` needs the package kafkajs: install it, or pass a `producer` on another client", {
        cause: error,
      }),
      { name: "MissingClientError" },
    );
  }
}
