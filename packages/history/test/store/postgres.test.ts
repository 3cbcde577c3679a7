import { expect, it } from "vitest";
import { StoreError } from "../../src/store/errors.js";
import { storeContract } from "./contract.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "./postgres-place.js";
import { events, START, SYNCS } from "./sample.js";

stopSharedPostgres();

storeContract("PostgreSQL", async (context) => new PostgresPlace((await sharedPostgres(context)).url));

it("refuses a projected row that is there and was not to be replaced, also beside one that is", async (context) => {
  const place = new PostgresPlace((await sharedPostgres(context)).url);
  const store = await place.open();
  const row = (sync: string, count: number) => ({ sync, first_ts: START, last_ts: START, events: count });
  const projected = (remove: readonly string[], append: ReturnType<typeof row>[]) => ({
    version: "0",
    project: async () => [{ table: "syncs", remove: remove.map((sync) => [sync]), append }],
    committed() {},
    reset() {},
  });
  const read = () => store.query({ sql: "select * from syncs order by sync", columns: SYNCS.columns });
  try {
    await store.commit({ events: events(0, 1), changes: [] }, projected([], [row("a", 1), row("b", 1)]));
    const faulty = projected(["a"], [row("a", 2), row("b", 2)]);
    await expect(store.commit({ events: events(1, 2), changes: [] }, faulty)).rejects.toThrow(StoreError);
    expect(await read()).toEqual([row("a", 1), row("b", 1)]);
    const right = projected(["a", "b"], [row("a", 2), row("c", 2)]);
    await store.commit({ events: events(1, 2), changes: [] }, right);
    expect(await read()).toEqual([row("a", 2), row("c", 2)]);
  } finally {
    await store.close();
    await place.remove();
  }
});
