import { until } from "@alumiini-internal/test-support/until";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { segmentName } from "../src/log/segment.js";
import { Trial } from "./support/trial.js";

let trial: Trial;
let releaseReads: () => void;

beforeEach(async () => {
  trial = new Trial(1);
  await trial.open();
});

/** Lets reads of files wait until they are released. Resolves when the first one waits. */
function holdReads(): Promise<void> {
  const held = new Promise<void>((resolve) => {
    releaseReads = resolve;
  });
  return new Promise((resolve) => {
    trial.disk.hold = (operation) => {
      if (operation !== "read") return undefined;
      resolve();
      return held;
    };
  });
}

describe("while a file is being read", () => {
  it("and it goes because all in it was acknowledged, nothing of it is answered", async () => {
    for (let record = 0; record < 60; record++) trial.append(100);
    await trial.flush();
    const isReading = holdReads();
    const reading = trial.outbox.read(0, { maxRecords: 1000, maxBytes: 1_000_000 });
    await isReading;
    trial.acknowledge(Array.from({ length: 50 }, (_, at) => at + 1));
    expect(await trial.flush()).toBe(true);
    expect(trial.disk.fileNames).not.toContain(segmentName(1));
    releaseReads();
    expect((await reading).map(({ sequence }) => sequence)).toEqual([...trial.alive.keys()]);
  });

  it("and given up because a sync failed, everything is answered", async () => {
    trial.append(100);
    await trial.flush();
    for (let record = 0; record < 5; record++) trial.append(100);
    await until(() => trial.disk.bytes > 600);
    const isReading = holdReads();
    const reading = trial.outbox.read(0, { maxRecords: 1000, maxBytes: 1_000_000 });
    await isReading;
    trial.disk.plan = (_, operation) => (operation === "sync" ? { kind: "fails", code: "EIO" } : undefined);
    expect(await trial.flush()).toBe(false);
    trial.disk.plan = () => undefined;
    expect(await trial.flush()).toBe(true);
    releaseReads();
    expect((await reading).map(({ sequence }) => sequence)).toEqual([...trial.alive.keys()]);
    await trial.check();
  });
});

describe("while a sync takes long", () => {
  let releaseSyncs: () => void;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    trial = new Trial(1, { fsync: "always" });
    await trial.open();
    trial.append(100);
    await trial.flush();
    const held = new Promise<void>((resolve) => {
      releaseSyncs = resolve;
    });
    trial.disk.hold = (operation) => (operation === "sync" ? held : undefined);
    trial.append(100);
    await vi.advanceTimersByTimeAsync(5);
  });

  afterEach(() => {
    vi.clearAllTimers();
    vi.useRealTimers();
  });

  it("what is appended meanwhile is written afterwards, and synced", async () => {
    trial.append(100);
    await vi.advanceTimersByTimeAsync(100);
    releaseSyncs();
    await vi.advanceTimersByTimeAsync(10);
    await trial.losePowerAndReopen();
    expect(trial.alive.size).toBe(3);
  });

  it("what is acknowledged meanwhile is written down afterwards", async () => {
    trial.acknowledge([1]);
    await vi.advanceTimersByTimeAsync(2000);
    releaseSyncs();
    await vi.advanceTimersByTimeAsync(1);
    await trial.losePowerAndReopen();
    expect([...trial.alive.keys()]).toEqual([2]);
  });
});

describe("without anybody telling it to", () => {
  it("what was acknowledged is written down within a second, and again after a failure", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      trial.append(100);
      trial.append(100);
      await trial.flush();
      trial.disk.plan = (_, operation) => (operation === "rename" ? { kind: "fails", code: "EIO" } : undefined);
      trial.acknowledge([1]);
      await vi.advanceTimersByTimeAsync(1000);
      expect(trial.failures).toHaveLength(1);
      trial.disk.plan = () => undefined;
      await vi.advanceTimersByTimeAsync(1000);
      await trial.losePowerAndReopen();
      expect([...trial.alive.keys()]).toEqual([2]);
    } finally {
      vi.clearAllTimers();
      vi.useRealTimers();
    }
  });
});
