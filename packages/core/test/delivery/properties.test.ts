import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DeliveryOptions, decodeMessage, type Message } from "../../src/delivery/index.js";
import { MemoryOutbox } from "../../src/testing/index.js";
import { FakeTime } from "./fake-time.js";
import { anyStep, ScriptedTransport } from "./scripted-transport.js";
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

const anyRun = fc.record({
  options: anyOptions,
  commands: fc.array(anyCommand, { maxLength: 60 }),
  script: fc.array(anyStep, { maxLength: 30 }),
  failingConnects: fc.constantFrom(0, 0, 2),
  chance: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 7 }),
});
type Run = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;

/** Drives a delivery through a run, checking at every instant what must hold at every instant. */
async function drive(run: Run, extra: DeliveryOptions = {}, firstId = 0) {
  let draws = 0;
  const time = new FakeTime(() => run.chance[draws++ % run.chance.length] ?? 0);
  const transport = new ScriptedTransport(time, run.script, run.failingConnects);
  const accepted: Message[] = [];
  const problems: unknown[] = [];
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
  const flushes: Promise<void>[] = [];
  for (const command of run.commands) {
    if (command.kind === "accept") {
      const one = message(firstId + accepted.length, command.key, command.size);
      accepted.push(one);
      delivery.accept(one);
    } else {
      if (command.kind === "flush") {
        flushes.push(delivery.flush(time.deadline(command.milliseconds)).catch(() => {}));
      }
      await time.advance(command.milliseconds, check);
    }
    check();
  }
  return { delivery, time, transport, accepted, dead, check, problems, flushes };
}

/** The messages of each key were confirmed in the order in which they were accepted, each once. */
function expectOrder(confirmed: readonly Message[]): void {
  const last = new Map<string, number>();
  for (const { id, key } of confirmed) {
    expect(Number(id), `${id} of ${key}`).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, Number(id));
  }
}

const RUNS = { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 150) };
const policies = ["drop-newest", "drop-oldest"] as const;

describe.each(policies)("whatever the receiver does, with overflow %s and no outbox", (overflow) => {
  it("nothing is lost without a trace, order holds, and all is delivered in the end", async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async (run) => {
        const { delivery, time, transport, accepted, dead, check, problems } = await drive(run, { overflow });
        transport.healed = true;
        const flushed = delivery.flush();
        await time.advance(10_000, check);
        await flushed;
        const stats = delivery.stats();
        expect(problems).toEqual([]);
        expect(stats).toMatchObject({ accepted: accepted.length, pending: 0, delivered: transport.confirmed.length });
        expect(stats.durations.count).toBe(stats.delivered);
        expectOrder(transport.confirmed);
        expect(transport.shared).toEqual([]);
        expect(transport.mostUnderWay).toBeLessThanOrEqual(run.options.maxInFlight);
        const { rejected, attempts_exhausted, too_large } = stats.dropped;
        expect(dead).toHaveLength(rejected + attempts_exhausted + too_large);
        expect(droppedOf(stats)).toBe(stats.dropped.overflow + dead.length);
      }),
      RUNS,
    );
  });

  it("close ends it at the deadline, and what is left is counted", async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, fc.constantFrom(0, 100), async (run, deadline) => {
        const { delivery, time, transport, accepted, check, problems, flushes } = await drive(run, { overflow });
        let closed = false;
        const closing = delivery.close(time.deadline(deadline)).then(() => {
          closed = true;
        });
        await time.advance(deadline + 1001, check);
        expect(closed).toBe(true);
        await Promise.all([closing, ...flushes]);
        const sent = transport.confirmed.length;
        delivery.accept(message("late"));
        await time.advance(10_000, check);
        expect(problems).toEqual([]);
        expect(delivery.stats()).toMatchObject({ accepted: accepted.length + 1, pending: 0, delivered: sent });
        expect(transport).toMatchObject({ closes: 1, closedWhileSending: false });
        expectOrder(transport.confirmed);
      }),
      RUNS,
    );
  });
});

describe("whatever the receiver does, with an outbox", () => {
  it("what one process leaves, the next delivers, in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRun,
        anyRun,
        fc.constantFrom(...policies, "block-spill" as const),
        async (first, second, overflow) => {
          const { storage } = new MemoryOutbox();
          const one = await drive(first, { overflow, outbox: new MemoryOutbox(storage) });
          const closing = one.delivery.close(one.time.deadline(0));
          await one.time.advance(2000, one.check);
          await closing;
          const before = one.delivery.stats();
          const left = [...storage.records.values()].map((record) => decodeMessage(record)?.id).sort();
          expect(left).toHaveLength(before.pending);
          expect(before.dropped.closed).toBe(0);

          const two = await drive(
            {
              ...second,
              options: { ...first.options, retry: { ...first.options.retry, maxAttempts: Number.POSITIVE_INFINITY } },
            },
            { overflow, outbox: new MemoryOutbox(storage) },
            1000,
          );
          two.transport.healed = true;
          const flushed = two.delivery.flush();
          await two.time.advance(20_000, two.check);
          await flushed;
          const after = two.delivery.stats();
          expect([...one.problems, ...two.problems]).toEqual([]);
          expect(after).toMatchObject({
            recovered: before.pending,
            pending: 0,
            delivered: two.transport.confirmed.length,
          });
          expect(storage.records.size).toBe(0);
          expectOrder(one.transport.confirmed);
          expectOrder(two.transport.confirmed);
          // The second run's messages are numbered from 1000.
          const settled = [
            ...two.transport.confirmed.map(({ id }) => id),
            ...two.dead.map((line) => line.split(":")[0]),
          ];
          if (overflow !== "drop-oldest") expect(settled.filter((id) => Number(id) < 1000).sort()).toEqual(left);
          if (overflow === "block-spill") expect(before.dropped.overflow + after.dropped.overflow).toBe(0);
        },
      ),
      RUNS,
    );
  });
});
