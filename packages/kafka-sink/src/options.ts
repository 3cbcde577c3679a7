import type { ConnectionOptions } from "node:tls";
import type { AluminiEvent, EventType } from "@alumiini/core";
import type { CloudEvent, DeliveryOptions, EncodeCloudEvents } from "@alumiini/delivery";
import type { Compression, KafkaProducer } from "./producer.js";

interface PasswordSasl<Mechanism> {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

/** How to prove who we are; given to KafkaJS as it is. */
export type KafkaSasl =
  | PasswordSasl<"plain">
  | PasswordSasl<"scram-sha-256">
  | PasswordSasl<"scram-sha-512">
  | { readonly mechanism: "oauthbearer"; readonly oauthBearerProvider: () => Promise<{ value: string }> };

/** A client that you choose and configure. */
export interface ProducerOptions {
  /** From `kafkajsProducer`, `confluentProducer` or `platformaticProducer`, or your own. One producer serves one sink. */
  readonly producer: KafkaProducer;
  readonly brokers?: undefined;
}

/** KafkaJS, with nothing to configure but the connection. The package `kafkajs` must be installed. */
export interface BrokerOptions {
  /** Where to find the cluster: `host:port`, some of its brokers or all. */
  readonly brokers: readonly string[];
  readonly producer?: undefined;
  /** What the brokers' logs and quotas call this client. Default `alumiini`. */
  readonly clientId?: string | undefined;
  /** `true` for TLS that trusts what Node trusts, or certificates and the like. Default: no TLS. */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  readonly sasl?: KafkaSasl | undefined;
}

/** What `kafkaSink` takes, however it connects. */
export interface RecordOptions extends DeliveryOptions {
  /**
   * The topic, or a function that returns it for each event (for each CloudEvent with `encode`). It must exist: no topic is made by
   * writing to it. Order holds within one topic.
   */
  readonly topic: string | ((event: AluminiEvent, cloudEvent?: CloudEvent) => string);
  /** Returns the CloudEvents to send instead of the wire form, such as `cdevents()`. */
  readonly encode?: EncodeCloudEvents | undefined;
  /** CloudEvent types to send, with or without version, such as `dev.cdevents.service.deployed`. Default: all. */
  readonly cloudEventTypes?: readonly string[] | undefined;
  /** How a CloudEvent becomes a record (CloudEvents Kafka binding 1.0); with `encode` only. Default `structured`. */
  readonly contentMode?: "structured" | "binary" | undefined;
  /** The record's key: records with the same key keep their order. Default: the name of the event's repository. */
  readonly key?: ((event: AluminiEvent) => string) | undefined;
  /**
   * `-1` or `"all"`: a record counts as delivered when every in-sync replica has it. `1`: when the leader has, which loses
   * what the leader alone had when it breaks. Default -1.
   */
  readonly acks?: -1 | "all" | 1 | undefined;
  /**
   * Lets the broker drop what one connection sends twice. It can't know what an earlier process sent, so consumers drop
   * duplicates by id all the same. Default: on with Confluent's client, off with the others.
   */
  readonly idempotent?: boolean | undefined;
  /** Default `none`. KafkaJS itself brings `gzip` only. */
  readonly compression?: Compression | undefined;
  /** Names the sink in reports and metrics. Default `kafka`. */
  readonly name?: string | undefined;
  /** The event types to send. Default: all. */
  readonly types?: readonly EventType[] | undefined;
}

/** What `kafkaSink` takes. */
export type KafkaSinkOptions = RecordOptions & (ProducerOptions | BrokerOptions);
