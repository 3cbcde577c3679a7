import { expect, test } from "vitest";
import { RetentionClock } from "../../src/retention/clock.js";
import { Retention } from "../../src/retention/retention.js";
import { DAY, HOUR, START } from "../support/sample-events.js";

/** A clock that is looked at each hour while events come, as far as they do. */
function looked() {
  const clock = new RetentionClock();
  let [wall, monotonic] = [START, 0];
  return {
    pass(ms: number) {
      wall += ms;
      monotonic += ms;
    },
    set(time: number) {
      wall = time;
    },
    look: (newest: number, reached = 0) => clock.look(wall, monotonic, newest, reached),
    get wall() {
      return wall;
    },
  };
}

test("goes with the clock while events come, and where none come", () => {
  const clock = looked();
  expect(clock.look(START - HOUR)).toBe(START - HOUR);
  clock.pass(HOUR);
  expect(clock.look(clock.wall)).toBe(START + HOUR);
  clock.pass(30 * DAY);
  expect(clock.look(START + HOUR)).toBe(START + 30 * DAY + HOUR);
});

test("a jump ahead moves nothing, however long it lasts, while events have other times", () => {
  const clock = looked();
  clock.look(START);
  clock.set(START + 365 * DAY);
  for (let hour = 1; hour <= 100; hour++) {
    clock.pass(HOUR);
    // Of senders whose clocks are right.
    expect(clock.look(START + hour * HOUR)).toBe(START + hour * HOUR);
  }
  clock.set(START + 101 * HOUR);
  expect(clock.look(clock.wall)).toBe(clock.wall);
});

test("a jump is believed after a day of events that agree: a machine that slept, or senders on the same clock", () => {
  const clock = looked();
  clock.look(START);
  clock.set(START + 90 * DAY);
  expect(clock.look(clock.wall)).toBe(START);
  clock.pass(DAY - 1);
  expect(clock.look(clock.wall)).toBe(START + DAY - 1);
  clock.pass(1);
  expect(clock.look(clock.wall)).toBe(clock.wall);
});

test("a clock that is wrong from the start is not believed by events of its own", () => {
  const clock = looked();
  clock.set(START + 365 * DAY);
  expect(clock.look(START)).toBe(START);
  clock.pass(HOUR);
  expect(clock.look(clock.wall)).toBe(START + HOUR);
});

test("goes on where it was before a restart, though nothing came since", () => {
  const clock = looked();
  clock.pass(60 * DAY);
  expect(clock.look(START, START + 60 * DAY - HOUR)).toBe(START + 60 * DAY - HOUR);
});

test("a clock that was set back and right again has jumped", () => {
  const clock = looked();
  clock.look(START);
  clock.set(START - 365 * DAY);
  expect(clock.look(START - 366 * DAY)).toBe(START - 365 * DAY);
  clock.set(START);
  expect(clock.look(START)).toBe(START - 365 * DAY);
});

test("retention deletes by that time, and warns once an event would have gone by the clock", async () => {
  let [wall, monotonic] = [START + 30 * DAY, 0];
  const cutoffs: number[] = [];
  const warnings: string[] = [];
  const parts = {
    store: {
      engine: "duckdb" as const,
      cutoff: 0,
      query: async () => [{ oldest: START, newest: START + 30 * DAY }] as never,
      size: async () => ({}) as never,
    },
    now: () => wall,
    monotonic: () => monotonic,
    retain: async (cutoff: number) => {
      cutoffs.push(cutoff);
      return {} as never;
    },
    warn: (message: string) => void warnings.push(message),
  };
  const retention = new Retention({ maxAgeMs: 40 * DAY, maxBytes: undefined, everyMs: 5 }, parts);
  await expect.poll(() => cutoffs.length).toBeGreaterThan(1);
  [wall, monotonic] = [wall + 365 * DAY, monotonic + HOUR];
  await expect.poll(() => warnings.length).toBeGreaterThan(0);
  await retention.close();
  expect(Math.max(...cutoffs)).toBe(START - 10 * DAY + HOUR);
  expect(warnings[0]).toMatch(/^The clock says .*, which no event confirms; .*Fix: set the clock/);
});
