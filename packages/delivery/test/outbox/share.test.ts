import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message, OutboxRefusal, SendResult, Transport } from "../../src/index.js";
import { MemoryOutbox } from "../../src/testing/index.js";
import { RUNS } from "../driver.js";
import { FakeTime } from "../fake-time.js";
import { deliver, delivered, expectConservation, message, retry } from "../support.js";

/** An outbox that is full at a given number of records. */
class BoundedOutbox extends MemoryOutbox {
  constructor(readonly capacity: number) {
    super();
  }

  override append(payload: Uint8Array): number | OutboxRefusal {
    return this.storage.records.size < this.capacity ? super.append(payload) : "full";
  }
}

/** A receiver that fails on some keys, or is down. */
function receiver(isBad: (message: Message) => boolean = () => false) {
  const got: Message[] = [];
  const state = { up: true };
  const transport: Transport = {
    async send(batch) {
      if (!state.up) throw new Error("down");
      return batch.map((one): SendResult => {
        if (isBad(one)) return retry();
        got.push(one);
        return delivered;
      });
    },
  };
  return { transport, got, state };
}

const BRISK = { lingerMs: 0, maxBatchMessages: 5, retry: { initialDelayMs: 5, maxDelayMs: 50 } };

describe("an outbox that one key has filled", () => {
  it("may be filled by one key alone, as long as no other waits", async () => {
    const { transport, state } = receiver();
    state.up = false;
    const outbox = new BoundedOutbox(200);
    const { delivery, time } = deliver(transport, { ...BRISK, outbox, maxQueueMessages: 20 });
    await time.advance(10);
    for (let index = 0; index < 200; index++) delivery.accept(message(index, "flood"));
    expect(delivery.stats()).toMatchObject({ pending: 200, dropped: { overflow: 0 } });
  });

  it("costs the others nothing while the receiver fails on that key", async () => {
    const { transport, got } = receiver(({ key }) => key === "flood");
    const outbox = new BoundedOutbox(100);
    const { delivery, time } = deliver(transport, { ...BRISK, outbox, maxQueueMessages: 20, retry: {} });
    await time.advance(10);
    for (let index = 0; index < 300; index++) {
      delivery.accept(message(`flood ${index}`, "flood"));
      if (index % 10 === 0) delivery.accept(message(`other ${index}`, `other-${index % 7}`));
      await time.advance(1);
    }
    expect(outbox.storage.records.size).toBeGreaterThan(90);
    await time.advance(1000);
    expect(got).toHaveLength(30);
    expectConservation(delivery);
  });

  it.each([
    [1, 0],
    [1, 1],
    [12, 0],
    [12, 1],
  ])("while the receiver is down: %i keys flood it, %i ms apart, others keep their share", async (keys, ms) => {
    const { transport, got, state } = receiver();
    state.up = false;
    const outbox = new BoundedOutbox(100);
    const { delivery, time } = deliver(transport, { ...BRISK, outbox, maxQueueMessages: 60 });
    await time.advance(10);
    for (let index = 0; index < 200; index++) {
      delivery.accept(message(`flood ${index}`, `flood-${index % keys}`));
      if (ms > 0) await time.advance(ms);
    }
    expect(outbox.append(new Uint8Array(1))).toBe("full");
    // Fewer than an equal share of what memory holds.
    for (let index = 0; index < 4; index++) {
      delivery.accept(message(`other ${index}`, `other-${index % 2}`));
      if (ms > 0) await time.advance(ms);
    }
    expectConservation(delivery);
    state.up = true;
    await time.advance(10_000);
    const others = got.filter(({ key }) => key.startsWith("other")).map(({ id }) => id);
    expect(others.sort()).toEqual(["other 0", "other 1", "other 2", "other 3"]);
    expect(delivery.stats().pending).toBe(0);
    expectConservation(delivery);
  });
});

it("in any outage, with any outbox, what is delivered of a key keeps its order, and everything is accounted for", async () => {
  const anyStep = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ accept: fc.integer({ min: 0, max: 4 }), count: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(0, 1, 20, 300) }) },
    { weight: 1, arbitrary: fc.record({ up: fc.boolean() }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 30 }),
      async (steps, capacity, maxQueueMessages) => {
        const { transport, got, state } = receiver();
        const time = new FakeTime(() => 0.5);
        const { delivery } = deliver(transport, {
          ...BRISK,
          time,
          outbox: new BoundedOutbox(capacity),
          maxQueueMessages,
        });
        let number = 0;
        for (const step of steps) {
          if ("accept" in step) {
            for (let index = 0; index < step.count; index++) {
              delivery.accept(message(number++, `${step.accept}`));
              expectConservation(delivery);
            }
          } else if ("wait" in step) await time.advance(step.wait);
          else state.up = step.up;
        }
        state.up = true;
        await time.advance(60_000);
        expectConservation(delivery);
        expect(delivery.stats()).toMatchObject({ pending: 0, delivered: got.length, accepted: number });
        const last = new Map<string, number>();
        for (const { id, key } of got) {
          expect(Number(id)).toBeGreaterThan(last.get(key) ?? -1);
          last.set(key, Number(id));
        }
      },
    ),
    RUNS,
  );
});

describe("what an earlier process left", () => {
  it.each(["drop-newest", "block-spill"] as const)(
    "is not dropped for what is new, with overflow %s",
    async (overflow) => {
      const { storage } = new MemoryOutbox();
      const options = { ...BRISK, overflow, maxQueueMessages: 4 };
      const down = receiver();
      down.state.up = false;
      const first = deliver(down.transport, { ...options, outbox: new MemoryOutbox(storage) });
      await first.time.advance(10);
      for (let index = 0; index < 2; index++) first.delivery.accept(message(`left ${index}`, "left"));
      await Promise.all([first.delivery.close(first.time.deadline(0)), first.time.advance(2000)]);
      expect(storage.records.size).toBe(2);

      const { transport, got, state } = receiver();
      state.up = false;
      const { delivery, time } = deliver(transport, { ...options, outbox: new MemoryOutbox(storage) });
      await time.advance(10);
      expect(delivery.stats()).toMatchObject({ recovered: 2, queuedMessages: 2 });
      // With these, "left" holds more than its share of a full memory.
      for (const key of ["a", "b", "c", "d"]) delivery.accept(message(key, key));
      expectConservation(delivery);
      state.up = true;
      await time.advance(60_000);
      expect(got.filter(({ key }) => key === "left").map(({ id }) => id)).toEqual(["left 0", "left 1"]);
      expect(delivery.stats()).toMatchObject({ pending: 0, dropped: { outbox: 0 } });
      expectConservation(delivery);
    },
  );
});
