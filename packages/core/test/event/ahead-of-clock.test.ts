import { expect, it } from "vitest";
import { aheadOfClock } from "../../src/adapter/index.js";

const NOW = Date.UTC(2026, 10, 26);
const DAY_MS = 86_400_000;

it.each([0, NOW - 1, NOW, NOW + DAY_MS])("takes %d: not over a day ahead of the clock", (timestamp) => {
  expect(aheadOfClock(timestamp, NOW)).toBeUndefined();
});

it.each([NOW + DAY_MS + 1, NOW + 365 * DAY_MS])("says why %d is refused", (timestamp) => {
  expect(aheadOfClock(timestamp, NOW)).toBe("timestamp lies over a day ahead of the clock here");
});
