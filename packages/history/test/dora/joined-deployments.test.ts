import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { expect, it } from "vitest";
import type { LeftOut } from "../../src/dora/deployments.js";
import { join, type Told } from "../../src/dora/joined-deployments.js";

it("joins tens of thousands by time and id, and what is new afterwards", async () => {
  const random = seeded(SEED);
  let made = 0;
  const part = (): Told => ({
    deployments: [],
    heartbeats: [],
    // Many share a time.
    leftOut: Array.from(
      { length: Math.floor(random() * 500) },
      (): LeftOut => ({ reason: "heartbeat", at: Math.floor(random() * 9_000), eventId: `${made++}` }),
    ),
  });
  const inOrder = (told: readonly Told[]) =>
    told.flatMap(({ leftOut }) => leftOut).sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1));
  const told = Array.from({ length: 130 }, part);
  expect(inOrder(told).length).toBeGreaterThan(20_000);
  const first = await join(told, []);
  expect(first.leftOut).toEqual(inOrder(told));
  // A few places are told anew, then most of them.
  for (const anew of [2, 100]) {
    const next = [...told.slice(anew), ...Array.from({ length: anew }, part)];
    expect((await join(next, [], first)).leftOut).toEqual(inOrder(next));
  }
});
