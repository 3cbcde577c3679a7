import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asCdevents, HOUR, MINUTE, START, syncEvents, wire } from "../support/sample-events.js";
import { duckdbPlace, type Place, projections } from "../support/stores.js";

/** A story with everything that can depend on order: retries, late starts, drift, several repositories and forms. */
function story(): unknown[] {
  const own = [
    ...syncEvents({ sync: "s1", at: START, commit: "aaaa1111", attributes: { "deployment.environment.name": "prod" } }),
    ...syncEvents({ sync: "s2", at: START + HOUR, commit: "bbbb2222", previous: "aaaa1111", fails: "apply" }),
    ...syncEvents({ sync: "s2", at: START + HOUR + MINUTE, commit: "bbbb2222", previous: "aaaa1111" }),
    ...syncEvents({ sync: "s3", at: START + 2 * HOUR, commit: "bbbb2222", previous: "bbbb2222" }),
    ...syncEvents({ sync: "s4", at: START + 3 * HOUR, commit: "cccc3333", fails: "git" }),
    ...syncEvents({ sync: "s5", at: START + 4 * HOUR, commit: "dddd4444", open: true }),
    ...syncEvents({ sync: "s1", at: START + 5 * HOUR, repo: "ledger", commit: "eeee5555" }),
    wire("drift_detected", START + 10 * MINUTE, { attributes: { "alumiini.resource.key": "Deployment/shop/api" } }),
    wire("drift_corrected", START + 20 * MINUTE, { attributes: { "alumiini.resource.key": "Deployment/shop/api" } }),
    wire("drift_detected", START + 30 * MINUTE, { attributes: { "alumiini.resource.key": "Deployment/shop/api" } }),
    wire("webhook_received", START + 6 * HOUR, {
      commit: "ffff6666",
      attributes: { "alumiini.source.suspended": true },
    }),
    wire("sync_completed", START + 7 * HOUR, { repo_name: "flux", commit: "abab7777", duration_ms: 60_000 }),
    wire("worker_started", START + 8 * HOUR, { repo_name: "quiet" }),
  ];
  return [...own, ...own.slice(0, 12).flatMap(asCdevents)];
}

describe("projections", () => {
  let place: Place;
  let expected: Record<string, readonly unknown[]>;

  // Ids are unique in each story: one story for all.
  const events = story();

  beforeEach(async () => {
    place = await duckdbPlace();
    await place.add(events);
    expected = await projections(place.store);
  });

  afterEach(async () => await place.remove());

  it("says what happened", () => {
    expect(expected["syncs"]).toHaveLength(7);
    expect(expected["syncs"]?.find((row) => JSON.stringify(row).includes('"s2"'))).toMatchObject({
      outcome: "succeeded",
      change: "changed",
      events: 8,
    });
    expect(expected["repositories"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          repo: "checkout",
          environment: "prod",
          running_revision: "bbbb2222",
          wanted_revision: "ffff6666",
          finished_sync: "s4",
          open_sync: "s5",
          suspended: true,
        }),
      ]),
    );
    expect(expected["drifts"]).toMatchObject([{ detected_at: START + 30 * MINUTE, corrected_at: START + 20 * MINUTE }]);
  });

  it("are the same whatever the order of events, how often they come, and how they are grouped", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
        fc.array(fc.nat({ max: events.length - 1 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (order, again, groupSize) => {
          const other = await duckdbPlace();
          try {
            await other.add(
              [...order, ...again].map((index) => events[index]),
              groupSize,
            );
            expect(await projections(other.store)).toEqual(expected);
          } finally {
            await other.remove();
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("are made again by a rebuild, row for row", async () => {
    await place.store.rebuild(place.projector);
    expect(await projections(place.store)).toEqual(expected);
  });
});
