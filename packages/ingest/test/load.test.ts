import { expect, it } from "vitest";
import { expectNothingLost } from "./support/load-run.js";

it("loses nothing of 2,000 deliveries in two seconds, over real HTTP and with every event synced to the disk", async () => {
  expect((await expectNothingLost(1000, 2)).sent).toBe(2000);
});
