import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  distinct,
  type Fixture,
  foreignFixturesOrSkip,
  mapSample,
  OWN_FIXTURES,
  readFixtures,
} from "../support/fixtures.js";
import { bundleChild, RunningChild } from "./running-child.js";

let child: Awaited<ReturnType<typeof bundleChild>>;
beforeAll(async () => {
  child = await bundleChild();
});
afterAll(() => child?.remove());

const random = seeded(SEED);

function routesOf(fixtures: readonly Fixture[]): string[] {
  return fixtures.map(({ source, secret, token }, index) => `/${index}=${source}=${secret ?? token ?? ""}`);
}

/** Sends what is not answered with 200 again, as Argo CD and people do, through kills at random. */
async function expectSameSetThroughKills(fixtures: readonly Fixture[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "ingest-kill-"));
  const file = join(directory, "events");
  const routes = routesOf(fixtures);
  let running = await RunningChild.start(child.program, file, routes);
  let kills = 0;
  const confirmed: string[] = [];
  try {
    for (const [index, fixture] of fixtures.entries()) {
      for (const delivery of fixture.deliveries) {
        let answered = false;
        while (!answered) {
          const answer = fetch(`${running.base}/${index}`, {
            method: "POST",
            headers: delivery.headers,
            body: delivery.text,
          }).then(
            ({ status }) => status,
            () => 0,
          );
          // Before, during and after the delivery, once at least.
          const dice = kills === 0 ? random() / 4 : random();
          if (dice < 0.25) {
            if (dice < 0.1) await answer;
            else if (dice < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 5));
            await running.kill();
            kills++;
            running = await RunningChild.start(child.program, file, routes);
          }
          answered = (await answer) === 200;
        }
        confirmed.push(...mapSample(fixture.source, delivery).events.map(({ id }) => id));
      }
    }
    expect(await running.stop()).toMatchObject({ inProgress: 0 });
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    const stored = lines.map((line): unknown => JSON.parse(line));
    const expected = distinct(
      fixtures.flatMap(({ source, deliveries }) => deliveries.map((delivery) => mapSample(source, delivery))),
    );
    const byId = new Map(stored.map((event) => [(event as { id: string }).id, event]));
    // A duplicate after a kill counts as accepted: the file may have it twice, and it is the same.
    expect([...byId.keys()].sort()).toEqual(expected.map(({ id }) => id).sort());
    for (const event of expected) expect(byId.get(event.id)).toEqual(event);
    expect(new Set(confirmed)).toEqual(new Set(byId.keys()));
    expect(kills).toBeGreaterThan(0);
  } finally {
    await running.kill().catch(() => {});
    await rm(directory, { recursive: true, force: true });
  }
}

describe(`the process is killed between deliveries (seed ${SEED})`, () => {
  it("and what was answered is stored, once each by its id", () =>
    expectSameSetThroughKills(readFixtures(OWN_FIXTURES)));

  it("and so it is with the deliveries of others", (context) =>
    expectSameSetThroughKills(foreignFixturesOrSkip(context)));
});
