import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ObservedSpans, observedSpans } from "../../src/store/observed.js";
import type { Store } from "../../src/store/store.js";
import { DuckDbPlace } from "./duckdb-place.js";
import { NO_PROJECTOR, START } from "./sample.js";

const MINUTE = 60_000;

describe("observed spans", () => {
  let place: DuckDbPlace;
  let store: Store;

  beforeEach(async () => {
    place = await DuckDbPlace.make();
    store = await place.open();
  });

  afterEach(async () => {
    await store.close();
    await place.remove();
  });

  async function write(observed: ObservedSpans, now: number): Promise<void> {
    const changes = observed.changes(now);
    await store.commit({ events: [], changes }, NO_PROJECTOR);
    observed.written(changes, [], now);
  }

  it("join what touches, over restarts too, and leave silences and downtimes out", async () => {
    const first = new ObservedSpans("first", START);
    first.note("source", "flux", START);
    first.note("source", "flux", START + 4 * MINUTE);
    await write(first, START + 5 * MINUTE);
    first.note("source", "flux", START + 8 * MINUTE);
    // Late, and before everything else.
    first.note("source", "flux", START - 2 * MINUTE);
    await write(first, START + 10 * MINUTE);
    const second = new ObservedSpans("second", START + 30 * MINUTE);
    second.note("source", "flux", START + 12 * MINUTE);
    second.note("source", "flux", START + 40 * MINUTE);
    second.note("stream", "events", START, START + 45 * MINUTE);
    await write(second, START + 50 * MINUTE);
    expect(await observedSpans(store, { from: START - 60 * MINUTE, to: START + 60 * MINUTE })).toEqual([
      { kind: "source", source: "flux", from: START - 2 * MINUTE, to: START + 12 * MINUTE },
      { kind: "source", source: "flux", from: START + 40 * MINUTE, to: START + 40 * MINUTE },
      { kind: "store", source: "", from: START, to: START + 10 * MINUTE },
      { kind: "store", source: "", from: START + 30 * MINUTE, to: START + 50 * MINUTE },
      { kind: "stream", source: "events", from: START, to: START + 45 * MINUTE },
    ]);
    const window = { from: START + 2 * MINUTE, to: START + 31 * MINUTE };
    expect((await observedSpans(store, window)).map(({ from, to }) => [from, to])).toEqual([
      [START + 2 * MINUTE, START + 12 * MINUTE],
      [START + 2 * MINUTE, START + 10 * MINUTE],
      [START + 30 * MINUTE, START + 31 * MINUTE],
      [START + 2 * MINUTE, START + 31 * MINUTE],
    ]);
  });

  it("are written on after the clock was set back", async () => {
    const observed = new ObservedSpans("first", START);
    await write(observed, START + 60 * MINUTE);
    observed.note("source", "flux", START + MINUTE);
    expect(observed.isDue(START + 60 * MINUTE)).toBe(false);
    await write(observed, START + MINUTE);
    const spans = await observedSpans(store, { from: START, to: START + 2 * MINUTE });
    expect(spans).toContainEqual({ kind: "source", source: "flux", from: START + MINUTE, to: START + MINUTE });
  });

  it("keep one row for a span that grows, and follow no more sources than they may", async () => {
    const observed = new ObservedSpans("me", START, { maxSources: 2, writeEveryMs: 1 });
    for (let n = 0; n < 20; n++) {
      observed.note("source", "flux", START + (n % 2 === 0 ? n : -n) * MINUTE);
      await write(observed, START + n * MINUTE);
    }
    for (const source of ["a", "b", "c"]) observed.note("source", source, START);
    await write(observed, START + 20 * MINUTE);
    const rows = await store.query({
      sql: "select source, ended_at - started_at as length from spans where kind = 'source' order by source",
      columns: { source: "text", length: "bigint" },
    });
    expect(rows).toEqual([
      { source: "b", length: 0 },
      { source: "c", length: 0 },
      { source: "flux", length: 37 * MINUTE },
    ]);
  });
});
