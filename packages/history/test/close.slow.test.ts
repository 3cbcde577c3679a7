import { createHash } from "node:crypto";
import pg from "pg";
import { expect, it } from "vitest";
import { openHistory } from "../src/history.js";
import { StoreClosed } from "../src/store/errors.js";
import { postgresStore } from "../src/store/postgres/postgres-store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "./store/postgres-place.js";

stopSharedPostgres();

it("closes while another process never releases the store, says so, and gives back what it could not store", async (context) => {
  const place = new PostgresPlace((await sharedPostgres(context)).url);
  const warnings: string[] = [];
  const history = await openHistory({
    store: postgresStore({ connectionString: place.url, schema: place.schema }),
    maxDelayMs: 1,
    onWarning: ({ code }) => warnings.push(code),
  });
  const holder = new pg.Client({ connectionString: place.url });
  await holder.connect();
  const key = createHash("sha256").update(`alumiini-history ${place.schema}`).digest().readBigInt64BE();
  await holder.query(`begin; select pg_advisory_xact_lock(${key})`);
  try {
    const stored = history.intake([{ value: "no event", source: "test", sequence: 1 }]);
    const refused = expect(stored).rejects.toThrow(StoreClosed);
    await expect.poll(() => warnings, { timeout: 30_000 }).toContain("waiting");
    await history.close();
    await refused;
  } finally {
    await holder.end();
    await place.remove();
  }
});
