import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { describe, expect, it } from "vitest";
import { ingestHandler } from "../src/index.js";
import {
  distinct,
  type Fixture,
  foreignFixturesOrSkip,
  mapSample,
  OWN_FIXTURES,
  readFixtures,
} from "./support/fixtures.js";
import { isBalanced, requestOf, sourceOf } from "./support/requests.js";
import { Store, telemetryOf } from "./support/target.js";

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** Sends deliveries in some way; answers the events that arrived, each once. */
type Sending = (fixture: Fixture, send: (delivery: Fixture["deliveries"][number]) => Promise<void>) => Promise<void>;

const random = seeded(SEED);

const SENDINGS: Readonly<Record<string, Sending>> = {
  once: async ({ deliveries }, send) => {
    for (const delivery of deliveries) await send(delivery);
  },
  twice: async ({ deliveries }, send) => {
    for (const delivery of [...deliveries, ...deliveries]) await send(delivery);
  },
  shuffled: async ({ deliveries }, send) => {
    for (const delivery of shuffled([...deliveries, ...deliveries], random)) await send(delivery);
  },
  "at the same time": async ({ deliveries }, send) => {
    await Promise.all(shuffled([...deliveries, ...deliveries, ...deliveries], random).map(send));
  },
};

async function expectSameSet(fixture: Fixture, sending: Sending): Promise<void> {
  const store = new Store();
  const handler = ingestHandler({
    sources: { "/in": sourceOf(fixture) },
    to: telemetryOf(store),
    durable: [store],
  });
  await sending(fixture, async (delivery) => {
    const response = await handler(requestOf("/in", delivery));
    expect(response.status, `${fixture.file}: ${await response.text()}`).toBe(200);
  });
  const expected = distinct(fixture.deliveries.map((delivery) => mapSample(fixture.source, delivery)));
  expect(store.taken).toHaveLength(expected.length);
  expect(store.ids).toEqual(expected.map(({ id }) => id).sort());
  expect(expected).toHaveLength(fixture.events.length);
  expect(isBalanced(handler.stats())).toBe(true);
}

describe.each(Object.entries(SENDINGS))(`deliveries sent %s (seed ${SEED})`, (_how, sending) => {
  it.each(readFixtures(OWN_FIXTURES).map((fixture) => [fixture.file, fixture] as const))(
    "make the same set of events: %s",
    (_file, fixture) => expectSameSet(fixture, sending),
  );

  it("make the same set of events: those of others", async (context) => {
    for (const fixture of foreignFixturesOrSkip(context)) await expectSameSet(fixture, sending);
  });
});

describe("a second replica", () => {
  it.each(readFixtures(OWN_FIXTURES).map((fixture) => [fixture.file, fixture] as const))(
    "gives the same ids: %s",
    async (_file, fixture) => {
      const stores = [new Store(), new Store()];
      for (const store of stores) {
        const handler = ingestHandler({
          sources: { "/in": sourceOf(fixture) },
          to: store,
          clusterId: "test",
          durable: [store],
        });
        for (const delivery of shuffled(fixture.deliveries, random)) await handler(requestOf("/in", delivery));
      }
      expect(stores[0]?.ids).toEqual(stores[1]?.ids);
    },
  );
});
