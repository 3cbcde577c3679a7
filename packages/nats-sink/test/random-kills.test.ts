import { SEED } from "@alumiini-internal/test-support/seeded";
import { it } from "vitest";
import { endureKills } from "./chaos/endure-kills.js";

// The short form of chaos/delivery.chaos.ts.
it.for(["v3", "v2"])(
  `keeps what an outbox confirmed through random kills and bad events, client %s, seed ${SEED}`,
  (client, context) => endureKills(context, client, { events: 4000, blowsOfEachKind: 2 }),
);
