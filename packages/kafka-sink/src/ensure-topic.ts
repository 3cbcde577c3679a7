import { type TopicAdmin, withAdmin } from "./kafkajs-api.js";

/** The topic that `ensureTopic` makes. */
export interface TopicOptions {
  readonly topic: string;
  /** Default 6. More partitions can be added later, but move keys to other partitions. */
  readonly partitions?: number;
  /** Default 3. A single broker has no more than 1. */
  readonly replicationFactor?: number;
  /**
   * Topic configuration, added to `min.insync.replicas`: 2 with a replication factor of 3 or more, otherwise 1. With
   * `acks: -1` the loss of one broker then loses nothing.
   */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Makes the topic unless it is there; one that is there stays as it is. Answers whether it made it. For `Kafka` of
 * KafkaJS and of Confluent's client.
 *
 * @throws what the client throws, for instance because the cluster has fewer brokers than `replicationFactor`.
 */
export async function ensureTopic(kafka: { admin(): TopicAdmin }, options: TopicOptions): Promise<boolean> {
  const { topic, partitions = 6, replicationFactor = 3, config = {} } = options;
  const entries = { "min.insync.replicas": replicationFactor >= 3 ? "2" : "1", ...config };
  return withAdmin(kafka, async (admin) => {
    const created = await admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    return created === true;
  });
}
