import { expect, it, vi } from "vitest";
import { dora } from "../../src/dora/dora.js";
import { duckdbHistory, unasked } from "../support/histories.js";
import { DAY, HOUR, START, syncEvents } from "../support/sample-events.js";

const NOW = START + 40 * DAY;

// A quarter of it holds three deployments.
vi.mock("node:v8", () => ({ getHeapStatistics: () => ({ heap_size_limit: 4 * 700 * 3 }) }));

it("reads the deployments for each question where there are more than memory may hold", async () => {
  await using place = await duckdbHistory(NOW);
  const store = unasked(place.history);
  const query = vi.spyOn(store, "query");
  const answer = async () => {
    query.mockClear();
    const { measures } = await dora({ store, now: () => NOW });
    const reads = query.mock.calls.filter(([{ sql }]) => sql.includes("as lines")).length;
    return { reads, deployed: measures.deploymentFrequency.evidence.counted[0]?.count };
  };
  const deploy = (index: number) =>
    place.add(syncEvents({ sync: `s${index}`, at: START + index * HOUR, commit: `${index}`.repeat(8), previous: "a" }));
  for (const index of [1, 2, 3]) await deploy(index);
  expect(await answer()).toEqual({ reads: 1, deployed: 3 });
  expect(await answer()).toEqual({ reads: 0, deployed: 3 });
  await deploy(4);
  expect((await answer()).deployed).toBe(4);
  expect(await answer()).toEqual({ reads: 1, deployed: 4 });
  expect(await answer()).toEqual({ reads: 1, deployed: 4 });
});
