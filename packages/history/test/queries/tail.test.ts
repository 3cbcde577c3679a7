import { expect, it } from "vitest";
import { duckdbHistory } from "../support/histories.js";
import { DAY, START, syncEvents } from "../support/sample-events.js";

it("serves more followers than may wait for the store, each with every event", async () => {
  await using place = await duckdbHistory(START + DAY);
  const [first, second] = syncEvents({ sync: "a", at: START });
  const followers = Array.from({ length: 300 }, () => place.history.tail({ after: "0" }));
  const told = followers.map(async (items) => {
    const ids: string[] = [];
    for await (const item of items) {
      if (item.kind === "event" && ids.push(item.id) === 2) break;
    }
    return ids;
  });
  await place.add([first]);
  await place.add([second]);
  const all = await Promise.all(told);
  expect(new Set(all.map((ids) => ids.join())).size).toBe(1);
  expect(all).toHaveLength(300);
});
