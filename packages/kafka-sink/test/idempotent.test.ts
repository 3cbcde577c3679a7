import { expect, it } from "vitest";
import { ensureTopic } from "../src/kafkajs.js";
import { CLIENTS, kafkajs } from "./clients.js";
import { readTopic } from "./kafka/reader.js";
import { sharedCluster } from "./kafka/shared-cluster.js";
import { until } from "./kafka/until.js";
import { messageOf } from "./support.js";
import { TcpProxy } from "./tcp-proxy.js";

const proxies: TcpProxy[] = [];
const cluster = sharedCluster({
  advertise: async (port) => {
    const proxy = await TcpProxy.start(port);
    proxies.push(proxy);
    return proxy.port;
  },
});

function setAnswersLost(lost: boolean): void {
  for (const proxy of proxies) proxy.answersLost = lost;
}

it.each(CLIENTS)(
  "what follows an attempt of unknown outcome is not taken for a duplicate of it, with $name",
  async ({ create }) => {
    const topic = `after-${CLIENTS.findIndex((client) => client.create === create)}`;
    await ensureTopic(kafkajs(cluster().bootstrap), { topic, partitions: 1, replicationFactor: 1 });
    const producer = create(cluster().bootstrap);
    const settings = { acks: -1, idempotent: true, compression: "none", timeoutMs: 5000 } as const;
    const patience = AbortSignal.timeout(30_000);
    await producer.connect(settings, patience);
    const produce = (ids: string[], signal: AbortSignal) =>
      producer.produce(
        topic,
        0,
        ids.map((id) => messageOf(id, "app")),
        signal,
      );
    await produce(["1", "2"], patience);

    // The broker stores 3 and 4, and nobody hears of it. What comes next has as many messages, but others.
    setAnswersLost(true);
    await expect(produce(["3", "4"], AbortSignal.timeout(500))).rejects.toThrow();
    setAnswersLost(false);
    for (const proxy of proxies) proxy.cut();
    await until(() =>
      produce(["5", "6"], patience).then(
        () => true,
        () => false,
      ),
    );
    await producer.close();
    const ids = (await readTopic(cluster().bootstrap, topic)).map(({ value }) => JSON.parse(value).id);
    expect(ids).toEqual(expect.arrayContaining(["1", "2", "5", "6"]));
    expect(ids).toEqual(["1", "2", "3", "4", "5", "6"]);
  },
);
