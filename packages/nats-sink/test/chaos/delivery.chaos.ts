import { BLOWS_OF_EACH_KIND, EVENTS } from "@alumiini-internal/test-support/chaos/settings";
import { SEED } from "@alumiini-internal/test-support/seeded";
import { describe, it } from "vitest";
import { endureKills } from "./endure-kills.js";

describe.each(["v3", "v2"])("natsSink with an outbox, client %s", (client) => {
  it(
    `delivers ${EVENTS} events through ${BLOWS_OF_EACH_KIND} blows of each kind, seed ${SEED}`,
    {
      timeout: 1_800_000,
    },
    (context) => endureKills(context, client, { events: EVENTS, blowsOfEachKind: BLOWS_OF_EACH_KIND }),
  );
});
