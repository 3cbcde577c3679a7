import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "./simulated-disk.js";
import { Trial } from "./trial.js";

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

/** How many operations it has. */
async function operationsOf(seed: number): Promise<number> {
  const trial = new Trial(seed);
  await live(trial);
  return trial.disk.operations;
}

/** Lives until the operation at which the plan ends the process. */
async function liveUntilTheEnd(trial: Trial, at: number): Promise<void> {
  trial.disk.plan = (index) => (index === at ? { kind: "ends" } : undefined);
  const end = live(trial);
  let isOver = false;
  end.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  for (let turn = 0; turn < 10_000 && !isOver && !trial.disk.hasEnded; turn++) await vi.advanceTimersByTimeAsync(1);
  expect(isOver || trial.disk.hasEnded).toBe(true);
}

describe("whatever operation it is at which", () => {
  it.each([
    ["the process is killed", (trial: Trial) => trial.killAndReopen()],
    ["power is lost", (trial: Trial) => trial.losePowerAndReopen()],
  ])("%s, what was flushed is there and nothing else", async (_, crash) => {
    const operations = await operationsOf(1);
    for (let at = 0; at < operations; at++) {
      const trial = new Trial(1 + at);
      await liveUntilTheEnd(trial, at);
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
      const trial = new Trial(2 + at);
      // A read that fails is damage; `damage.test.ts` has that. Without the names nothing can be opened.
      const isHit = (index: number, operation: string) =>
        index >= at && index < at + times && !["read", "open", "make"].includes(operation);
      trial.disk.plan = (index, operation) => (isHit(index, operation) ? fault : undefined);
      await live(trial).catch((error: unknown) => expect(String(error)).toContain("simulated"));
      trial.disk.plan = () => undefined;
      await trial.losePowerAndReopen();
      await trial.check();
    }
  });
});
