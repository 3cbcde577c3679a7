import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { expectConserved, recordFailures } from "@alumiini-internal/test-support/sinks";
import { emitTraffic } from "@alumiini-internal/test-support/traffic";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { CLIENTS, impatientSink, readyTopic } from "./clients.js";
import { sharedClusterBehindProxy } from "./kafka/shared-cluster.js";
import { messageOf, readIds } from "./support.js";

const EVENTS = 3000;

const setting = sharedClusterBehindProxy();
let topics = 0;

async function newTopic(partitions: number): Promise<string> {
  const topic = `topic-${++topics}`;
  await readyTopic(setting().cluster.bootstrap, { topic, partitions });
  return topic;
}

describe.each(CLIENTS)(`with $name, seed ${SEED}`, ({ create }) => {
  it("nothing is lost, nor out of order, while the broker is killed and the network cut, slow and silent", {
    timeout: 180_000,
  }, async () => {
    const { cluster, proxy } = setting();
    const topic = await newTopic(3);
    const { onFailure } = recordFailures();
    const producer = create(cluster.bootstrap);
    const sink = impatientSink({ producer, topic, maxBatchMessages: 100, attemptTimeoutMs: 1000, onFailure });
    const random = seeded(SEED);
    const emitting = emitTraffic(sink, EVENTS, random);
    const disturbances: (() => Promise<void>)[] = [
      async () => {
        await cluster.broker().kill();
        expectConserved(sink);
        await cluster.broker().start();
      },
      async () => proxy.cut(),
      async () => {
        proxy.delayMs = 20;
        proxy.cut();
      },
      async () => {
        // Requests and answers vanish until the attempt is given up.
        proxy.silent = true;
        const { retries } = sink.stats();
        await until(() => sink.stats().retries > retries);
        proxy.silent = false;
      },
    ];
    for (const [index, disturb] of disturbances.entries()) {
      const part = (index + random()) / (disturbances.length + 1);
      await until(() => sink.stats().delivered > EVENTS * part);
      await disturb();
      proxy.delayMs = 0;
    }
    const emitted = await emitting;
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: EVENTS, delivered: EVENTS, pending: 0 });
    expect(sink.stats().retries).toBeGreaterThan(0);
    await sink.close();
    expect(readIds(await readTopic(cluster.bootstrap, topic))).toEqual(emitted);
  });

  it("what follows an attempt of unknown outcome is not taken for a duplicate of it", async () => {
    const { cluster, proxy } = setting();
    const topic = await newTopic(1);
    const producer = create(cluster.bootstrap);
    const patience = AbortSignal.timeout(100_000);
    await producer.connect({ acks: -1, idempotent: true, compression: "none", timeoutMs: 5000 }, patience);
    const produce = (ids: string[], signal: AbortSignal) => {
      const records = ids.map((id) => messageOf(id, "app"));
      return producer.produce(topic, 0, records, signal);
    };
    const produceInTheEnd = (ids: string[]) =>
      until(() =>
        produce(ids, patience).then(
          () => true,
          () => false,
        ),
      );
    await produceInTheEnd(["1", "2"]);

    // The broker stores 3 and 4, and nobody hears of it. What comes next has as many messages, but others.
    proxy.answersLost = true;
    const { lost } = proxy;
    const givingUp = new AbortController();
    const unheard = expect(produce(["3", "4"], givingUp.signal)).rejects.toThrow();
    await until(() => proxy.lost > lost);
    givingUp.abort(new Error("no answer"));
    await unheard;
    proxy.answersLost = false;
    proxy.cut();
    await produceInTheEnd(["5", "6"]);
    await producer.close();
    const ids = (await readTopic(cluster.bootstrap, topic)).map(({ value }) => JSON.parse(value).id);
    expect(ids.filter((id, place) => ids.indexOf(id) === place)).toEqual(["1", "2", "3", "4", "5", "6"]);
  });
});
