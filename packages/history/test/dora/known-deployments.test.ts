import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { describe, expect, it } from "vitest";
import { dora } from "../../src/dora/dora.js";
import type { DoraAnswer, DoraInput } from "../../src/queries/answers/dora.js";
import { duckdbHistory, unasked } from "../support/histories.js";
import { randomEvents } from "../support/random-events.js";
import { DAY, HOUR, MINUTE, START, syncEvents, wire } from "../support/sample-events.js";

const NOW = START + 40 * DAY;

/** What an answer says, without the share of heartbeats that was read one by one. */
function figures({ asOf: _, ...answer }: DoraAnswer) {
  return answer;
}

describe("what is remembered of deployments", () => {
  it("answers as if everything had been read again, after each change", async () => {
    const random = seeded(SEED);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const shuffled = <T>(items: readonly T[]): T[] =>
      items
        .map((item) => ({ item, place: random() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item);
    const heartbeats = Array.from({ length: 60 }, (_, index) =>
      syncEvents({
        sync: `beat-${index}`,
        repo: pick(["a", "B", "ä"]),
        at: START + Math.floor(random() * 30 * DAY),
        commit: pick(["1".repeat(8), "2".repeat(8)]),
        previous: pick(["1".repeat(8), "2".repeat(8)]),
      }),
    ).flat();
    const pushes = ["1", "2", "3"].map((digit) =>
      wire("webhook_received", START + DAY, {
        repo_name: "elsewhere",
        commit: digit.repeat(8),
        attributes: { "alumiini.repo.committed_at": START - HOUR },
      }),
    );
    const events = shuffled([...randomEvents(random, 120), ...heartbeats, ...pushes]);
    await using place = await duckdbHistory(NOW);
    const inputs: DoraInput[] = [
      {},
      { repoName: ["a", "ä"], explain: "changeFailRate" },
      { clusterId: "prod-eu", environment: "production", explain: "changeLeadTime" },
      { namespace: "nothing" },
    ];
    for (let start = 0; start < events.length; start += 90) {
      await place.add(events.slice(start, start + 90));
      for (const input of inputs) {
        const fresh = await dora({ store: unasked(place.history), now: () => NOW }, input);
        expect(figures(await place.history.dora(input))).toEqual(figures(fresh));
      }
    }
    expect((await place.history.dora()).measures.changeFailRate.value).toBeGreaterThan(0);
    await place.history.retain(START + 15 * DAY);
    const fresh = await dora({ store: unasked(place.history), now: () => NOW }, {});
    expect(figures(await place.history.dora())).toEqual(figures(fresh));
  });

  it("counts a deployment whatever its names hold", async () => {
    await using place = await duckdbHistory(NOW);
    await place.add([
      ...syncEvents({ sync: "one\u001e", at: START, commit: "a\u001fb\u001ec" }),
      ...syncEvents({ sync: "two\u001f", at: START + HOUR, commit: "bbbb2222", previous: "a\u001fb\u001ec" }),
    ]);
    const { measures } = await place.history.dora({ explain: "deploymentFrequency" });
    expect(measures.changeFailRate.coverage).toMatchObject({ known: 2, total: 2 });
  });

  it("is made again for a heartbeat that turns out to be a failure, and for a commit that is told later", async () => {
    await using place = await duckdbHistory(NOW);
    const { history } = place;
    const sync = (name: string, at: number, commit: string, previous: string) =>
      syncEvents({ sync: name, at, commit, previous });
    await place.add([
      ...sync("one", START, "bbbb2222", "aaaa1111"),
      ...sync("two", START + HOUR, "bbbb2222", "bbbb2222"),
    ]);
    const first = await history.dora();
    expect(first.measures.changeFailRate).toMatchObject({ value: 0 });
    expect(first.measures.changeLeadTime).toMatchObject({ value: null, coverage: { known: 0, total: 1 } });
    // The same sync ends again, with another revision, and fails.
    const end = { commit: "cccc3333", resources_applied: 2, attributes: { "alumiini.sync.id": "two" } };
    await place.add([wire("sync_failed", START + HOUR + MINUTE, end)]);
    expect((await history.dora()).measures.changeFailRate).toMatchObject({ value: 1 / 2 });
    const push = { commit: "bbbb2222", repo_name: "x", attributes: { "alumiini.repo.committed_at": START - HOUR } };
    await place.add([wire("webhook_received", START + 2 * HOUR, push)]);
    expect((await history.dora()).measures.changeLeadTime).toMatchObject({
      value: HOUR + 10_000,
      coverage: { known: 1, total: 1 },
    });
  });
});

it("says of a time without length that nothing was observed, not that nothing was deployed", async () => {
  await using place = await duckdbHistory(NOW);
  await place.add(syncEvents({ sync: "a", at: START, commit: "aaaa1111" }));
  const { measures } = await place.history.dora({ since: START + DAY, until: START + DAY });
  expect(measures.deploymentFrequency).toMatchObject({ value: null, why: "Nothing was observed in this time." });
});
