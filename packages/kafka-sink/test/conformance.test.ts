import { sinkConformance } from "@alumiini/delivery/testing";
import { readValues } from "@alumiini-internal/test-support/kafka/reader";
import { describe, it } from "vitest";
import { kafkaSink } from "../src/index.js";
import { CLIENTS, readyTopic } from "./clients.js";
import { sharedClusterBehindProxy } from "./kafka/shared-cluster.js";
import { eventIn } from "./support.js";

const setting = sharedClusterBehindProxy();
let topics = 0;

describe.each(CLIENTS)("kafkaSink with $name", ({ create }) => {
  const cases = sinkConformance(
    async () => {
      const { cluster, proxy } = setting();
      const topic = `conformance-${++topics}`;
      await readyTopic(cluster.bootstrap, { topic, partitions: 1 });
      return {
        createSink: (options) => kafkaSink({ ...options, producer: create(cluster.bootstrap), topic }),
        received: async () => (await readValues(cluster.bootstrap, topic)).map((value) => eventIn(value).id),
        down: () => proxy.cut({ refuse: true }),
        up: () => proxy.restore(),
        // The broker finds the checksum of its batch wrong, and refuses it.
        refuse(id) {
          proxy.spoils = new RegExp(id, "g");
        },
        dispose() {
          proxy.spoils = undefined;
          proxy.restore();
        },
      };
    },
    { poison: true },
  );
  for (const { name, run } of cases) it(name, run);
});
