import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { describe, expect, it } from "vitest";
import { type History, openHistory } from "../../src/history.js";
import { heldEvents } from "../../src/queries/held-events.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "../store/postgres-place.js";
import { duckdbHistory, unasked } from "../support/histories.js";
import { randomEvents } from "../support/random-events.js";
import { DAY, START } from "../support/sample-events.js";

stopSharedPostgres();

const NOW = START + 60 * DAY;

describe("the counts of what is stored", () => {
  it("are those of all events after each change, on DuckDB", async () => {
    await using place = await duckdbHistory(NOW);
    await countsHold(place.history);
  });

  it("are those of all events after each change, on PostgreSQL", async (context) => {
    const place = new PostgresPlace((await sharedPostgres(context)).url);
    const store = postgresStore({ connectionString: place.url, schema: place.schema });
    const history = await openHistory({ store, now: () => NOW, maxDelayMs: 5 });
    try {
      await countsHold(history);
    } finally {
      await history.close();
      await place.remove();
    }
  });
});

/** Adds events and compares after each step. */
async function countsHold(history: History): Promise<void> {
  const random = seeded(SEED);
  // Every fifth sync comes as CDEvents, too; shuffled, the forms of one event come at different times.
  const messages = randomEvents(random, 150)
    .map((message) => ({ message, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ message }) => message);
  for (let start = 0; start < messages.length; start += 70) {
    const some = messages.slice(start, start + 70);
    await history.intake(some.map((value) => ({ value, source: "test", sequence: null })));
    await holds();
  }
  expect((await history.stats()).byForm.length).toBeGreaterThan(1);
  await history.retain(START + 10 * DAY);
  await holds();

  async function holds(): Promise<void> {
    const fresh = await heldEvents({ store: unasked(history), now: () => NOW });
    expect(await history.stats()).toMatchObject(fresh);
  }
}
