import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Trial } from "./support/trial.js";

let trial: Trial;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  trial = new Trial(1, { fsync: "always" });
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

describe("an outbox", () => {
  it("goes from opening to failed, is opened again, degrades, recovers and closes", async () => {
    const { outbox, disk } = trial;
    expect(outbox.stats().state).toBe("opening");
    disk.plan = () => ({ kind: "fails", code: "EIO" });
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(trial.open()).rejects.toThrow("EIO");
      expect(outbox.stats()).toMatchObject({ state: "failed", degraded: true, pending: 0, notStored: 0 });
      expect(outbox.stats().lastError?.message).toContain("EIO");
      expect(outbox.append(Buffer.from("refused"))).toBe("closed");
    }
    disk.plan = () => undefined;
    await trial.open();
    expect(outbox.stats()).toMatchObject({ state: "open", degraded: false });
    trial.append(10);
    await vi.advanceTimersByTimeAsync(100);
    expect(outbox.stats()).toMatchObject({ pending: 1, notStored: 0 });

    disk.plan = (_, operation) => (operation === "write" ? { kind: "fails", code: "EIO" } : undefined);
    trial.append(10);
    expect(outbox.stats().notStored).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(outbox.stats()).toMatchObject({ state: "degraded", degraded: true, pending: 2, notStored: 1 });
    disk.plan = () => undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outbox.stats()).toMatchObject({ state: "open", degraded: false, pending: 2, notStored: 0 });
    await outbox.close();
    expect(outbox.stats()).toMatchObject({ state: "closed", degraded: false, pending: 2 });
  });

  it("counts the bytes of its files", async () => {
    await trial.open();
    for (let record = 0; record < 100; record++) trial.append(200);
    await trial.flush();
    const { bytes } = trial.outbox.stats();
    expect(bytes).toBeGreaterThanOrEqual(trial.disk.bytes);
    // The header of one more file may be needed.
    expect(bytes).toBeLessThanOrEqual(trial.disk.bytes + 24);
  });

  it("counts acknowledgements that are not written down yet", async () => {
    await trial.open();
    trial.append(10);
    trial.append(10);
    await trial.flush();
    trial.acknowledge([1]);
    expect(trial.outbox.stats().acknowledgedNotStored).toBe(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(trial.outbox.stats().acknowledgedNotStored).toBe(0);
  });
});

describe("the directory, deleted while in use", () => {
  it("is created again; what was in memory goes into it, what was in it is counted as lost", async () => {
    await trial.open();
    for (let record = 0; record < 3; record++) trial.append(100);
    await trial.flush();
    trial.disk.detach();
    trial.append(100);
    trial.append(100);
    await vi.advanceTimersByTimeAsync(1000);
    expect(trial.outbox.stats()).toMatchObject({ state: "open", pending: 2, lost: 3 });
    expect(trial.failures.map(String)).toEqual([
      expect.stringContaining("was deleted"),
      expect.stringContaining("deleted, moved away or detached with 3 records"),
    ]);
    await trial.outbox.flush();
    trial.disk.losePower();
    const next = trial.another();
    await next.open({ onFailure: () => {} });
    expect(next.stats()).toMatchObject({ pending: 2, lost: 0 });
  });

  it("is noticed too when records are only acknowledged", async () => {
    await trial.open();
    for (let record = 0; record < 3; record++) trial.append(100);
    await trial.flush();
    trial.disk.detach();
    trial.acknowledge([1]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(trial.outbox.stats()).toMatchObject({ state: "open", pending: 0, lost: 2 });
    trial.append(10);
    expect(await trial.flush()).toBe(true);
  });
});

describe("oldestPendingMs", () => {
  it("is the age of the oldest record that is not done, wherever it is", async () => {
    await trial.open();
    expect(trial.outbox.stats().oldestPendingMs).toBeUndefined();
    for (let second = 0; second < 60; second++) {
      trial.append(300);
      await vi.advanceTimersByTimeAsync(1000);
    }
    const age = () => trial.outbox.stats().oldestPendingMs;
    expect(age()).toBe(60_000);
    trial.acknowledge(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(age()).toBe(40_000);
    trial.disk.plan = (_, operation) => (operation === "write" ? { kind: "fails", code: "EIO" } : undefined);
    for (let second = 0; second < 10; second++) {
      trial.append(10);
      await vi.advanceTimersByTimeAsync(1000);
    }
    trial.acknowledge(Array.from({ length: 45 }, (_, at) => at + 21));
    expect(age()).toBe(5000);
  });
});

describe("flushes at the same time", () => {
  it("share one commit", async () => {
    await trial.open();
    await vi.advanceTimersByTimeAsync(100);
    let syncs = 0;
    trial.disk.plan = (_, operation) => {
      if (operation === "sync") syncs++;
      return undefined;
    };
    const flushes: Promise<void>[] = [];
    for (let record = 0; record < 200; record++) {
      trial.append(100);
      flushes.push(trial.outbox.flush());
      if (record % 10 === 0) await Promise.resolve();
    }
    await Promise.all(flushes);
    expect(trial.outbox.stats().notStored).toBe(0);
    // Files, and checkpoints that list the complete ones; not one sync for each of the 200.
    const files = trial.disk.fileNames.length;
    expect(syncs).toBeLessThanOrEqual(2 * files + 4);
  });
});
