import { SEED } from "@alumiini-internal/test-support/seeded";
import { it } from "vitest";
import { endureKills } from "./chaos/endure-kills.js";

// The short form of chaos/delivery.chaos.ts.
it.for(["kafkajs", "@platformatic/kafka"])(
  `keeps what an outbox confirmed through random kills and bad events, %s, seed ${SEED}`,
  (client, context) => endureKills(context, client, { events: 2500, blowsOfEachKind: 1 }),
);
