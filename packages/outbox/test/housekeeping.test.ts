import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SMALL, Trial } from "./support/trial.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const MAX_BYTES = SMALL.maxBytes ?? 0;

describe("records that nobody takes", () => {
  it("don't fill the disk with what was stored beside them", async () => {
    const trial = new Trial(1);
    await trial.open();
    // A tenth of all that is appended is never taken: ten times what the disk holds goes by.
    for (let round = 0; round < 100; round++) {
      const before = new Set(trial.alive.keys());
      for (let record = 0; record < 10; record++) expect(trial.append(300)).toBe(true);
      await trial.flush();
      trial.acknowledge([...trial.alive.keys()].filter((sequence) => !before.has(sequence)).slice(1));
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(trial.alive.size).toBe(100);
    expect(trial.failures).toEqual([]);
    expect(trial.disk.bytes).toBeLessThanOrEqual(MAX_BYTES);
    expect(trial.outbox.stats().bytes).toBeLessThanOrEqual(MAX_BYTES);
    await trial.check();
    await trial.check({ maxRecords: 3, maxBytes: 700 });
    await trial.losePowerAndReopen();
    await trial.check();
    expect(trial.alive.size).toBe(100);
  });

  it("are read while the file that they are in is written anew", async () => {
    const trial = new Trial(2);
    await trial.open();
    for (let record = 0; record < 45; record++) trial.append(800);
    await trial.flush();
    trial.acknowledge([...trial.alive.keys()].filter((_, at) => at % 5 !== 3));
    // Each operation takes its time, so that both get into each other's way wherever they can.
    trial.disk.hold = () => new Promise((resolve) => setTimeout(resolve, 1));
    let reads = 0;
    let isOver = false;
    const reading = (async () => {
      for (; !isOver; reads++) await trial.check({ maxRecords: 2, maxBytes: 900 });
    })();
    expect(trial.disk.bytes).toBeGreaterThan(MAX_BYTES / 2);
    while (trial.disk.bytes > MAX_BYTES / 2) await vi.advanceTimersByTimeAsync(50);
    isOver = true;
    await vi.advanceTimersByTimeAsync(1000);
    await reading;
    expect(reads).toBeGreaterThan(1);
  });

  it("are counted where they turn out to be damaged then, and cost no other", async () => {
    const trial = new Trial(3);
    await trial.open();
    for (let record = 0; record < 110; record++) trial.append(400);
    await trial.flush();
    trial.acknowledge([...trial.alive.keys()].filter((_, at) => at % 10 !== 3));
    trial.disk.isUnreadable = (name) => name.startsWith("0000000000000001.");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(trial.outbox.stats()).toMatchObject({ pending: 10, corrupt: 1 });
    expect(String(trial.failures)).toContain("found 1 damaged records");
    expect(await trial.readAll()).toHaveLength(10);
    expect(trial.disk.bytes).toBeLessThan(MAX_BYTES / 2);
  });
});
