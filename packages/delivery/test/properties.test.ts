import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../src/index.js";
import { MemoryOutbox } from "../src/testing/index.js";
import { anyRun, drive, expectOrder, idOf, RUNS } from "./driver.js";
import { droppedOf, message } from "./support.js";

const policies = ["drop-newest", "drop-oldest"] as const;

describe.each(policies)("whatever the receiver does, with overflow %s and no outbox", (overflow) => {
  it("nothing is lost without a trace, order holds, and all is delivered in the end", async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async (run) => {
        const {
          delivery,
          time,
          transport,
          accepted,
          dead,
          check,
          problems,
          flushed: flushes,
        } = await drive(run, {
          overflow,
        });
        transport.healed = true;
        const flushed = delivery.flush();
        await time.advance(10_000, check);
        await flushed;
        const stats = delivery.stats();
        expect(problems).toEqual([]);
        expect(stats).toMatchObject({ accepted: accepted.length, pending: 0, delivered: transport.confirmed.length });
        expect(stats.durations.count).toBe(stats.delivered);
        expectOrder(transport.confirmed);
        expect(transport).toMatchObject({ shared: [], mixed: [] });
        expect(transport.mostUnderWay).toBeLessThanOrEqual(run.options.maxInFlight);
        const { rejected, attempts_exhausted, expired, too_large } = stats.dropped;
        expect(dead).toHaveLength(rejected + attempts_exhausted + expired + too_large);
        expect(droppedOf(stats)).toBe(stats.dropped.overflow + dead.length);
        // What a flush covers may have made room by then; what it does not wait for must not come later.
        const sent = new Set(transport.confirmed.map(({ id }) => id));
        expect(flushes.flat().filter((id) => sent.has(id))).toEqual([]);
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
            { firstId: 1000 },
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
          const settled = [...two.transport.confirmed.map(({ id }) => id), ...two.dead.map(idOf)];
          if (overflow !== "drop-oldest") expect(settled.filter((id) => Number(id) < 1000).sort()).toEqual(left);
          if (overflow === "block-spill") expect(before.dropped.overflow + after.dropped.overflow).toBe(0);
        },
      ),
      RUNS,
    );
  });
});
