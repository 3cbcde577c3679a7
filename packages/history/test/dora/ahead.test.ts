import { describe, expect, it, vi } from "vitest";
import { duckdbHistory } from "../support/histories.js";
import { DAY, START, syncEvents } from "../support/sample-events.js";

/** What reads all syncs. */
const READS_ALL = "as lines";

describe("the first answer", () => {
  it("is made ahead: who asks later does not wait for all syncs to be read", async () => {
    await using place = await duckdbHistory(START + DAY);
    const query = vi.spyOn(place.history.store, "query");
    const reads = () => query.mock.calls.filter(([{ sql }]) => sql.includes(READS_ALL)).length;
    await place.add(syncEvents({ sync: "s", at: START }));
    await expect.poll(reads).toBe(1);
    await place.history.dora();
    expect(reads()).toBe(1);
    // Retention forgets what was known.
    await place.history.retain(START);
    await expect.poll(reads).toBe(2);
  });

  it("is given up when the history is closed", async () => {
    await using place = await duckdbHistory(START + DAY);
    const { store } = place.history;
    const query = store.query.bind(store);
    const told: string[] = [];
    vi.spyOn(store, "query").mockImplementation((asked, options) => {
      if (!asked.sql.includes(READS_ALL)) return query(asked, options);
      told.push("reading");
      return new Promise((_, reject) => {
        options?.signal?.addEventListener("abort", () => {
          told.push("ended");
          reject(options.signal?.reason);
        });
      });
    });
    await expect.poll(() => told).toEqual(["reading"]);
    await place.history.close();
    expect(told).toEqual(["reading", "ended"]);
  });
});
