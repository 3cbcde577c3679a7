import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeSegmentHeader, segmentName } from "../src/log/segment.js";
import { Trial } from "./support/trial.js";

let trial: Trial;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  trial = new Trial(1, { fsync: "always" });
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

describe("a full disk", () => {
  beforeEach(async () => {
    await trial.open();
    trial.append(100);
    await trial.flush();
    trial.disk.capacity = trial.disk.bytes + 50;
  });

  it("is reported once; records stay in memory, and are written by themselves when there is room", async () => {
    for (let record = 0; record < 10; record++) trial.append(200);
    await vi.advanceTimersByTimeAsync(2000);
    expect(trial.failures.map(String)).toEqual([expect.stringMatching(/holds them in memory: ENOSPC/)]);
    expect(trial.outbox.stats()).toMatchObject({ degraded: true, pending: 11 });
    expect(trial.outbox.stats().lastError?.message).toContain("ENOSPC");
    await trial.check();
    expect(await trial.flush()).toBe(false);

    trial.disk.capacity = Number.POSITIVE_INFINITY;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(trial.outbox.stats().degraded).toBe(false);
    expect(trial.outbox.stats().lastError?.message).toContain("ENOSPC");
    await trial.losePowerAndReopen();
    expect(trial.alive.size).toBe(11);
  });

  it("bounds what waits in memory, and gives memory back for what is done", async () => {
    trial = new Trial(1, { maxMemoryBytes: 8192 });
    trial.disk.capacity = 100;
    await trial.open();
    let taken = 0;
    while (trial.append(500)) taken++;
    // Memory is taken in blocks of 1,024 bytes, which hold one such record each.
    expect(taken).toBe(8);
    await vi.advanceTimersByTimeAsync(100);
    trial.acknowledge([...trial.alive.keys()].slice(1));
    expect(trial.append(500)).toBe(true);
    await trial.check();
  });

  it("keeps what is appended after the last record in memory was done", async () => {
    for (const bytes of [10, 1000]) trial.append(bytes);
    expect(await trial.flush()).toBe(false);
    trial.acknowledge([3]);
    trial.append(10);
    await trial.check();
  });

  it("gets room by removing files that are done", async () => {
    trial.disk.capacity = Number.POSITIVE_INFINITY;
    for (let record = 0; record < 40; record++) trial.append(500);
    await trial.flush();
    trial.disk.capacity = trial.disk.bytes;
    trial.append(500);
    expect(await trial.flush()).toBe(false);
    trial.acknowledge([...trial.alive.keys()].slice(0, 30));
    await vi.advanceTimersByTimeAsync(20);
    expect(trial.outbox.stats().degraded).toBe(false);
    expect(await trial.flush()).toBe(true);
    await trial.losePowerAndReopen();
    expect(trial.alive.size).toBe(12);
  });
});

describe("a sync that fails", () => {
  it("is not repeated on the same file: the records go into another", async () => {
    await trial.open();
    trial.append(100);
    await trial.flush();
    let failed = 0;
    trial.disk.plan = (_, operation) =>
      operation === "sync" && failed++ === 0 ? { kind: "fails", code: "EIO" } : undefined;
    trial.append(100);
    expect(await trial.flush()).toBe(false);
    expect(await trial.flush()).toBe(true);
    expect(trial.disk.fileNames.filter((name) => name.endsWith("segment"))).toEqual([segmentName(1), segmentName(2)]);
    await trial.losePowerAndReopen();
    expect(trial.alive.size).toBe(2);
  });
});

describe("records that were given up with a file", () => {
  it("don't come back when they were done elsewhere, not even after a loss of power", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      trial = new Trial(seed);
      await trial.open();
      trial.append(1000);
      await trial.flush();
      for (let record = 0; record < 3; record++) trial.append(100);
      trial.disk.plan = (_, operation) => (operation === "sync" ? { kind: "fails", code: "EIO" } : undefined);
      expect(await trial.flush()).toBe(false);
      trial.disk.plan = () => undefined;
      trial.acknowledge([2, 3, 4]);
      expect(await trial.flush()).toBe(true);
      await trial.losePowerAndReopen();
      expect([...trial.alive.keys()]).toEqual([1]);
    }
  });
});

describe("a checkpoint that can't be written", () => {
  it("is reported, fails the flush, and degrades nothing", async () => {
    await trial.open();
    trial.append(10);
    trial.append(10);
    trial.acknowledge([1]);
    trial.disk.plan = (_, operation) => (operation === "rename" ? { kind: "fails", code: "EIO" } : undefined);
    expect(await trial.flush()).toBe(false);
    expect(await trial.flush()).toBe(false);
    expect(trial.failures.map(String)).toEqual([expect.stringContaining("can't tidy up after records that are done")]);
    expect(trial.outbox.stats().degraded).toBe(false);
    trial.disk.plan = () => undefined;
    expect(await trial.flush()).toBe(true);
    await trial.losePowerAndReopen();
    expect([...trial.alive.keys()]).toEqual([2]);
  });
});

describe("open", () => {
  it("succeeds on a disk that takes nothing, which is reported", async () => {
    trial.disk.capacity = 0;
    await trial.open();
    expect(trial.outbox.stats().degraded).toBe(true);
    expect(trial.failures).toHaveLength(1);
    trial.append(10);
    await trial.check();
    trial.disk.capacity = Number.POSITIVE_INFINITY;
    expect(await trial.flush()).toBe(true);
    await trial.losePowerAndReopen();
    expect(trial.alive.size).toBe(1);
  });

  it("refuses the files of a newer version, and changes nothing", async () => {
    await trial.open();
    for (let record = 0; record < 50; record++) trial.append(200);
    trial.acknowledge(Array.from({ length: 40 }, (_, at) => at + 1));
    await trial.flush();
    const name = trial.disk.fileNames.filter((file) => file.endsWith("segment")).at(-1) ?? "";
    const header = encodeSegmentHeader(Number(name.slice(0, 16)));
    header.writeUInt16LE(2, 8);
    header.writeUInt32LE(crc32(Buffer.concat([header.subarray(8, 12), header.subarray(16)])), 12);
    header.copy(trial.disk.contentOf(name));
    const before = trial.disk.fileNames.map((file) => [file, trial.disk.contentOf(file).toString("hex")]);
    await expect(trial.killAndReopen()).rejects.toThrow(/newer @alumiini\/outbox \(format 2/);
    expect(trial.disk.fileNames.map((file) => [file, trial.disk.contentOf(file).toString("hex")])).toEqual(before);
  });
});
