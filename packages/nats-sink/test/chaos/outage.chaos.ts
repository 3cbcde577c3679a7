import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileOutbox } from "@alumiini/outbox";
import {
  EVENTS_PER_SECOND,
  endureOutage,
  OUTAGE_SECONDS,
  QUEUE_MESSAGES,
  WITH_AND_WITHOUT_OUTBOX,
} from "@alumiini-internal/test-support/chaos/outage";
import { describe, it } from "vitest";
import { natsSink } from "../../src/index.js";
import { startBroker } from "../broker.js";

describe(`a server that is down for ${OUTAGE_SECONDS} s at ${EVENTS_PER_SECOND} events a second`, () => {
  it.for(WITH_AND_WITHOUT_OUTBOX)(
    "costs bounded memory, and every event is accounted for, $name",
    { timeout: 600_000 },
    async ({ durable }, context) => {
      const { server, read, url } = await startBroker(context);
      const directory = await mkdtemp(join(tmpdir(), "nats-outage-"));
      context.onTestFinished(() => rm(directory, { recursive: true, force: true }));
      await server.kill();
      const sink = natsSink({
        servers: url,
        maxQueueMessages: QUEUE_MESSAGES,
        onFailure: () => {},
        ...(durable && { outbox: fileOutbox({ directory }) }),
      });
      const outcome = await endureOutage({
        sink,
        durable,
        restart: () => server.restart(),
        read: async () => (await read()).map(({ id }) => id),
      });
      process.stdout.write(`${outcome}\n`);
    },
  );
});
