import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type History, type HistoryOptions, openHistory } from "../../src/history.js";
import { TABLES } from "../../src/projections/tables.js";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "../store/postgres-place.js";
import { duckdbHistory } from "../support/histories.js";
import { DAY, HOUR, MINUTE, START, syncEvents, wire } from "../support/sample-events.js";
import { projections, rowCounts } from "../support/stores.js";

stopSharedPostgres();

const NOW = START + 100 * DAY;
const POLL = { interval: 250 };

interface Opened {
  readonly history: History;
  readonly warnings: string[];
}

/** The history of a place, opened again with retention. */
async function withRetention(
  store: HistoryOptions["store"],
  retention: HistoryOptions["retention"],
  now = () => NOW,
): Promise<Opened> {
  const warnings: string[] = [];
  const onWarning = ({ code, message }: { code: string; message: string }) => warnings.push(`${code}: ${message}`);
  const history = await openHistory({ store, retention, onWarning, now, maxDelayMs: 5 });
  return { history, warnings };
}

async function add(history: History, events: readonly unknown[]): Promise<void> {
  for (let start = 0; start < events.length; start += 500) {
    const some = events.slice(start, start + 500);
    await history.intake(some.map((value) => ({ value, source: "test", sequence: null })));
  }
}

/** Days of syncs whose bodies hardly compress. */
function daysOf(from: number, to: number): unknown[] {
  const days = Array.from({ length: to - from }, (_, index) => from + index);
  return days.flatMap((day) =>
    Array.from({ length: 100 }, (_, index) =>
      syncEvents({
        sync: `d${day}-${index}`,
        at: START + day * DAY + index * 10 * MINUTE,
        repo: `repo-${index % 3}`,
        commit: day.toString(16).padStart(8, "0"),
        attributes: { noise: randomBytes(600).toString("base64") },
      }),
    ).flat(),
  );
}

async function rows(history: History): Promise<Record<string, number>> {
  return await rowCounts(
    history.store,
    TABLES.map(({ name }) => name),
  );
}

describe("retention by age", () => {
  it("is applied after opening, to raw rows and projections alike", async () => {
    await using place = await duckdbHistory(NOW);
    await add(place.history, [...daysOf(0, 10), wire("worker_started", START + 10 * DAY)]);
    await place.history.close();
    const store = duckdbStore({ path: place.path });
    const opened = async (clock: number, expired: number, syncs: number) => {
      const { history, warnings } = await withRetention(store, { maxAgeMs: 3 * DAY }, () => clock);
      try {
        await expect.poll(async () => (await history.stats()).expired, POLL).toBe(expired);
        expect((await rows(history))["syncs"]).toBe(syncs);
        expect(await history.stats()).toMatchObject({ expired, cutoff: clock - 3 * DAY, ignored: 0 });
        for (const [name, time] of [
          ["events", "ts"],
          ["syncs", "first_ts"],
          ["repositories", "last_ts"],
        ]) {
          const sql = `select min(${time}) as oldest from ${name}`;
          const [found] = await history.store.query({ sql, columns: { oldest: "bigint?" } });
          expect(found?.oldest, name).toBeGreaterThanOrEqual(clock - 3 * DAY);
        }
        const live = await projections(history.store);
        await history.rebuild();
        expect((await projections(history.store))["syncs"]).toEqual(live["syncs"]);
      } finally {
        await history.close();
      }
      expect(warnings).toEqual([]);
    };
    await opened(START + 8 * DAY, 2_000, 500);
    await opened(START + 10 * DAY, 2_800, 300);
  });

  it("deletes nothing, and warns, where the clock is a year ahead of every event", async () => {
    await using place = await duckdbHistory(NOW);
    await add(place.history, daysOf(0, 2));
    await place.history.close();
    const store = duckdbStore({ path: place.path });
    const { history, warnings } = await withRetention(store, { maxAgeMs: 3 * DAY }, () => START + 365 * DAY);
    await expect.poll(() => warnings.join(), POLL).toContain("which no event confirms");
    // What comes meanwhile is stored, and not refused as too old.
    await add(history, daysOf(2, 3));
    expect(await history.stats()).toMatchObject({ events: 1_200, expired: 0, ignored: 0 });
    await history.close();
  });

  it("keeps a repository whose newest event came in the hour of the cutoff, after it", async () => {
    await using place = await duckdbHistory(NOW);
    const at = START + DAY;
    await add(place.history, [
      wire("worker_started", at + 10 * MINUTE, { repo_name: "before" }),
      wire("worker_started", at + 50 * MINUTE, { repo_name: "after" }),
    ]);
    await place.history.retain(at + 30 * MINUTE);
    expect((await place.history.fleet()).items.map(({ repoName }) => repoName)).toEqual(["after"]);
    const live = (await projections(place.history.store))["repositories"];
    await place.history.rebuild();
    expect((await projections(place.history.store))["repositories"]).toEqual(live);
  });

  it("keeps what is stored while it runs, and what a sync across the cutoff becomes", async () => {
    await using place = await duckdbHistory(NOW);
    const { history } = place;
    await add(history, daysOf(0, 4));
    const cutoff = START + 2 * DAY;
    const across = syncEvents({ sync: "across", at: cutoff - HOUR, took: 2 * HOUR, commit: "cccc3333" });
    await add(history, across.slice(0, 2));
    const results = await Promise.all([
      history.retain(cutoff),
      add(history, across.slice(2)),
      add(history, daysOf(4, 5)),
      history.retain(cutoff),
    ]);
    const late = await history.sync({ syncId: "across" });
    expect(late.sync).toMatchObject({ outcome: "succeeded", revision: "cccc3333" });
    expect((results[0].deleted["events"] ?? 0) + (results[3].deleted["events"] ?? 0)).toBe(802);
    const live = (await projections(history.store))["syncs"];
    await history.rebuild();
    expect((await projections(history.store))["syncs"]).toEqual(live);
  });

  it("counts what it deleted, whatever is read meanwhile", async () => {
    await using place = await duckdbHistory(NOW);
    const { history } = place;
    await add(history, daysOf(0, 1));
    let retaining = true;
    const read = async () => {
      while (retaining) await history.stats();
    };
    const reading = [read(), read()];
    let deleted = 0;
    try {
      for (let step = 1; step <= 50; step++) {
        deleted += (await history.retain(START + step * 20 * MINUTE)).deleted["events"] ?? 0;
      }
    } finally {
      retaining = false;
      await Promise.all(reading);
    }
    expect(deleted).toBe(400);
    expect(await history.stats()).toMatchObject({ expired: 400, events: 0 });
  });

  it("refuses a time that has not come, and options that are none", async () => {
    await using place = await duckdbHistory(NOW);
    await expect(place.history.retain(NOW + 1)).rejects.toThrow("Fix: give milliseconds since 1970, up to now");
    await expect(place.history.retain(Number.NaN)).rejects.toThrow(RangeError);
    const store = duckdbStore({ path: `${place.path}-2` });
    for (const retention of [{ maxAgeMs: 0 }, { everyMs: 2 ** 31 }, { maxAge: 1 }, { maxBytes: 0.5 }]) {
      await expect(openHistory({ store, retention })).rejects.toThrow(/openHistory: option "retention\./);
    }
  });
});

describe("retention by size", () => {
  it("deletes the oldest until the used blocks fit", async () => {
    await using place = await duckdbHistory(NOW);
    await add(place.history, daysOf(0, 30));
    const before = (await place.history.store.size()).usedBytes;
    await place.history.close();
    const maxBytes = Math.floor(before * 0.6);
    const { history, warnings } = await withRetention(duckdbStore({ path: place.path }), { maxBytes });
    try {
      await expect.poll(async () => (await history.store.size()).usedBytes, POLL).toBeLessThanOrEqual(maxBytes);
      // Its last step may still be under way.
      const known = async () => (({ events, expired }) => events + expired)(await history.stats());
      await expect.poll(known, POLL).toBe(12_000);
      const { events, cutoff } = await history.stats();
      expect(events).toBeGreaterThan(0);
      expect((await history.syncs()).items[0]?.syncId).toBe("d29-99");
      const [oldest] = await history.store.query({
        sql: "select min(ts) as ts from events",
        columns: { ts: "bigint" },
      });
      expect(oldest?.ts).toBeGreaterThanOrEqual(cutoff ?? 0);
    } finally {
      await history.close();
    }
    expect(warnings).toEqual([]);
  });

  it("drops whole months on PostgreSQL, never the running one, and says when that is not enough", async (context) => {
    const server = await sharedPostgres(context);
    const place = new PostgresPlace(server.url);
    const store = postgresStore({ connectionString: server.url, schema: place.schema });
    const filled = await withRetention(store, undefined);
    await add(
      filled.history,
      daysOf(0, 100).filter((_, index) => index % 40 < 4),
    );
    await filled.history.close();
    const { history, warnings } = await withRetention(store, { maxBytes: 1 });
    try {
      await expect.poll(() => warnings.length, POLL).toBeGreaterThan(0);
      expect(warnings[0]).toMatch(/^retention_failed: The store uses \d+ bytes.*Fix: raise maxBytes$/);
      const now = new Date(NOW);
      const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
      expect((await history.stats()).cutoff).toBe(month);
      expect((await rows(history))["events"]).toBeGreaterThan(0);
    } finally {
      await history.close();
      await place.remove();
    }
  });
});

describe("closing a history whose retention runs", () => {
  it("waits for its step, warns of nothing, and leaves a store that opens", async () => {
    await using place = await duckdbHistory(NOW);
    await add(place.history, daysOf(0, 10));
    await place.history.close();
    const store = duckdbStore({ path: place.path });
    for (let round = 0; round < 3; round++) {
      const retention = { maxAgeMs: (9 - round) * DAY, maxBytes: 1, everyMs: 1 };
      const { history, warnings } = await withRetention(store, retention, () => START + 10 * DAY);
      await new Promise((resolve) => setTimeout(resolve, round * 15));
      await history.close();
      expect(warnings.filter((warning) => !warning.includes("raise maxBytes"))).toEqual([]);
    }
    const { history } = await withRetention(store, undefined);
    const live = (await projections(history.store))["syncs"];
    await history.rebuild();
    expect((await projections(history.store))["syncs"]).toEqual(live);
    await history.close();
  });

  it("deletes nothing where the store is only read", async () => {
    await using place = await duckdbHistory(NOW);
    await add(place.history, daysOf(0, 1));
    await place.history.close();
    const store = duckdbStore({ path: place.path, readOnly: true });
    const { history, warnings } = await withRetention(store, { maxAgeMs: 1, everyMs: 1 });
    expect((await rows(history))["events"]).toBe(400);
    await history.close();
    expect(warnings).toEqual([]);
  });
});
