import { BLOWS_OF_EACH_KIND, EVENTS } from "@alumiini-internal/test-support/chaos/settings";
import { SEED } from "@alumiini-internal/test-support/seeded";
import { describe, it } from "vitest";
import { endureKills } from "./endure-kills.js";

describe.each(["kafkajs", "@platformatic/kafka"])("kafkaSink with an outbox on %s", (client) => {
  it(
    `keeps ${EVENTS} events through ${BLOWS_OF_EACH_KIND} blows of each kind, seed ${SEED}`,
    {
      timeout: 3_600_000,
    },
    (context) => endureKills(context, client, { events: EVENTS, blowsOfEachKind: BLOWS_OF_EACH_KIND }),
  );
});
