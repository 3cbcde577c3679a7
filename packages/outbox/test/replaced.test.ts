import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Volume } from "./support/simulated-disk.js";
import { directoryOfAnother, SinkOnDisk } from "./support/sink-on-disk.js";
import { Trial } from "./support/trial.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const OTHERS = ["other 1", "other 2", "other 3"];

/** In what state the outbox is when its directory goes. */
const STATES: Record<string, (sink: SinkOnDisk) => Promise<void>> = {
  "in which all is stored": async (sink) => {
    sink.accept("a", "b", "a");
    await sink.delivery.stored();
  },
  "with records that are not written yet": async (sink) => {
    sink.accept("a", "b");
    await sink.delivery.stored();
    sink.accept("a", "b", "c");
  },
  "with acknowledgements that are not written down yet": async (sink) => {
    sink.isUp = true;
    sink.accept("a", "b", "c", "a", "b", "c");
    await pass(100);
    sink.isUp = false;
    sink.accept("a", "b");
    await pass(100);
  },
  "with more than memory holds": async (sink) => {
    for (let round = 0; round < 10; round++) sink.accept("a", "b", "c", "d");
    await sink.delivery.stored();
  },
  "with more than memory holds, of which a part is not written": async (sink) => {
    for (let round = 0; round < 10; round++) sink.accept("a", "b", "c", "d");
    await sink.delivery.stored();
    for (let round = 0; round < 5; round++) sink.accept("a", "e");
  },
  "on a full disk": async (sink) => {
    sink.accept("a", "b");
    await sink.delivery.stored();
    sink.disk.capacity = sink.disk.bytes + 400;
    for (let round = 0; round < 10; round++) sink.accept("a", "b", "c", "d");
    await pass(1000);
    expect(sink.delivery.stats().outbox?.state).toBe("degraded");
  },
  "with keys that wait behind a bad event": async (sink) => {
    sink.isUp = true;
    sink.accept("a", "b", "c");
    await pass(100);
    sink.bad.add("3").add("4");
    sink.accept("a", "b");
    for (let round = 0; round < 10; round++) sink.accept("a", "b");
    await pass(30);
    sink.isUp = false;
    await sink.delivery.stored();
  },
};

/** What is in its place then. Returns what of the old directory is in it. */
const PLACES: Record<string, (sink: SinkOnDisk, gone: Volume) => Promise<"nothing" | "all">> = {
  nothing: async () => "nothing",
  "an empty one": async ({ disk }) => {
    disk.isThere = true;
    return "nothing";
  },
  itself: async ({ disk }, gone) => {
    disk.attach(gone);
    return "all";
  },
  "itself, after another was made": async (sink, gone) => {
    sink.accept("z");
    await pass(20_000);
    expect(sink.delivery.stats().outbox?.state).toBe("open");
    sink.disk.detach();
    sink.disk.attach(gone);
    return "all";
  },
  "that of another outbox": async ({ disk }) => {
    disk.attach(await directoryOfAnother(OTHERS));
    return "nothing";
  },
  "that of another outbox, with higher numbers": async ({ disk }) => {
    disk.attach(await directoryOfAnother(OTHERS, 3));
    return "nothing";
  },
  "one that another process holds for a while": async ({ disk }) => {
    disk.attach(await directoryOfAnother(OTHERS));
    disk.isHeld = true;
    await pass(60_000);
    disk.isHeld = false;
    return "nothing";
  },
};

describe.each(Object.entries(STATES))("a directory %s", (_, prepare) => {
  describe.each(Object.entries(PLACES))("that goes, with %s in its place", (place, putInPlace) => {
    it.each([
      ["goes on by itself, and all is delivered once or counted", "noticed"],
      ["is stored when the process ends", "closing"],
    ])("%s", async (_, when) => {
      const sink = new SinkOnDisk(1);
      await pass(100);
      await prepare(sink);
      sink.disk.capacity = Number.POSITIVE_INFINITY;
      const gone = sink.disk.detach();
      const left = await putInPlace(sink, gone);
      if (when === "noticed") {
        sink.accept("a");
        await pass(20_000);
        sink.check();
        const { outbox, pending } = sink.delivery.stats();
        expect(outbox).toMatchObject({ state: "open", notStored: 0, pending });
        const stored = sink.delivery.stored();
        await pass(1000);
        await stored;
      }
      const stopped = sink.restart(AbortSignal.abort());
      await pass(5000);
      await stopped;
      const before = sink.delivery.stats().recovered;
      sink.isUp = true;
      await pass(60_000);
      expect(sink.delivery.stats()).toMatchObject({ accepted: before, pending: 0, dropped: { outbox: 0 } });
      const confirmed = sink.confirmed.map(({ id }) => id);
      // A process that is closing does not look any more at what it has already.
      const mayRepeat = when === "closing" && place === "itself, after another was made";
      if (!mayRepeat) expect(confirmed.length, "none was delivered twice").toBe(new Set(confirmed).size);
      if (place.includes("another outbox")) expect(confirmed).toEqual(expect.arrayContaining(OTHERS));
      if (left === "all") {
        const there = new Set([...confirmed, ...sink.dead]);
        expect(sink.accepted.filter((id) => !there.has(id))).toEqual(place === "itself" ? [] : expect.anything());
      }
    });
  });
});

describe("a directory that another outbox has put in place", () => {
  it("is not changed before it is opened: not by what becomes done, nor by what is removed, nor by dead letters", async () => {
    const trial = new Trial(1);
    await trial.open();
    for (let record = 0; record < 30; record++) trial.append(300);
    await trial.flush();
    trial.disk.detach();
    trial.disk.attach(await directoryOfAnother(OTHERS));
    trial.disk.isHeld = true;
    const contents = () => trial.disk.fileNames.map((name) => [name, trial.disk.contentOf(name).toString("hex")]);
    const before = contents();
    trial.outbox.keepDeadLetter?.({ payload: Buffer.from("bad"), reason: "rejected", error: "no", time: 1 });
    await pass(100);
    trial.acknowledge([...trial.alive.keys()].slice(0, 29));
    await pass(5000);
    expect(await trial.flush()).toBe(false);
    await expect(trial.outbox.read(0, { maxRecords: 10, maxBytes: 1000 })).rejects.toThrow("is missing");
    await pass(60_000);
    expect(contents()).toEqual(before);
    expect(trial.outbox.stats()).toMatchObject({ state: "degraded", pending: 1 });
    trial.disk.isHeld = false;
    await pass(20_000);
    expect(trial.outbox.stats()).toMatchObject({ state: "open", pending: OTHERS.length, deadLetters: 1, lost: 1 });
    await trial.outbox.close();
  });
});
