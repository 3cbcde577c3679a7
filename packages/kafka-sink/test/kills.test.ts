import { describe, expect, it } from "vitest";
import { ensureTopic } from "../src/kafkajs.js";
import { CLIENTS, impatientSink, kafkajs } from "./clients.js";
import { KafkaCluster } from "./kafka/cluster.js";
import { needKafka } from "./kafka/jars.js";
import { readTopic } from "./kafka/reader.js";
import { until } from "./kafka/until.js";
import { emitTraffic, expectConserved, readIds, recordFailures, seeded } from "./support.js";
import { TcpProxy } from "./tcp-proxy.js";

const EVENTS = 3000;
const TOPIC = "events";
const SEED = Number(process.env["SEED"] ?? 1 + Math.floor(Math.random() * 1_000_000));

/** A cluster that clients reach through a proxy only. */
async function startBehindProxy() {
  let proxy: TcpProxy | undefined;
  const cluster = await KafkaCluster.start({
    advertise: async (port) => {
      proxy = await TcpProxy.start(port);
      return proxy.port;
    },
  });
  if (proxy === undefined) throw new Error("nobody asked for the port");
  await ensureTopic(kafkajs(cluster.bootstrap), { topic: TOPIC, partitions: 3, replicationFactor: 1 });
  return { cluster, proxy };
}

describe.each(CLIENTS)(`with $name, seed ${SEED}`, ({ create }) => {
  it("nothing is lost, nor out of order, while the broker is killed and the network cut, slow and silent", async (context) => {
    await needKafka(context);
    const { cluster, proxy } = await startBehindProxy();
    context.onTestFinished(async () => {
      await proxy.stop();
      await cluster.stop();
    });
    const { onFailure } = recordFailures();
    const sink = impatientSink({
      producer: create(cluster.bootstrap),
      topic: TOPIC,
      maxBatchMessages: 100,
      attemptTimeoutMs: 1000,
      onFailure,
    });
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
      await until(() => sink.stats().delivered > EVENTS * part, 60_000);
      await disturb();
      proxy.delayMs = 0;
    }
    const emitted = await emitting;
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: EVENTS, delivered: EVENTS, pending: 0 });
    expect(sink.stats().retries).toBeGreaterThan(0);
    await sink.close();
    expect(readIds(await readTopic(cluster.bootstrap, TOPIC))).toEqual(emitted);
  }, 180_000);
});
