import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmittingProcess } from "@alumiini-internal/test-support/chaos/emitting-process";
import { expectKept } from "@alumiini-internal/test-support/chaos/outcome";
import { BLOWS_OF_EACH_KIND, EVENTS } from "@alumiini-internal/test-support/chaos/settings";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { describe, expect, it } from "vitest";
import { ensureTopic } from "../../src/clients/kafkajs.js";
import { patientKafkajs } from "../clients.js";

const TOPIC = "chaos";

describe.each(["kafkajs", "@platformatic/kafka"])("kafkaSink with an outbox on %s", (client) => {
  it(`keeps ${EVENTS} events through ${BLOWS_OF_EACH_KIND} blows of each kind, seed ${SEED}`, {
    timeout: 3_600_000,
  }, async (context) => {
    await needKafka(context);
    const random = seeded(SEED);
    const pause = (mostMs: number) => new Promise((resolve) => setTimeout(resolve, random() * mostMs));
    const proxies: TcpProxy[] = [];
    const cluster = await KafkaCluster.start({
      advertise: async (port) => {
        const proxy = await TcpProxy.start(port);
        proxies.push(proxy);
        return proxy.port;
      },
    });
    const directory = await mkdtemp(join(tmpdir(), "alumiini-kafka-chaos-"));
    const script = join(import.meta.dirname, "emitter.ts");
    const args = [client, cluster.bootstrap.join(), TOPIC];
    const emitter = new EmittingProcess({ script, args, directory, events: EVENTS });
    context.onTestFinished(async () => {
      await emitter.kill();
      for (const proxy of proxies) await proxy.stop();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    });

    const blows = [
      async function killBroker() {
        await cluster.broker().kill();
        await pause(500);
        await cluster.broker().start();
      },
      async function killProcess() {
        await emitter.kill();
        emitter.start();
      },
      async function cutNetwork() {
        for (const proxy of proxies) proxy.cut();
      },
      async function slowNetwork() {
        for (const proxy of proxies) proxy.delayMs = Math.ceil(random() * 20);
        await pause(500);
        for (const proxy of proxies) proxy.delayMs = 0;
      },
    ];
    await ensureTopic(patientKafkajs(cluster.bootstrap), { topic: TOPIC, partitions: 6, replicationFactor: 1 });
    const started = performance.now();
    const struck = await emitter.endure(blows, BLOWS_OF_EACH_KIND, random);
    const seconds = Math.round((performance.now() - started) / 1000);

    const records = await readTopic(cluster.bootstrap, TOPIC);
    const events = records.map(({ key, value }) => {
      const { id, duration_ms: number }: { id: string; duration_ms: number } = JSON.parse(value);
      return { id, repository: key, number };
    });
    const { journal } = emitter;
    expect(journal.emitted).toBe(EVENTS);
    const outcome = expectKept(journal, events);
    process.stdout.write(`${client}, seed ${SEED}: ${struck} blows in ${seconds} s; ${outcome}\n`);
  });
});
