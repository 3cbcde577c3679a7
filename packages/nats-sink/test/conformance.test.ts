import { subscriberConformance } from "@alumiini/core/testing";
import { describe, it } from "vitest";
import { natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";

describe.each(CLIENTS)("natsSink with $name", ({ connect }) => {
  // The kit asks for subscribers while a test runs: its server is the one of that test.
  let servers = "";
  const createSink = () => natsSink({ servers, connect: (options) => connect({ ...options }) });
  for (const { name, run } of subscriberConformance(createSink)) {
    it(name, async (context) => {
      servers = (await startBroker(context)).url;
      await run();
    });
  }
});
