import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "./support/simulated-disk.js";
import { Trial } from "./support/trial.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A life that comes by every operation: several files, acknowledgements in and out of order, files removed, a restart. */
async function live(trial: Trial): Promise<void> {
  await trial.open();
  for (let round = 0; round < 4; round++) {
    for (let record = 0; record < 12; record++) trial.append(100 + 90 * record);
    await trial.flush();
    const alive = [...trial.alive.keys()];
    // The first record stays: its file does, others behind it go.
    trial.acknowledge(round === 3 ? alive.slice(0, -2) : alive.filter((_, at) => at > 0 && at % 7 !== 3));
    for (let record = 0; record < 3; record++) trial.append(300);
    await trial.flush();
  }
  await trial.restart();
  trial.append(50);
  await trial.flush();
  await trial.outbox.close();
}

/** A life in which a few records, in every file some, are never done, so that files are written anew without the rest. */
async function liveOnWithFew(trial: Trial): Promise<void> {
  await trial.open();
  for (let record = 0; record < 45; record++) trial.append(800);
  await trial.flush();
  trial.acknowledge([...trial.alive.keys()].filter((_, at) => at % 5 !== 3));
  await new Promise((resolve) => setTimeout(resolve, 4000));
  // Of those that are left, most are done later.
  trial.acknowledge([...trial.alive.keys()].filter((_, at) => at % 5 !== 0));
  trial.append(400);
  await trial.flush();
  await trial.restart();
  await trial.flush();
  await trial.outbox.close();
}

/** Lives while time passes, until the end of the life or of the process. */
async function pass(trial: Trial, life: Promise<void>): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  life.then(end, end);
  for (let turn = 0; turn < 10_000 && !isOver && !trial.disk.hasEnded; turn++) await vi.advanceTimersByTimeAsync(250);
  expect(isOver || trial.disk.hasEnded).toBe(true);
}

describe.each([
  ["with many records", live, 4096],
  ["with few records in large files", liveOnWithFew, 8192],
])("in a life %s, whatever operation it is at which", (_, lead, segmentBytes) => {
  /** How many operations it has. */
  async function operationsOf(seed: number): Promise<number> {
    const trial = new Trial(seed, { segmentBytes });
    await pass(trial, lead(trial));
    return trial.disk.operations;
  }

  it.each([
    ["the process is killed", (trial: Trial) => trial.killAndReopen()],
    ["power is lost", (trial: Trial) => trial.losePowerAndReopen()],
  ])("%s, what was flushed is there and nothing else", async (_, crash) => {
    const operations = await operationsOf(1);
    for (let at = 0; at < operations; at++) {
      const trial = new Trial(1 + at, { segmentBytes });
      trial.disk.plan = (index) => (index === at ? { kind: "ends" } : undefined);
      await pass(trial, lead(trial));
      await crash(trial);
      await trial.check();
      // It goes on as if nothing had been.
      trial.append(200);
      expect(await trial.flush()).toBe(true);
      await trial.losePowerAndReopen();
      await trial.check();
    }
  });

  it.each<[string, Fault, number]>([
    ["fails once", { kind: "fails", code: "EIO" }, 1],
    ["and the two behind it fail", { kind: "fails", code: "EIO" }, 3],
    ["finds the disk full", { kind: "fails", code: "ENOSPC" }, 1],
    ["and the next dozen find the disk full", { kind: "fails", code: "ENOSPC" }, 12],
  ])("it %s, nothing is lost", async (_, fault, times) => {
    const operations = await operationsOf(2);
    for (let at = 0; at < operations; at++) {
      const trial = new Trial(2 + at, { segmentBytes });
      // A read that fails is damage; `damage.test.ts` has that. Without the names nothing can be opened.
      const isHit = (index: number, operation: string) =>
        index >= at && index < at + times && !["read", "open", "make"].includes(operation);
      trial.disk.plan = (index, operation) => (isHit(index, operation) ? fault : undefined);
      const life = lead(trial).catch((error: unknown) => expect(String(error)).toContain("simulated"));
      await pass(trial, life);
      await life;
      trial.disk.plan = () => undefined;
      await trial.losePowerAndReopen();
      await trial.check();
    }
  });
});
