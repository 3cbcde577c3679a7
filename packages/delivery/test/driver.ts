import fc from "fast-check";
import { expect } from "vitest";
import type { Delivery, DeliveryOptions, Message } from "../src/index.js";
import { FakeTime } from "./fake-time.js";
import { anyGrouping, anyStep, ScriptedTransport } from "./scripted-transport.js";
import { deliver, droppedOf, expectConservation, message } from "./support.js";

const anyOptions = fc.record({
  maxQueueMessages: fc.integer({ min: 1, max: 20 }),
  maxQueueBytes: fc.integer({ min: 60, max: 500 }),
  maxBatchMessages: fc.integer({ min: 1, max: 6 }),
  maxBatchBytes: fc.integer({ min: 40, max: 120 }),
  lingerMs: fc.constantFrom(0, 5, 20),
  maxInFlight: fc.integer({ min: 1, max: 3 }),
  attemptTimeoutMs: fc.constantFrom(50, 250),
  retry: fc.record({
    initialDelayMs: fc.constantFrom(1, 20),
    maxDelayMs: fc.constantFrom(20, 300),
    maxAttempts: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  }),
});

type Command =
  | { readonly kind: "accept"; readonly key: string; readonly size: number }
  | { readonly kind: "advance" | "flush"; readonly milliseconds: number };

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("accept" as const),
      key: fc.constantFrom("a", "b", "c", "d"),
      size: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
        { weight: 1, arbitrary: fc.constant(600) },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("advance" as const, "flush" as const),
      milliseconds: fc.constantFrom(0, 3, 40, 700),
    }),
  },
);

/** How a delivery is set up, what is done with it, and what its receiver does. */
export const anyRun = fc.record({
  options: anyOptions,
  commands: fc.array(anyCommand, { maxLength: 60 }),
  script: fc.array(anyStep, { maxLength: 30 }),
  failingConnects: fc.constantFrom(0, 0, 2),
  grouping: anyGrouping,
  chance: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 7 }),
});
export type Run = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;

/** What there is while a delivery is driven. */
export interface SoFar {
  readonly delivery: Delivery;
  readonly transport: ScriptedTransport;
  readonly time: FakeTime;
  /** Accepted, and not dropped at once. */
  readonly taken: readonly string[];
  readonly dead: readonly string[];
}

/** Drives a delivery through a run, checking at every instant what must hold at every instant. */
export async function drive(
  run: Run,
  extra: DeliveryOptions = {},
  { firstId = 0, before = () => {} }: { firstId?: number; before?: (step: number, so: SoFar) => void } = {},
) {
  let draws = 0;
  const time = new FakeTime(() => run.chance[draws++ % run.chance.length] ?? 0);
  const transport = new ScriptedTransport(time, run.script, run.failingConnects, run.grouping);
  const accepted: Message[] = [];
  const problems: unknown[] = [];
  /** For each flush that resolved: what it covered and was not settled then. */
  const flushed: string[][] = [];
  const check = () => {
    try {
      const stats = delivery.stats();
      expectConservation(delivery);
      expect(stats.queuedMessages + stats.inFlight).toBeLessThanOrEqual(run.options.maxQueueMessages);
      expect(stats.queuedBytes).toBeLessThanOrEqual(run.options.maxQueueBytes);
      expect(stats.delivered).toBeLessThanOrEqual(transport.confirmed.length);
    } catch (problem) {
      problems.push(problem);
    }
  };
  const { delivery, dead } = deliver(transport, {
    ...run.options,
    ...extra,
    time,
    // Whoever is told of something may look at the counts.
    onFailure: () => check(),
    onDeadLetter: ({ id }, reason) => {
      dead.push(`${id}: ${reason}`);
      check();
    },
  });
  /** Accepted, and not dropped at once. */
  const taken: string[] = [];
  const flushes: Promise<void>[] = [];
  const flush = async (milliseconds: number) => {
    const covered = [...taken];
    try {
      await delivery.flush(time.deadline(milliseconds));
    } catch {
      // Not all could be flushed in time: nothing is claimed.
      return;
    }
    const settled = new Set([...transport.confirmed.map(({ id }) => id), ...dead.map(idOf)]);
    flushed.push(covered.filter((id) => !settled.has(id)));
  };
  for (const [step, command] of run.commands.entries()) {
    before(step, { delivery, transport, time, taken, dead });
    if (command.kind === "accept") {
      const one = message(firstId + accepted.length, command.key, command.size);
      const dropped = droppedOf(delivery.stats());
      accepted.push(one);
      delivery.accept(one);
      if (droppedOf(delivery.stats()) === dropped) taken.push(one.id);
    } else {
      if (command.kind === "flush") flushes.push(flush(command.milliseconds));
      await time.advance(command.milliseconds, check);
    }
    check();
  }
  return { delivery, time, transport, accepted, dead, check, problems, flushes, flushed };
}

/** The messages of each key were confirmed in the order in which they were accepted, each once. */
export function expectOrder(confirmed: readonly Message[]): void {
  const last = new Map<string, number>();
  for (const { id, key } of confirmed) {
    expect(Number(id), `${id} of ${key}`).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, Number(id));
  }
}

/** The id in a line about a message given up. */
export function idOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
}

/** How often each property is tried. */
export const RUNS = { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 150) };
