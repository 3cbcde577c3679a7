import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { expect, it } from "vitest";
import { dora } from "../../src/dora/dora.js";
import { openHistory } from "../../src/history.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "../store/postgres-place.js";
import { unasked } from "../support/histories.js";
import { randomEvents } from "../support/random-events.js";
import { DAY, START } from "../support/sample-events.js";
import { projections } from "../support/stores.js";

stopSharedPostgres();

const NOW = START + 60 * DAY;

it("projections of two histories that write in turn, delete and rebuild are those of a rebuild", async (context) => {
  const server = await sharedPostgres(context);
  const place = new PostgresPlace(server.url);
  const open = () =>
    openHistory({
      store: postgresStore({ connectionString: server.url, schema: place.schema }),
      now: () => NOW,
      maxDelayMs: 1,
    });
  const histories = [await open(), await open()];
  const reader = await open();
  try {
    const random = seeded(SEED);
    const events = randomEvents(random, 150);
    for (let start = 0; start < events.length; start += 20) {
      const history = histories[Math.floor(random() * 2)];
      await history?.intake(
        events.slice(start, start + 20).map((value) => ({ value, source: "test", sequence: null })),
      );
      if (start === 200) await histories[0]?.retain(START + 2 * DAY);
      if (start === 400) await histories[1]?.rebuild();
      const fresh = await dora({ store: unasked(reader), now: () => NOW }, {});
      expect(await reader.dora()).toEqual(fresh);
    }
    const [one] = histories;
    if (one === undefined) throw new Error("there is no history");
    expect(await reader.stats()).toMatchObject({ cutoff: START + 2 * DAY });
    const { syncs, repositories } = await projections(one.store);
    expect(syncs?.length).toBeGreaterThan(50);
    await one.rebuild();
    const again = await projections(one.store);
    expect(again["syncs"]).toEqual(syncs);
    expect(again["repositories"]).toEqual(repositories);
  } finally {
    await Promise.all([...histories, reader].map((history) => history.close()));
    await place.remove();
  }
});
