import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault, Operation } from "./support/simulated-disk.js";
import { Trial } from "./support/trial.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

/** Closes the outbox, whether that succeeds or not; returns what it says of the next process. */
async function closed(trial: Trial): Promise<{ recovered: number; pending: number; succeeded: boolean }> {
  const before = trial.outbox.stats().pending;
  const succeeded = await trial.outbox.close().then(
    () => true,
    () => false,
  );
  const { state, pending, notStored, acknowledgedNotStored } = trial.outbox.stats();
  expect(state).toBe("closed");
  expect(notStored).toBe(0);
  expect(pending).toBeLessThanOrEqual(before);
  if (succeeded) expect({ pending, acknowledgedNotStored }).toEqual({ pending: before, acknowledgedNotStored: 0 });
  return { recovered: pending + acknowledgedNotStored, pending, succeeded };
}

/** A life on a disk that goes wrong, up to the point where it is closed. */
const LIFE = fc.record({
  seed: fc.nat(),
  rounds: fc.array(
    fc.record({
      sizes: fc.array(fc.nat(2000), { minLength: 1, maxLength: 20 }),
      acknowledged: fc.array(fc.boolean(), { maxLength: 20 }),
      flushed: fc.boolean(),
      ms: fc.nat(1500),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  /** Before which of the rounds the disk begins to fail. */
  failsFrom: fc.nat(6),
  after: fc.nat(8),
  times: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)),
  fault: fc.constantFrom<Fault>(
    { kind: "fails", code: "EIO" },
    { kind: "fails", code: "ENOSPC" },
    { kind: "fails", code: "EFBIG" },
  ),
  operations: fc.constantFrom<readonly Operation[]>(
    ["make", "create", "write", "sync", "truncate", "rename", "remove", "syncDirectory"],
    ["write"],
    ["write", "truncate"],
    ["sync"],
    ["sync", "truncate"],
    ["rename"],
    ["remove"],
    ["syncDirectory"],
    ["create"],
  ),
});

async function live(trial: Trial, life: typeof LIFE extends fc.Arbitrary<infer Life> ? Life : never): Promise<void> {
  for (const [round, { sizes, acknowledged, flushed, ms }] of life.rounds.entries()) {
    if (round === life.failsFrom) {
      const first = trial.disk.operations + life.after;
      trial.disk.plan = (index, operation) =>
        index >= first && index < first + life.times && life.operations.includes(operation) ? life.fault : undefined;
    }
    for (const size of sizes) trial.append(size);
    trial.acknowledge([...trial.alive.keys()].filter((_, at) => acknowledged[at % 20] === true));
    if (flushed) await trial.flush();
    await vi.advanceTimersByTimeAsync(ms);
  }
}

describe("what a closed outbox says of the next process is exact", () => {
  it("for every fault of the disk, in lives of any kind", async () => {
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(LIFE, async (life) => {
        const trial = new Trial(life.seed, { fsync: life.seed % 2 === 0 ? "always" : "never" });
        await trial.open();
        await live(trial, life);
        const { recovered, succeeded } = await closed(trial);
        if (!succeeded) failed++;
        if (succeeded && life.seed % 3 === 0) await trial.losePowerAndReopen();
        else await trial.reopenWhateverIsThere();
        expect(trial.outbox.stats()).toMatchObject({ pending: recovered, lost: 0 });
        await trial.outbox.close();
        vi.clearAllTimers();
      }),
      { numRuns: 300 },
    );
    // Or it would say nothing of failures.
    expect(failed).toBeGreaterThan(30);
  });

  it("at each operation that fails for good", async () => {
    const life = {
      seed: 7,
      rounds: [0, 1, 2].map(() => ({
        sizes: [900, 30, 1500, 400, 800],
        acknowledged: [true, false, true, true],
        flushed: true,
        ms: 0,
      })),
      failsFrom: 9,
      after: 0,
      times: 1,
      fault: { kind: "fails", code: "EIO" },
      operations: [],
    } as const;
    const count = async () => {
      const trial = new Trial(7);
      await trial.open();
      await live(trial, life);
      await trial.outbox.close();
      return trial.disk.operations;
    };
    const operations = await count();
    for (let at = 0; at < operations; at++) {
      const trial = new Trial(7);
      trial.disk.plan = (index, operation) =>
        index >= at && operation !== "open" && operation !== "read" && operation !== "make"
          ? { kind: "fails", code: "EIO" }
          : undefined;
      await trial.open();
      await live(trial, life);
      const { recovered } = await closed(trial);
      await trial.reopenWhateverIsThere();
      expect(trial.outbox.stats().pending, `operation ${at}`).toBe(recovered);
      await trial.outbox.close();
    }
  });

  it.each([
    ["a full disk", { capacity: 20_000 }],
    ["a file-size limit", { maxFileBytes: 2500 }],
  ])("on %s, which takes what fits", async (_, limits) => {
    const trial = new Trial(3, { fsync: "always" });
    Object.assign(trial.disk, limits);
    await trial.open();
    for (let record = 0; record < 60; record++) trial.append(500);
    await vi.advanceTimersByTimeAsync(50);
    const { pending, recovered } = await closed(trial);
    expect(pending).toBeGreaterThan(30);
    await trial.losePowerAndReopen();
    expect(trial.outbox.stats().pending).toBe(recovered);
  });

  it("where not even reading works, counts what was safe, and says so", async () => {
    const trial = new Trial(3);
    await trial.open();
    trial.append(100);
    await trial.flush();
    trial.append(100);
    trial.disk.plan = () => ({ kind: "fails", code: "EIO" });
    await expect(trial.outbox.close()).rejects.toThrow("EIO");
    expect(trial.outbox.stats()).toMatchObject({ state: "closed", pending: 1, acknowledgedNotStored: 0 });
    expect(trial.failures.map(String)).toContainEqual(expect.stringContaining("can't read what it has stored"));
  });
});

describe("close", () => {
  it("waits for an open under way and releases what it opened", async () => {
    const trial = new Trial(1);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    trial.disk.hold = (operation) => (operation === "make" ? held : undefined);
    trial.append(10);
    const opening = trial.open();
    const closing = trial.outbox.close();
    release();
    await opening;
    await closing;
    expect(trial.outbox.stats()).toMatchObject({ state: "closed", pending: 1 });
    await expect(trial.open()).rejects.toThrow("closed");
  });

  it("of one that could not be opened has nothing to do", async () => {
    const trial = new Trial(1);
    trial.disk.plan = () => ({ kind: "fails", code: "EIO" });
    trial.append(10);
    await expect(trial.open()).rejects.toThrow("EIO");
    await trial.outbox.close();
    expect(trial.outbox.stats()).toMatchObject({ state: "closed", pending: 0 });
  });
});
