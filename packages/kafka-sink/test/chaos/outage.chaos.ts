import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileOutbox } from "@alumiini/outbox";
import {
  EVENTS_PER_SECOND,
  endureOutage,
  OUTAGE_SECONDS,
  QUEUE_MESSAGES,
  WITH_AND_WITHOUT_OUTBOX,
} from "@alumiini-internal/test-support/chaos/outage";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { describe, it } from "vitest";
import { ensureTopic } from "../../src/clients/kafkajs.js";
import { kafkaSink } from "../../src/index.js";
import { CLIENTS, patientKafkajs } from "../clients.js";

const TOPIC = "outage";

describe.each(CLIENTS)(
  `a broker that is down for ${OUTAGE_SECONDS} s at ${EVENTS_PER_SECOND} events a second, with $name`,
  ({ name: client, create }) => {
    it.for(WITH_AND_WITHOUT_OUTBOX)(
      "costs bounded memory, and every event is accounted for, $name",
      { timeout: 900_000 },
      async ({ durable }, context) => {
        await needKafka(context);
        const cluster = await KafkaCluster.start();
        const directory = await mkdtemp(join(tmpdir(), "kafka-outage-"));
        context.onTestFinished(async () => {
          await cluster.stop();
          await rm(directory, { recursive: true, force: true });
        });
        const { bootstrap } = cluster;
        await ensureTopic(patientKafkajs(bootstrap), { topic: TOPIC, partitions: 6, replicationFactor: 1 });
        await cluster.broker().kill();
        const sink = kafkaSink({
          producer: create(bootstrap),
          topic: TOPIC,
          maxQueueMessages: QUEUE_MESSAGES,
          onFailure: () => {},
          ...(durable && { outbox: fileOutbox({ directory }) }),
        });
        const outcome = await endureOutage({
          sink,
          durable,
          restart: () => cluster.broker().start(),
          read: async () => (await readTopic(bootstrap, TOPIC)).map(({ value }): string => JSON.parse(value).id),
        });
        process.stdout.write(`${client}, ${outcome}\n`);
      },
    );
  },
);
