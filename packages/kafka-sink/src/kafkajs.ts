import { makeTopic, type TopicOptions } from "./clients/ensure-topic.js";
import type { TopicAdmin } from "./clients/kafkajs-api.js";

export type { TopicOptions } from "./clients/ensure-topic.js";
export { type KafkaJsClient, type KafkaJsProducer, kafkajsProducer } from "./clients/kafkajs.js";

/**
 * Makes the topic unless it is there; one that is there stays as it is. Answers whether it made it.
 *
 * @throws what the client throws, for instance because the cluster has fewer brokers than `replicationFactor`.
 */
export function ensureTopic(kafka: { admin(): TopicAdmin }, options: TopicOptions): Promise<boolean> {
  // KafkaJS' own way of waiting fails where a broker has not heard of the topic yet.
  return makeTopic(kafka, options, { waitForLeaders: false });
}
