import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmittingProcess } from "@alumiini-internal/test-support/chaos/emitting-process";
import { expectKept } from "@alumiini-internal/test-support/chaos/outcome";
import { BAD_IN_WIRE_FORM } from "@alumiini-internal/test-support/chaos/poison";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { expect, type TestContext } from "vitest";
import { ensureTopic } from "../../src/clients/kafkajs.js";
import { patientKafkajs } from "../clients.js";
import { eventIn } from "../support.js";

const TOPIC = "chaos";

/** How much there is to endure. */
export interface Kills {
  readonly events: number;
  readonly blowsOfEachKind: number;
}

/**
 * Has a process emit numbered events into a sink with an outbox, while it and the broker are killed and the network is cut
 * and slow. One event in a hundred is bad: the network spoils it, so that the broker refuses its batch. Then reads what is
 * stored, and checks it.
 */
export async function endureKills(context: TestContext, client: string, { events, blowsOfEachKind }: Kills) {
  await needKafka(context);
  const random = seeded(SEED);
  const pause = (mostMs: number) => new Promise((resolve) => setTimeout(resolve, random() * mostMs));
  const proxies: TcpProxy[] = [];
  const cluster = await KafkaCluster.start({
    advertise: async (port) => {
      const proxy = await TcpProxy.start(port);
      proxy.spoils = BAD_IN_WIRE_FORM;
      proxies.push(proxy);
      return proxy.port;
    },
  });
  const directory = await mkdtemp(join(tmpdir(), "alumiini-kafka-chaos-"));
  const script = join(import.meta.dirname, "emitter.ts");
  const args = [client, cluster.bootstrap.join(), TOPIC];
  const emitter = new EmittingProcess({ script, args, directory, events });
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
  const struck = await emitter.endure(blows, blowsOfEachKind, random);
  const seconds = Math.round((performance.now() - started) / 1000);

  const records = await readTopic(cluster.bootstrap, TOPIC);
  const stored = records.flatMap(({ key, value }) => {
    const event = eventIn(value);
    if (event.type !== "sync_completed") return [];
    return { id: event.id, repository: key, number: event.durationMs ?? 0 };
  });
  const { journal } = emitter;
  expect(journal.emitted).toBe(events);
  const outcome = expectKept(journal, stored);
  process.stdout.write(`${client}, seed ${SEED}: ${struck} blows in ${seconds} s; ${outcome}\n`);
}
