import { expect, it } from "vitest";
import { loadServer } from "../support/load-run.ts";

it("loses nothing of 2,000 deliveries a second for a minute, beside the page and questions", async () => {
  const run = await loadServer(2000, 60);
  process.stdout.write(`${JSON.stringify(run)}\n`);
  expect(run.statuses).toEqual({ 200: 120_000 });
}, 600_000);

it("loses nothing that was answered when it is killed in the middle of that", async () => {
  const run = await loadServer(2000, 60, 30_000);
  process.stdout.write(`${JSON.stringify(run)}\n`);
  expect(run.statuses["200"]).toBeGreaterThan(10_000);
}, 600_000);
