import { java } from "@alumiini-internal/test-support/kafka/java";
import { readValues } from "@alumiini-internal/test-support/kafka/reader";
import { seeded } from "@alumiini-internal/test-support/seeded";
import { emitTraffic } from "@alumiini-internal/test-support/traffic";
import { beforeEach, expect, it } from "vitest";
import { CLIENTS, impatientSink, readyTopic } from "./clients.js";
import { sharedCluster } from "./kafka/shared-cluster.js";
import { eventIn } from "./support.js";

const BYTES_PER_SECOND = 10_000;
const EVENTS = 300;

const cluster = sharedCluster();
let limited: Promise<unknown> | undefined;

beforeEach(async () => {
  limited ??= java([
    ...["kafka.admin.ConfigCommand", "--bootstrap-server", cluster().bootstrap.join(), "--alter"],
    ...["--add-config", `producer_byte_rate=${BYTES_PER_SECOND}`, "--entity-type", "clients", "--entity-default"],
  ]);
  await limited;
});

it.for(CLIENTS)("a quota slows sending down, and gives no message up, with $name", async ({ name, create }) => {
  const topic = `quota-${name.replace(/\W/g, "-")}`;
  await readyTopic(cluster().bootstrap, { topic, partitions: 2 });
  const sink = impatientSink({
    producer: create(cluster().bootstrap),
    topic,
    maxBatchMessages: 20,
    // The broker does not answer for as long as it holds a client back: attempts end while it does.
    attemptTimeoutMs: 500,
    retry: { initialDelayMs: 20, maxDelayMs: 100 },
    onFailure: () => {},
  });
  await emitTraffic(sink, EVENTS, seeded(1));
  await sink.flush();
  expect(sink.stats()).toMatchObject({ accepted: EVENTS, delivered: EVENTS, dropped: { attempts_exhausted: 0 } });
  await sink.close();
  // What the broker held back may be stored a second time while the topic is read.
  const stored = async () =>
    new Set((await readValues(cluster().bootstrap, topic)).map((value) => eventIn(value).id)).size;
  await expect.poll(stored).toBe(EVENTS);
});
