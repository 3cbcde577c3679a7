import { expect, test } from "vitest";
import { loadServer } from "./support/load-run.ts";

// The long runs are in chaos/load.chaos.ts.
test("loses nothing of some seconds of deliveries, beside the page and questions", async () => {
  const run = await loadServer(200, 3);
  process.stdout.write(`${JSON.stringify(run)}\n`);
  expect(run.statuses).toEqual({ 200: 600 });
  expect(run.questions).toBeGreaterThan(0);
});

test("loses nothing that was answered when it is killed under load", async () => {
  const run = await loadServer(200, 3, { killAfterMs: 1000 });
  expect(run.statuses["200"]).toBeGreaterThan(0);
});
