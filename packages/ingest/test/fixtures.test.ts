import { describe, expect, it } from "vitest";
import {
  distinct,
  type Fixture,
  foreignFixturesOrSkip,
  mapSample,
  named,
  OWN_FIXTURES,
  readFixtures,
} from "./support/fixtures.js";

function expectEvents(fixture: Fixture): void {
  const mapped = fixture.deliveries.map((delivery) => mapSample(fixture.source, delivery));
  expect(
    mapped.flatMap(({ rejected }) => rejected ?? []),
    fixture.file,
  ).toEqual([]);
  const events = distinct(mapped);
  expect(named(events, fixture.events), fixture.file).toEqual(fixture.events);
  const all = mapped.flatMap((one) => one.events);
  const repeated = mapped.filter(
    (one, index) =>
      one.events.length > 0 &&
      one.events.every(({ id }) =>
        mapped.slice(0, index).some((before) => before.events.some((event) => event.id === id)),
      ),
  );
  expect(repeated, fixture.file).toHaveLength(fixture.duplicates);
  expect(new Set(all.map(({ id }) => id)).size).toBe(fixture.events.length);
}

describe("sample deliveries", () => {
  it.each(readFixtures(OWN_FIXTURES).map((fixture) => [fixture.file, fixture.about, fixture] as const))(
    "%s: %s",
    (_file, _about, fixture) => expectEvents(fixture),
  );

  it("of others make their events", (context) => {
    const fixtures = foreignFixturesOrSkip(context);
    expect(fixtures.length).toBeGreaterThan(0);
    for (const fixture of fixtures) expectEvents(fixture);
  });
});
