import { sinkConformance } from "@alumiini/delivery/testing";
import { describe, it } from "vitest";
import { natsSink } from "../src/index.js";
import { type Broker, startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";

describe.each(CLIENTS)("natsSink with $name", ({ connect }) => {
  let broker: Broker;
  const cases = sinkConformance(() => ({
    createSink: (options) =>
      natsSink({
        ...options,
        servers: broker.url,
        connect: (connectOptions) => connect({ ...connectOptions }),
        connectOptions: { reconnectTimeWait: 20, reconnectJitter: 10 },
      }),
    received: async () => (await broker.read()).map(({ id }) => id),
    down: () => broker.server.kill(),
    up: () => broker.server.restart(),
  }));
  for (const { name, run } of cases) {
    it(name, async (context) => {
      broker = await startBroker(context);
      await run();
    });
  }
});
