import { sinkConformance } from "@alumiini/delivery/testing";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { describe, it } from "vitest";
import { ensureTopic } from "../src/clients/kafkajs.js";
import { kafkaSink } from "../src/index.js";
import { CLIENTS, patientKafkajs } from "./clients.js";
import { sharedClusterBehindProxy } from "./kafka/shared-cluster.js";

const setting = sharedClusterBehindProxy();
let topics = 0;

/** Spoils records that hold one of the ids: the broker finds the checksum of their batch wrong and refuses it. */
function spoil(data: Buffer, ids: ReadonlySet<string>): void {
  for (const id of ids) {
    for (let place = data.indexOf(id); place !== -1; place = data.indexOf(id, place + 1)) data[place] = 0;
  }
}

describe.each(CLIENTS)("kafkaSink with $name", ({ create }) => {
  const cases = sinkConformance(
    async () => {
      const { cluster, proxy } = setting();
      const topic = `conformance-${++topics}`;
      await ensureTopic(patientKafkajs(cluster.bootstrap), { topic, partitions: 1, replicationFactor: 1 });
      const refused = new Set<string>();
      proxy.garble = (data) => spoil(data, refused);
      return {
        createSink: (options) => kafkaSink({ ...options, producer: create(cluster.bootstrap), topic }),
        received: async () =>
          (await readTopic(cluster.bootstrap, topic)).map(({ value }): string => JSON.parse(value).id),
        down: () => proxy.cut({ refuse: true }),
        up: () => proxy.mend(),
        refuse: (id) => void refused.add(id),
        dispose: () => proxy.mend(),
      };
    },
    { poison: true },
  );
  for (const { name, run } of cases) it(name, run);
});
