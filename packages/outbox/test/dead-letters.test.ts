import type { DeadLetterRecord } from "@alumiini/delivery";
import { beforeEach, describe, expect, it } from "vitest";
import { deadLettersName, readDeadLetters } from "../src/dead-letters.js";
import { Trial } from "./support/trial.js";

let trial: Trial;

beforeEach(async () => {
  trial = new Trial(1, { maxDeadLetterBytes: 65_536 });
  await trial.open();
});

function deadLetter(number: number, bytes = 10): DeadLetterRecord {
  return {
    payload: new Uint8Array(bytes).fill(number % 256),
    reason: number % 2 === 0 ? "rejected" : "expired",
    error: `HTTP 400: number ${number}`,
    time: 1_700_000_000_000 + number,
  };
}

function keep(number: number, bytes?: number): void {
  trial.outbox.keepDeadLetter?.(deadLetter(number, bytes));
}

async function stored(names = trial.disk.fileNames): Promise<DeadLetterRecord[]> {
  const found: DeadLetterRecord[] = [];
  for await (const each of readDeadLetters(trial.disk.fileSystem(), "/outbox", names)) found.push(each);
  return found;
}

describe("dead letters", () => {
  it("are kept as they are, and survive restarts and a loss of power", async () => {
    for (const number of [1, 2, 3]) keep(number, 1000 * number);
    expect(trial.outbox.stats().deadLetters).toBe(3);
    expect(await trial.flush()).toBe(true);
    await trial.losePowerAndReopen();
    expect(trial.outbox.stats().deadLetters).toBe(3);
    keep(4);
    await trial.restart();
    expect(trial.outbox.stats().deadLetters).toBe(4);
    const expected = [deadLetter(1, 1000), deadLetter(2, 2000), deadLetter(3, 3000), deadLetter(4)];
    expect(await stored()).toEqual(expected);
  });

  it("are stored before the acknowledgement of their record", async () => {
    for (let at = 0; at < 40; at++) {
      trial = new Trial(at);
      await trial.open();
      trial.append(10);
      await trial.flush();
      const first = trial.disk.operations;
      trial.disk.plan = (index) => (index === first + at ? { kind: "ends" } : undefined);
      keep(1);
      trial.acknowledge([1]);
      const flushing = trial.outbox.flush();
      while (!trial.disk.hasEnded && trial.outbox.stats().acknowledgedNotStored > 0) await new Promise(setImmediate);
      if (!trial.disk.hasEnded) await flushing;
      trial.disk.losePower();
      trial = Object.assign(trial, { outbox: trial.another() });
      await trial.open();
      const { deadLetters, pending } = trial.outbox.stats();
      expect(deadLetters + pending).toBeGreaterThanOrEqual(1);
      await trial.outbox.close();
    }
  });

  it("have a bound: the oldest go, which is reported", async () => {
    for (let number = 1; number <= 200; number++) {
      keep(number, 1000);
      await trial.outbox.flush();
    }
    const files = trial.disk.fileNames.filter((name) => name.endsWith(".dead-letters"));
    const bytes = files.reduce((sum, name) => sum + trial.disk.contentOf(name).length, 0);
    expect(bytes).toBeLessThanOrEqual(65_536);
    expect(bytes).toBeGreaterThan(0.7 * 65_536);
    const kept = await stored();
    expect(kept.at(-1)).toEqual(deadLetter(200, 1000));
    expect(trial.outbox.stats().deadLetters).toBe(kept.length);
    expect(String(trial.failures)).toMatch(/dropped its \d+ oldest dead letters/);
    // Who reads them may have listed the files before the first one went.
    expect(await stored([deadLettersName(1), ...files])).toEqual(kept);
  });

  it("wait in memory, bounded, while the disk fails, and are written once it works", async () => {
    trial.disk.plan = (_, operation) => (operation === "write" ? { kind: "fails", code: "ENOSPC" } : undefined);
    keep(1);
    expect(await trial.flush()).toBe(false);
    expect(trial.outbox.stats().deadLetters).toBe(1);
    expect(String(trial.failures)).toContain("can't store dead letters and holds them in memory");
    for (let number = 2; number <= 100; number++) keep(number, 1000);
    expect(trial.outbox.stats().deadLetters).toBeLessThan(20);
    trial.disk.plan = () => undefined;
    expect(await trial.flush()).toBe(true);
    const kept = await stored();
    expect(kept.at(-1)).toEqual(deadLetter(100, 1000));
    expect(kept).toHaveLength(trial.outbox.stats().deadLetters);
  });

  it("are kept while the outbox opens", async () => {
    await trial.outbox.close();
    trial.disk.endProcess();
    trial.outbox = trial.another();
    keep(1);
    await trial.open();
    expect(await trial.flush()).toBe(true);
    expect(await stored()).toEqual([deadLetter(1)]);
  });

  it("cost no other where one is damaged", async () => {
    for (const number of [1, 2, 3]) keep(number, 1000);
    await trial.flush();
    const content = trial.disk.contentOf(deadLettersName(1));
    content[1500] = (content[1500] ?? 0) ^ 0xff;
    await trial.killAndReopenDamaged();
    expect(await stored()).toEqual([deadLetter(1, 1000), deadLetter(3, 1000)]);
    keep(4);
    await trial.flush();
    expect(trial.outbox.stats().deadLetters).toBe(3);
  });
});
