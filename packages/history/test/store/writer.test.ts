import { describe, expect, it } from "vitest";
import { InvalidRow, StoreBusy, StoreClosed, StoreUnavailable } from "../../src/store/errors.js";
import { ObservedSpans } from "../../src/store/observed.js";
import { MOST_ROWS } from "../../src/store/sql.js";
import type { Batch, Committed } from "../../src/store/store.js";
import { GroupWriter } from "../../src/store/writer.js";
import { eventAt, events, NO_PROJECTOR, START } from "./sample.js";

const QUICK = { retry: { firstMs: 1, longestMs: 5 } };

/** Keeps groups in memory, and fails when it is told to. */
class MemoryStore {
  readonly cutoff = START;
  readonly groups: Batch[] = [];
  readonly ids = new Set<unknown>();
  /** Called before each commit. */
  before: (batch: Batch) => void | Promise<void> = () => {};
  /** Called when the rows are there already. */
  after: () => void = () => {};

  async commit(batch: Batch): Promise<Committed> {
    await this.before(batch);
    this.groups.push(batch);
    const current = batch.events.filter(({ ts }) => Number(ts) >= this.cutoff);
    const fresh = current.filter(({ id }) => !this.ids.has(id) && this.ids.add(id));
    this.after();
    return { fresh, duplicates: current.length - fresh.length, expired: batch.events.length - current.length };
  }
}

const one = (n: number): Batch => ({ events: [eventAt(n)], changes: [] });

describe("the writer", () => {
  it("stores many small batches in few groups, none over the most", async () => {
    const store = new MemoryStore();
    const writer = new GroupWriter(store, NO_PROJECTOR);
    const results = await Promise.all(Array.from({ length: 7_000 }, (_, n) => writer.add(one(n))));
    expect(results.every(({ fresh }, n) => fresh[0]?.["id"] === eventAt(n)["id"])).toBe(true);
    expect(store.ids.size).toBe(7_000);
    expect(store.groups.length).toBeLessThan(10);
    expect(Math.max(...store.groups.map((group) => group.events.length))).toBeLessThanOrEqual(MOST_ROWS);
    expect(writer.stats()).toEqual({ stored: 7_000, duplicates: 0, expired: 0, rejected: 0, waiting: 0, retries: 0 });
    await writer.close();
  });

  it("resolves only when the group is committed", async () => {
    const store = new MemoryStore();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.before = () => gate;
    const writer = new GroupWriter(store, NO_PROJECTOR, { groupRows: 1 });
    let acknowledged = false;
    const added = writer.add(one(0)).then(() => {
      acknowledged = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(acknowledged).toBe(false);
    expect(writer.stats().waiting).toBe(1);
    release();
    await added;
    expect(store.ids.size).toBe(1);
    await writer.close();
  });

  it("flushes what was added before, while more keeps coming", async () => {
    const store = new MemoryStore();
    const writer = new GroupWriter(store, NO_PROJECTOR);
    let sent = 0;
    let isFlushed = false;
    // Each commit finds something new waiting, so the writer is never idle.
    store.before = () => {
      if (!isFlushed && sent < 100) void writer.add(one(++sent));
    };
    void writer.add(one(0));
    const flushed = writer.flush().then(() => {
      isFlushed = true;
    });
    await flushed;
    expect(store.ids.has(eventAt(0)["id"])).toBe(true);
    expect(sent).toBeLessThan(10);
    await writer.close();
    expect(store.ids.size).toBe(sent + 1);
  });

  it("offers a group again while the store is unavailable, and counts what was there already", async () => {
    const store = new MemoryStore();
    let failures = 0;
    // The first commit happens, and fails all the same.
    store.after = () => {
      if (failures++ === 0) throw new StoreUnavailable("the disk is full");
    };
    store.before = () => {
      if (failures === 2) failures++;
    };
    const reported: string[] = [];
    const writer = new GroupWriter(store, NO_PROJECTOR, {
      ...QUICK,
      onFailure: ({ message }) => reported.push(message),
    });
    const [result] = await Promise.all([writer.add(one(0)), writer.flush()]);
    expect(result).toEqual({ fresh: [], duplicates: 1, expired: 0 });
    expect(reported).toEqual(["the disk is full"]);
    expect(writer.stats()).toMatchObject({ duplicates: 1, retries: 1, waiting: 0 });
    await writer.close();
  });

  it("rejects the one batch that the store can't take, and stores those around it", async () => {
    const store = new MemoryStore();
    store.before = ({ events }) => {
      if (events.some(({ id }) => id === eventAt(13)["id"])) throw new InvalidRow("events.ts must be a bigint");
    };
    const writer = new GroupWriter(store, NO_PROJECTOR);
    const results = Promise.allSettled(Array.from({ length: 50 }, (_, n) => writer.add(one(n))));
    await writer.flush();
    const rejected = (await results).flatMap((result, n) => (result.status === "rejected" ? [n] : []));
    expect(rejected).toEqual([13]);
    expect(store.ids.size).toBe(49);
    expect(writer.stats()).toMatchObject({ stored: 49, rejected: 1, waiting: 0 });
    await writer.close();
  });

  it("tells each batch what became of its own rows", async () => {
    const writer = new GroupWriter(new MemoryStore(), NO_PROJECTOR);
    const results = await Promise.all([
      writer.add({ events: events(0, 3), changes: [] }),
      writer.add({ events: [eventAt(2), eventAt(3), eventAt(-5)], changes: [] }),
    ]);
    expect(results.map(({ fresh, ...counts }) => ({ ...counts, fresh: fresh.length }))).toEqual([
      { fresh: 3, duplicates: 0, expired: 0 },
      { fresh: 1, duplicates: 1, expired: 1 },
    ]);
    await writer.close();
  });

  it("refuses what exceeds its bounds, and tells when there is room", async () => {
    const store = new MemoryStore();
    store.before = () => new Promise((resolve) => setTimeout(resolve, 20));
    const writer = new GroupWriter(store, NO_PROJECTOR, { maxWaitingRows: 10, groupRows: 5 });
    const added = Array.from({ length: 10 }, (_, n) => writer.add(one(n)));
    expect(writer.hasRoom).toBe(false);
    await expect(writer.add(one(10))).rejects.toThrow(StoreBusy);
    await writer.room();
    expect(writer.hasRoom).toBe(true);
    const late = writer.add(one(10));
    await Promise.all([...added, late]);
    expect(store.ids.size).toBe(11);
    const narrow = new GroupWriter(store, NO_PROJECTOR, { maxWaitingBytes: 50 });
    const first = narrow.add(one(20));
    await expect(narrow.add(one(21))).rejects.toThrow(StoreBusy);
    await first;
    await expect(writer.add({ events: events(0, MOST_ROWS + 1), changes: [] })).rejects.toThrow(
      `at most ${MOST_ROWS} rows`,
    );
    await Promise.all([writer.close(), narrow.close()]);
  });

  it("stores what waits before it closes, and rejects what the store does not take by then", async () => {
    const store = new MemoryStore();
    const writer = new GroupWriter(store, NO_PROJECTOR, { maxDelayMs: 60_000 });
    const added = writer.add(one(0));
    await writer.close();
    expect((await added).fresh).toHaveLength(1);
    await expect(writer.add(one(1))).rejects.toThrow(StoreClosed);

    store.before = () => Promise.reject(new StoreUnavailable("gone"));
    const stuck = new GroupWriter(store, NO_PROJECTOR, QUICK);
    const lost = expect(stuck.add(one(2))).rejects.toThrow(StoreClosed);
    await stuck.close(50);
    await lost;
    expect(stuck.stats()).toMatchObject({ rejected: 1, waiting: 0 });
  });

  it("writes with its groups when it was recording and whom it heard", async () => {
    const store = new MemoryStore();
    const observed = new ObservedSpans("me", START, { writeEveryMs: 0, silenceMs: 5_000 });
    const stored: unknown[] = [];
    const writer = new GroupWriter(store, NO_PROJECTOR, { observed, onStored: (rows) => stored.push(...rows) });
    await writer.add({ events: [eventAt(0, { source: "flux" }), eventAt(3, { source: "flux" })], changes: [] });
    await writer.add({ events: [eventAt(60, { source: "flux" })], changes: [] });
    await writer.close();
    expect(stored).toHaveLength(3);
    const all = store.groups.flatMap(({ changes }) => changes.flatMap(({ append }) => append));
    expect(all).toContainEqual({ kind: "source", source: "flux", started_at: START, ended_at: START + 3_000 });
    expect(all).toContainEqual({
      kind: "source",
      source: "flux",
      started_at: START + 60_000,
      ended_at: START + 60_000,
    });
    const own = all.filter(({ kind }) => kind === "store");
    expect(own.at(-1)).toEqual({ kind: "store", source: "me", started_at: START, ended_at: expect.any(Number) });
  });
});
