export { kafkaSink } from "./kafka-sink.js";
export type { BrokerOptions, KafkaSasl, KafkaSinkOptions, ProducerOptions, RecordOptions } from "./options.js";
export type {
  Classification,
  Compression,
  KafkaProducer,
  KafkaRecord,
  ProducerSettings,
  Verdict,
} from "./producer.js";
