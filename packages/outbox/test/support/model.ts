import fc from "fast-check";
import { expect, vi } from "vitest";
import type { FsyncMode } from "../../src/options.js";
import { type DiskTrouble, failing, filling, repair, trouble } from "./disk-trouble.js";
import { SMALL, Trial } from "./trial.js";

const MAX_BYTES = 65_536;

type Step =
  | DiskTrouble
  | { readonly kind: "append"; readonly sizes: readonly number[] }
  | { readonly kind: "acknowledge"; readonly from: number; readonly part: number; readonly every: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "read"; readonly maxRecords: number; readonly maxBytes: number }
  | { readonly kind: "flush" | "repair" | "restart" | "kill" | "lose power" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      sizes: fc.array(fc.oneof({ weight: 8, arbitrary: fc.nat(300) }, fc.nat(3000)), { minLength: 1, maxLength: 25 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("acknowledge" as const),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      every: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(3000) }) },
  { weight: 2, arbitrary: failing },
  { weight: 1, arbitrary: filling(6000) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      maxRecords: fc.integer({ min: 1, max: 40 }),
      maxBytes: fc.integer({ min: 1, max: 5000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("flush" as const, "flush" as const, "repair" as const, "restart", "kill", "lose power"),
    }),
  },
);

async function take(trial: Trial, step: Step): Promise<void> {
  const { disk } = trial;
  switch (step.kind) {
    case "append":
      for (const size of step.sizes) trial.append(size);
      break;
    case "acknowledge": {
      const alive = [...trial.alive.keys()];
      const from = Math.floor(step.from * alive.length);
      const chosen = alive.slice(from, from + Math.ceil(step.part * alive.length));
      trial.acknowledge(chosen.filter((_, at) => at % step.every === 0));
      break;
    }
    case "pass":
      await vi.advanceTimersByTimeAsync(step.ms);
      break;
    case "fail":
    case "fill":
      trouble(disk, step);
      break;
    case "flush":
      await trial.flush();
      break;
    case "repair":
      repair(disk);
      expect(await trial.flush()).toBe(true);
      expect(trial.outbox.stats().degraded).toBe(false);
      break;
    case "restart":
      repair(disk);
      await trial.restart();
      break;
    case "kill":
      await trial.killAndReopen();
      break;
    case "lose power":
      await trial.losePowerAndReopen();
      break;
    case "read": {
      const { plan } = disk;
      disk.plan = () => undefined;
      await trial.check(step);
      disk.plan = plan;
    }
  }
  const { bytes } = trial.outbox.stats();
  // Where nothing has failed, no more is on the disk than is said to be, and never more than allowed.
  if (trial.failures.length > 0) return;
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
  expect(disk.bytes).toBeLessThanOrEqual(MAX_BYTES);
}

/** Lets random histories happen to an outbox; throws where it does not hold what it should. */
export async function holdAgainstModel(fsync: FsyncMode, histories: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step, { maxLength: 40 }), async (seed, steps) => {
        const trial = new Trial(seed, { ...SMALL, fsync });
        await trial.open();
        for (const next of steps) await take(trial, next);
        repair(trial.disk);
        expect(await trial.flush()).toBe(true);
        await trial.check();
        await trial.restart();
        await trial.check();
        await trial.outbox.close();
        vi.clearAllTimers();
      }),
      { numRuns: histories },
    );
  } finally {
    vi.useRealTimers();
  }
}
