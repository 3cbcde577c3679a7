import { type TopicAdmin, withAdmin } from "./kafkajs-api.js";

const MAX_LOOKS = 50;
const LOOK_MS = 100;

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

/** Makes the topic unless it is there. `howToCreate` is what else `createTopics` of the client needs to be told. */
export async function makeTopic(
  kafka: { admin(): TopicAdmin },
  options: TopicOptions,
  howToCreate: { readonly waitForLeaders?: boolean },
): Promise<boolean> {
  const { topic, partitions = 6, replicationFactor = 3, config = {} } = options;
  const entries = { "min.insync.replicas": replicationFactor >= 3 ? "2" : "1", ...config };
  return withAdmin(kafka, async (admin) => {
    const created = await admin.createTopics({
      ...howToCreate,
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    if (created === true) await waitForTopic(admin, topic);
    return created === true;
  });
}

/** Waits until the brokers know the topic, but not for long: a sink waits by itself. */
async function waitForTopic(admin: TopicAdmin, topic: string): Promise<void> {
  for (let tries = 0; tries < MAX_LOOKS; tries++) {
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
      return;
    } catch {
      // Not yet.
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
