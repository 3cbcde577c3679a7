import { sinkConformance } from "@alumiini/delivery/testing";
import { describe, it } from "vitest";
import { natsSink } from "../src/index.js";
import { type Broker, startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";

describe.each(CLIENTS)("natsSink with $name", ({ connect }) => {
  let broker: Broker;
  const cases = sinkConformance(
    () => {
      const refused = new Set<string>();
      return {
        createSink: (options) =>
          natsSink({
            ...options,
            servers: broker.url,
            async connect(connectOptions) {
              const connection = await connect({ ...connectOptions });
              const publish = connection.publish.bind(connection);
              // Where no stream takes it: the server itself refuses it.
              connection.publish = (subject, payload, publishOptions) => {
                const text = new TextDecoder().decode(payload);
                const isRefused = [...refused].some((id) => text.includes(id));
                publish(isRefused ? "untaken" : subject, payload, publishOptions);
              };
              return connection;
            },
          }),
        received: async () => (await broker.read()).map(({ id }) => id),
        down: () => broker.server.kill(),
        up: () => broker.server.restart(),
        refuse: (id) => void refused.add(id),
      };
    },
    { poison: true },
  );
  for (const { name, run } of cases) {
    it(name, async (context) => {
      broker = await startBroker(context);
      await run();
    });
  }
});
