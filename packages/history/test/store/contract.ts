import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidRow, QueryTimeout, StoreClosed, StoreError } from "../../src/store/errors.js";
import type { Store } from "../../src/store/store.js";
import { rowCounts } from "../support/stores.js";
import { DAY, EVENTS, eventAt, events, NO_PROJECTOR, START, SYNCS, SyncProjector, type TABLES } from "./sample.js";

/** A place for a store that can be opened again and again. */
export interface Place {
  open(tables?: readonly (typeof TABLES)[number][]): Promise<Store>;
  remove(): Promise<void>;
}

const COUNT = { sql: "select count(*) as n from events", columns: { n: "bigint" } } as const;
const ALL_SYNCS = { sql: "select * from syncs order by sync", columns: SYNCS.columns } as const;
/** Takes seconds on any machine. */
const SLOW = {
  sql: "select count(*) as n from generate_series(1, 100000000) a(i) cross join generate_series(1, 1000) b(j) where mod(a.i * b.j, nullif(7, 0)) = 3",
  columns: { n: "bigint" },
} as const;

/** What every engine must do. */
export function storeContract(
  name: string,
  makePlace: (context: { skip(reason: string): void }) => Promise<Place>,
): void {
  describe(`the store on ${name}`, () => {
    let place: Place;
    let store: Store;
    let directory: string;

    beforeEach(async (context) => {
      directory = await mkdtemp(join(tmpdir(), "history-"));
      place = await makePlace(context);
      store = await place.open();
    });

    afterEach(async () => {
      await store?.close();
      await place?.remove();
      await rm(directory, { recursive: true, force: true });
    });

    it("stores each event once, however often and in whatever company it comes", async () => {
      const projector = new SyncProjector();
      const first = await store.commit({ events: events(0, 30), changes: [] }, projector);
      expect(first).toMatchObject({ duplicates: 0, expired: 0 });
      expect(first.fresh).toHaveLength(30);
      const twice = [...events(20, 35), eventAt(34), eventAt(3, { ts: START + 40 * DAY })];
      const second = await store.commit({ events: twice, changes: [] }, projector);
      expect(second.fresh.map(({ id }) => id)).toEqual(events(30, 35).map(({ id }) => id));
      expect(second.duplicates).toBe(12);
      expect(await store.query(COUNT)).toEqual([{ n: 35 }]);
      expect(await store.known(["event-000000003", "event-000000034", "nothing"])).toEqual(
        new Set(["event-000000003", "event-000000034"]),
      );
    });

    it("numbers rows in the order of their commits, also after it was opened again", async () => {
      const { fresh } = await store.commit({ events: events(10, 13), changes: [] }, NO_PROJECTOR);
      await store.close();
      store = await place.open();
      const { fresh: later } = await store.commit({ events: events(0, 3), changes: [] }, NO_PROJECTOR);
      const numbers = [...fresh, ...later].map(({ seq }) => Number(seq));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(new Set(numbers).size).toBe(6);
      const stored = await store.query({ sql: "select seq from events order by seq", columns: { seq: "bigint" } });
      expect(stored.map(({ seq }) => seq)).toEqual(numbers);
    });

    it("knows its ids after it was opened again", async () => {
      await store.commit({ events: events(0, 50), changes: [] }, NO_PROJECTOR);
      await store.close();
      store = await place.open();
      expect(await store.commit({ events: events(40, 60), changes: [] }, NO_PROJECTOR)).toMatchObject({
        duplicates: 10,
      });
      expect(await store.query(COUNT)).toEqual([{ n: 60 }]);
    });

    it("gives back what it was given, cell by cell", async () => {
      const row = eventAt(1, { sync: null, outcome: null, duration_ms: -0.1, late: null });
      const hostile = eventAt(2, {
        sync: "'; drop table events; --",
        body: "a\u0000b \ud800 \\ % ä😀",
        duration_ms: 2 ** 60,
      });
      await store.commit({ events: [row, hostile], changes: [] }, NO_PROJECTOR);
      const stored = await store.query({ sql: "select * from events order by ts", columns: EVENTS.columns });
      expect(stored).toEqual([
        { ...row, seq: expect.any(Number) },
        { ...hostile, seq: expect.any(Number), body: "a\uFFFDb \uFFFD \\ % ä😀" },
      ]);
    });

    it("refuses a row that does not fit, with nothing of its group stored, and goes on", async () => {
      const projector = new SyncProjector();
      const wrong = [eventAt(0), eventAt(1, { ts: 1.5 }), eventAt(2)];
      const refusal = store.commit({ events: wrong, changes: [] }, projector);
      await expect(refusal).rejects.toThrow(InvalidRow);
      await expect(refusal).rejects.toThrow("events.ts must be a bigint");
      expect(projector.told).toEqual(["reset"]);
      expect(await store.query(COUNT)).toEqual([{ n: 0 }]);
      expect((await store.commit({ events: events(0, 3), changes: [] }, projector)).fresh).toHaveLength(3);
      expect(await store.query(COUNT)).toEqual([{ n: 3 }]);
    });

    it("knows an id again that it could not store as it came", async () => {
      const hostile = eventAt(1, { id: "a\u0000\ud800" });
      expect((await store.commit({ events: [hostile, hostile], changes: [] }, NO_PROJECTOR)).fresh).toHaveLength(1);
      expect(await store.commit({ events: [hostile], changes: [] }, NO_PROJECTOR)).toMatchObject({ duplicates: 1 });
      expect(await store.query(COUNT)).toEqual([{ n: 1 }]);
    });

    it("writes projections with their events or not at all", async () => {
      const projector = new SyncProjector();
      await store.commit({ events: events(0, 25), changes: [] }, projector);
      await store.commit({ events: events(25, 40), changes: [] }, projector);
      const expected = [0, 1, 2, 3].map((n) => ({
        sync: `sync-${n}`,
        first_ts: START + n * 10_000,
        last_ts: START + n * 10_000 + 9_000,
        events: 10,
      }));
      expect(await store.query(ALL_SYNCS)).toEqual(expected);
      const failing = { ...NO_PROJECTOR, project: () => Promise.reject(new Error("a mistake")) };
      await expect(store.commit({ events: events(40, 50), changes: [] }, failing)).rejects.toThrow("a mistake");
      expect(await store.query(COUNT)).toEqual([{ n: 40 }]);
      expect(await store.query(ALL_SYNCS)).toEqual(expected);
    });

    it("replaces rows by key within a range of time", async () => {
      const position = { stream: "s", partition: 0, sequence: 1, ts: START, exact: true, updated_at: START };
      const at = (sequence: number, partition = 0) => ({
        table: "positions",
        remove: [["s", partition]],
        append: [{ ...position, sequence, partition }],
      });
      await store.commit({ events: [], changes: [at(1), at(5, 1)] }, NO_PROJECTOR);
      await store.commit({ events: [], changes: [at(2)] }, NO_PROJECTOR);
      await store.commit(
        { events: [], changes: [{ ...at(9, 1), range: { from: START + 1, to: START + 2 }, append: [] }] },
        NO_PROJECTOR,
      );
      const rows = await store.query({
        sql: "select partition, sequence from positions order by partition",
        columns: { partition: "bigint", sequence: "bigint" },
      });
      expect(rows).toEqual([
        { partition: 0, sequence: 2 },
        { partition: 1, sequence: 5 },
      ]);
    });

    it("makes projections again, equal row for row", async () => {
      const projector = new SyncProjector();
      const shuffled = [...events(20, 60), ...events(0, 25)];
      for (let i = 0; i < shuffled.length; i += 7) {
        await store.commit({ events: shuffled.slice(i, i + 7), changes: [] }, projector);
      }
      const live = await store.query(ALL_SYNCS);
      expect(await store.rebuild(new SyncProjector())).toBe(60);
      expect(await store.query(ALL_SYNCS)).toEqual(live);
      const failing = { ...NO_PROJECTOR, project: () => Promise.reject(new Error("a mistake")) };
      await expect(store.rebuild(failing)).rejects.toThrow("a mistake");
      expect(await store.query(ALL_SYNCS)).toEqual(live);
    });

    it("rebuilds pages of events that share one time", async () => {
      const same = events(0, 2_000).map((row) => ({ ...row, ts: START }));
      const more = events(2_000, 3_500).map((row) => ({ ...row, ts: START }));
      await store.commit({ events: same, changes: [] }, NO_PROJECTOR);
      await store.commit({ events: [...more, ...events(3_500, 3_600)], changes: [] }, NO_PROJECTOR);
      const seen: string[] = [];
      const watching = {
        ...NO_PROJECTOR,
        async project(rows: readonly { readonly id?: unknown }[]) {
          seen.push(...rows.map(({ id }) => String(id)));
          return [];
        },
      };
      expect(await store.rebuild(watching)).toBe(3_600);
      expect(seen).toEqual(events(0, 3_600).map(({ id }) => id));
    });

    it("deletes what is older than the cutoff and counts what comes later as expired", async () => {
      const projector = new SyncProjector();
      const old = events(0, 20);
      const young = events(0, 20).map((row, n) => ({
        ...row,
        id: `young-${n}`,
        sync: "young",
        ts: START + 70 * DAY + n,
      }));
      await store.commit({ events: [...old, ...young], changes: [] }, projector);
      const cutoff = START + 40 * DAY;
      const { deleted } = await store.retain(cutoff, async () => [], projector);
      expect(deleted).toMatchObject({ events: 20, syncs: 2 });
      expect(projector.told.at(-1)).toBe("reset");
      expect(store.cutoff).toBe(cutoff);
      const late = [eventAt(500), ...young.slice(0, 1), eventAt(600, { ts: cutoff })];
      expect(await store.commit({ events: late, changes: [] }, projector)).toMatchObject({ expired: 1, duplicates: 1 });
      await store.close();
      store = await place.open();
      expect(store.cutoff).toBe(cutoff);
      expect(await store.commit({ events: [eventAt(501)], changes: [] }, projector)).toMatchObject({ expired: 1 });
      const live = await store.query(ALL_SYNCS);
      await store.rebuild(new SyncProjector());
      expect(await store.query(ALL_SYNCS)).toEqual(live);
      expect(await rowCounts(store, ["events"])).toEqual({ events: 21 });
    });

    it("ends a query at its deadline or when its caller gives up, and answers the next", async () => {
      await expect(store.query(SLOW, { deadlineMs: 100 })).rejects.toThrow(QueryTimeout);
      const caller = new AbortController();
      const given = store.query(SLOW, { signal: caller.signal, deadlineMs: 60_000 });
      setTimeout(() => caller.abort(new Error("gone")), 50);
      await expect(given).rejects.toThrow("gone");
      expect(await store.query(COUNT)).toEqual([{ n: 0 }]);
      await store.commit({ events: events(0, 2), changes: [] }, NO_PROJECTOR);
      expect(await store.query(COUNT)).toEqual([{ n: 2 }]);
    });

    it("stores and answers beside slow queries", async () => {
      const slow = [1, 2, 3, 4].map(() => store.query(SLOW, { deadlineMs: 1_500 }).catch((error: unknown) => error));
      await store.commit({ events: events(0, 5), changes: [] }, NO_PROJECTOR);
      // The threads that file access needs are not all taken.
      expect((await readFile(import.meta.filename, "utf8")).length).toBeGreaterThan(0);
      for (const result of await Promise.all(slow)) expect(result).toBeInstanceOf(QueryTimeout);
      expect(await store.query(COUNT)).toEqual([{ n: 5 }]);
    });

    it("reads results by their declared types, and says where they don't fit", async () => {
      await store.commit({ events: events(0, 9), changes: [] }, NO_PROJECTOR);
      const [row] = await store.query({
        sql: `select count(*) as n, sum(ts) as total, sum(duration_ms) as time, max(body) as text, count(*) > 3 as many,
              cast(null as text) as nothing, $1::bigint + 1 as next, $2 as word, $3::double precision as half from events`,
        parameters: [2 ** 52, "ä", 0.5],
        columns: {
          n: "bigint",
          total: "bigint",
          time: "double",
          text: "text",
          many: "boolean",
          nothing: "text?",
          next: "bigint",
          word: "text",
          half: "double",
        },
      });
      expect(row).toEqual({
        n: 9,
        total: events(0, 9).reduce((sum, { ts }) => sum + Number(ts), 0),
        time: 9,
        text: eventAt(8)["body"],
        many: true,
        nothing: null,
        next: 2 ** 52 + 1,
        word: "ä",
        half: 0.5,
      });
      const wrong = { sql: "select body as n from events", columns: { n: "bigint" } } as const;
      await expect(store.query(wrong)).rejects.toThrow("returned no bigint in n");
      await expect(store.query({ sql: "select 1 as a", columns: { b: "bigint" } })).rejects.toThrow("no column b");
      await expect(store.query({ sql: "select sync as n from nowhere", columns: { n: "text" } })).rejects.toThrow(
        StoreError,
      );
    });

    it("takes lists, and compares text byte by byte", async () => {
      const words = ["_", "10", "9", "a", "B", "Z", "ä", "😀"];
      const rows = words.map((word, n) => eventAt(n, { sync: word }));
      await store.commit({ events: [...rows, eventAt(90, { sync: null })], changes: [] }, NO_PROJECTOR);
      const sorted = await store.query({
        sql: "select sync from events order by sync desc nulls last",
        columns: { sync: "text?" },
      });
      const bytes = [...words].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(sorted.map(({ sync }) => sync)).toEqual([...bytes.reverse(), null]);
      const some = (list: string[]) =>
        store.query({
          sql: "select sync from events where sync in (select unnest($1::text[])) order by sync",
          parameters: [list],
          columns: { sync: "text" },
        });
      expect(await some(["B", "ä", "no"])).toEqual([{ sync: "B" }, { sync: "ä" }]);
      expect(await some([])).toEqual([]);
      const [least] = await store.query({
        sql: "select min(sync) as first, max(sync) as last from events where sync > $1",
        parameters: ["9"],
        columns: { first: "text", last: "text" },
      });
      expect(least).toEqual({ first: "B", last: "😀" });
    });

    it("exports a table as lines of JSON, within a range, to a new file only", async () => {
      await store.commit({ events: events(0, 2_000), changes: [] }, NO_PROJECTOR);
      await store.commit({ events: events(2_000, 2_500), changes: [] }, NO_PROJECTOR);
      const file = join(directory, "events.ndjson");
      expect(await store.export({ table: "events", format: "ndjson", file })).toBe(2_500);
      const lines = (await readFile(file, "utf8"))
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
      expect(lines).toEqual(events(0, 2_500).map((row) => ({ ...row, seq: expect.any(Number) })));
      await expect(store.export({ table: "events", format: "ndjson", file })).rejects.toThrow("exists already");
      const range = { from: START, to: START + 9_000 };
      expect(await store.export({ table: "events", format: "ndjson", file: `${file}.2`, range })).toBe(10);
    });

    it("tells its size", async () => {
      await store.commit({ events: events(0, 100), changes: [] }, new SyncProjector());
      const { usedBytes, totalBytes } = await store.size();
      expect(usedBytes).toBeGreaterThan(10_000);
      expect(totalBytes).toBeGreaterThanOrEqual(usedBytes);
    });

    it("takes a projection whose columns have changed by emptying it, and new columns of other tables as they are", async () => {
      await store.commit({ events: events(0, 10), changes: [] }, new SyncProjector());
      await store.close();
      const widerEvents = { ...EVENTS, columns: { origin: "text?", ...EVENTS.columns } } as const;
      const widerSyncs = { ...SYNCS, columns: { ...SYNCS.columns, extra: "double?" } } as const;
      store = await place.open([widerEvents, widerSyncs]);
      expect(store.projectedBy).toBeUndefined();
      await store.commit({ events: [eventAt(10, { origin: "here" })], changes: [] }, NO_PROJECTOR);
      expect(await store.query(ALL_SYNCS)).toEqual([]);
      await store.rebuild(new SyncProjector());
      expect(store.projectedBy).toBe("1");
      expect(await store.query(ALL_SYNCS)).toHaveLength(2);
      const origins = await store.query({
        sql: "select origin, outcome from events order by ts desc nulls last limit 2",
        columns: { origin: "text?", outcome: "text?" },
      });
      expect(origins).toEqual([
        { origin: "here", outcome: "success" },
        { origin: null, outcome: "failure" },
      ]);
      await store.close();
      await expect(place.open([EVENTS, SYNCS])).rejects.toThrow("other columns");
      store = await place.open([widerEvents, widerSyncs]);
    });

    it("is not projected until a rebuild has ended, also where the one before was killed", async () => {
      expect(store.projectedBy).toBeUndefined();
      await store.commit({ events: events(0, 10), changes: [] }, new SyncProjector());
      const failing = { ...NO_PROJECTOR, project: () => Promise.reject(new Error("killed")) };
      await expect(store.rebuild(failing)).rejects.toThrow("killed");
      await store.close();
      store = await place.open();
      expect(store.projectedBy).toBeUndefined();
      await store.rebuild(new SyncProjector());
      await store.close();
      store = await place.open();
      expect(store.projectedBy).toBe("1");
      await store.close();
      store = await place.open([EVENTS, SYNCS, { ...SYNCS, name: "more_syncs" }]);
      expect(store.projectedBy).toBeUndefined();
      await store.close();
      store = await place.open([EVENTS, SYNCS, { ...SYNCS, name: "more_syncs" }]);
      expect(store.projectedBy).toBeUndefined();
    });

    it("answers one query right again and again while its rows are replaced", async () => {
      const projector = new SyncProjector();
      for (let round = 1; round <= 20; round++) {
        await store.commit({ events: events((round - 1) * 15, round * 15), changes: [] }, projector);
        const rows = await store.query(ALL_SYNCS);
        expect(rows.reduce((sum, row) => sum + row.events, 0)).toBe(round * 15);
        for (const { sync, first_ts } of rows) expect(first_ts).toBe(START + Number(sync.slice(5)) * 10_000);
      }
    });

    it("finishes what is under way when it is closed, and refuses what comes then", async () => {
      const under = store.commit({ events: events(0, 5), changes: [] }, NO_PROJECTOR);
      const reading = store.query(COUNT);
      await store.close();
      expect((await under).fresh).toHaveLength(5);
      await reading;
      await expect(store.query(COUNT)).rejects.toThrow(StoreClosed);
      await expect(store.commit({ events: [], changes: [] }, NO_PROJECTOR)).rejects.toThrow(StoreClosed);
      store = await place.open();
      expect(await store.query(COUNT)).toEqual([{ n: 5 }]);
    });
  });
}
