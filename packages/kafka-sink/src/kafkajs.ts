export { ensureTopic, type TopicOptions } from "./ensure-topic.js";
export { type KafkaJsClient, type KafkaJsProducer, kafkajsProducer } from "./kafkajs-adapter.js";
