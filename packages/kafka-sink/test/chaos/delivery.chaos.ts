import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { type ReadRecord, readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { ensureTopic } from "../../src/kafkajs.js";
import { kafkajs } from "../clients.js";
import { seeded } from "../support.js";
import { TcpProxy } from "../tcp-proxy.js";
import { EmittingProcess } from "./emitting-process.js";

const EVENTS = Number(process.env["CHAOS_EVENTS"] ?? 100_000);
const BLOWS_OF_EACH_KIND = Number(process.env["CHAOS_BLOWS"] ?? 20);
const SEED = Number(process.env["SEED"] ?? 1 + Math.floor(Math.random() * 1_000_000));
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
    const emitter = new EmittingProcess(client, cluster.bootstrap.join(), TOPIC, directory, EVENTS);
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
    const order = Array.from({ length: BLOWS_OF_EACH_KIND }, () => blows)
      .flat()
      .map((blow) => ({ blow, place: random() }))
      .sort((a, b) => a.place - b.place);

    await ensureTopic(kafkajs(cluster.bootstrap), { topic: TOPIC, partitions: 6, replicationFactor: 1 });
    const started = performance.now();
    emitter.start();
    for (const [index, { blow }] of order.entries()) {
      const due = (EVENTS * (index + 1)) / (order.length + 1);
      await until(() => emitter.journal.emitted >= due, 300_000);
      await blow();
    }
    await emitter.end();

    const { emitted, kept, stats } = emitter.journal;
    const records = await readTopic(cluster.bootstrap, TOPIC);
    const numbers = numbersByRepository(records);
    const read = new Set(Object.values(numbers).flat());
    expect([...kept].filter((number) => !read.has(number))).toEqual([]);
    expect([...read].filter((number) => !(number >= 1 && number <= emitted))).toEqual([]);
    expect(emitted).toBe(EVENTS);
    for (const list of Object.values(numbers)) expect(list).toEqual(list.toSorted((a, b) => a - b));
    const nothing = { overflow: 0, too_large: 0, rejected: 0, attempts_exhausted: 0, outbox: 0, closed: 0 };
    expect(stats).toMatchObject({ pending: 0, dropped: nothing });
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(
      `${client}, seed ${SEED}: ${order.length} blows in ${seconds} s; ${emitted} emitted, ${kept.size} confirmed by the ` +
        `outbox, ${read.size} read back, ${records.length - read.size} duplicates\n`,
    );
  });
});

/** The numbers of the events, each where it came first, by repository. */
function numbersByRepository(records: readonly ReadRecord[]): Record<string, number[]> {
  const seen = new Set<string>();
  const numbers: Record<string, number[]> = {};
  for (const { key, value } of records) {
    const { id, duration_ms }: { id: string; duration_ms: number } = JSON.parse(value);
    if (seen.has(id)) continue;
    seen.add(id);
    const list = numbers[key] ?? [];
    list.push(duration_ms);
    numbers[key] = list;
  }
  return numbers;
}
