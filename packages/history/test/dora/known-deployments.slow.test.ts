import { expect, it, vi } from "vitest";
import { dora } from "../../src/dora/dora.js";
import { duckdbHistory, unasked } from "../support/histories.js";
import { DAY, MINUTE, START, wire } from "../support/sample-events.js";

const NOW = START + 40 * DAY;
/** More than are looked at one by one. */
const SYNCS = 20_100;

it("reads everything again where very many syncs are new", { timeout: 120_000 }, async () => {
  await using place = await duckdbHistory(NOW);
  const { history } = place;
  // Not the history's own, which is asked ahead at some time.
  const store = unasked(history);
  const query = vi.spyOn(store, "query");
  const reads = () => query.mock.calls.filter(([{ sql }]) => sql.includes("as lines")).length;
  const context = { store, now: () => NOW };
  const sync = (index: number, outcome: "completed" | "failed") =>
    wire(`sync_${outcome}`, START + index * MINUTE, {
      repo_name: `repo-${index % 700}`,
      commit: `${index}`.padStart(8, "0"),
      resources_applied: 1,
      attributes: { "alumiini.sync.id": `sync-${index}` },
    });
  await place.add([sync(0, "completed")]);
  await dora(context);
  expect(reads()).toBe(1);
  const events = Array.from({ length: SYNCS }, (_, index) => sync(index + 1, index % 9 === 0 ? "failed" : "completed"));
  for (let start = 0; start < events.length; start += 1_000) await place.add(events.slice(start, start + 1_000));
  const { measures } = await dora(context);
  expect(reads()).toBe(2);
  expect(measures.deploymentFrequency.evidence.counted).toEqual([{ reason: "deployed", count: SYNCS + 1 }]);
  const fresh = await dora({ ...context, store: unasked(history) });
  expect(measures).toEqual(fresh.measures);
});
