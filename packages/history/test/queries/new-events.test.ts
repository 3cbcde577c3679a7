import { expect, it } from "vitest";
import { dora } from "../../src/dora/dora.js";
import { openHistory } from "../../src/history.js";
import type { QueryContext } from "../../src/queries/context.js";
import { heldEvents } from "../../src/queries/held-events.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import type { Query } from "../../src/store/store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "../store/postgres-place.js";
import { unasked } from "../support/histories.js";
import { DAY, MINUTE, START, syncEvents } from "../support/sample-events.js";

stopSharedPostgres();

const NOW = START + 20 * DAY;
const SYNCS = 1_000;

it("finds new events by their index where PostgreSQL has no statistics", async (context) => {
  const place = new PostgresPlace((await sharedPostgres(context)).url);
  const store = postgresStore({ connectionString: place.url, schema: place.schema });
  const history = await openHistory({ store, now: () => NOW, maxDelayMs: 5 });
  try {
    const add = (index: number) =>
      syncEvents({
        sync: `sync-${index}`,
        at: START + index * MINUTE,
        repo: `repo-${index % 20}`,
        commit: `${index}`.padStart(8, "0"),
        attributes: { "alumiini.repo.committed_at": START },
      }).map((value) => ({ value, source: "test", sequence: null }));
    await history.intake(Array.from({ length: SYNCS }, (_, index) => add(index)).flat());
    const asked: Query[] = [];
    const recorded: QueryContext = { store: unasked(history), now: () => NOW };
    const query: QueryContext["store"]["query"] = (each, options) => {
      asked.push(each);
      return history.store.query(each, options);
    };
    Object.assign(recorded.store, { query });
    const ask = () => Promise.all([dora(recorded, {}), heldEvents(recorded)]);
    await ask();
    await history.intake(add(SYNCS));
    asked.length = 0;
    await ask();
    // As for a month that has just begun, or a database that was restored.
    await place.ask("delete from pg_statistic where starelid in (select relid from pg_stat_user_tables)");
    const plans: string[] = [];
    for (const { sql, parameters = [] } of asked.filter(({ sql }) => sql.includes("events e"))) {
      const columns = { "QUERY PLAN": "text" } as const;
      const lines = await history.store.query({ sql: `explain ${sql}`, parameters, columns });
      plans.push([sql, ...lines.map((line) => line["QUERY PLAN"])].join("\n"));
    }
    expect(plans.length).toBeGreaterThanOrEqual(10);
    expect(plans.filter((plan) => /Seq Scan on events_\d/.test(plan))).toEqual([]);
    // Earlier events are looked up by the id of each new one, and by nothing that many have.
    const others = /_seq_idx on events_\d+_\d+ o|on events_\d+_\d+ o.*BitmapAnd/s;
    expect(plans.filter((plan) => others.test(plan))).toEqual([]);
  } finally {
    await history.close();
    await place.remove();
  }
});
