import { expect, it } from "vitest";
import { expectNothingLost } from "../support/load-run.js";

it("loses nothing of 2,000 deliveries a second for a minute", async () => {
  const result = await expectNothingLost(2000, 60);
  process.stdout.write(`${result.sent} deliveries: p50 ${result.p50} ms, p99 ${result.p99} ms\n`);
  expect(result.sent).toBe(120_000);
}, 300_000);
