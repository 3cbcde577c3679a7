import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeliveryConfig, Message, SendResult, Transport } from "../src/index.js";
import { MemoryOutbox } from "../src/testing/index.js";
import { expectOrder, RUNS } from "./driver.js";
import { FakeTime } from "./fake-time.js";
import { deliver, delivered, expectConservation, message, retry } from "./support.js";

/** A receiver that never takes what is bad, and nothing at all while it is down. */
function receiver(isBad: (message: Message) => boolean, options: { asWhole?: boolean; isDown?: () => boolean } = {}) {
  const { asWhole = false, isDown = () => false } = options;
  const got: Message[] = [];
  const attempts = new Map<string, number>();
  const transport: Transport = {
    send: async (batch) => {
      for (const { id } of batch) attempts.set(id, (attempts.get(id) ?? 0) + 1);
      if (isDown() || (asWhole && batch.some(isBad))) return batch.map(() => retry("503"));
      const stuck = new Set<string>();
      return batch.map((one): SendResult => {
        if (isBad(one)) stuck.add(one.key);
        if (stuck.has(one.key)) return retry("500");
        got.push(one);
        return delivered;
      });
    },
  };
  return { transport, got, attempts };
}

const isBad = ({ id }: Message) => id.startsWith("bad");
/** As the HTTP sink: one message in a request. */
const SINGLE = { maxBatchMessages: 1, lingerMs: 0 } as const;
const HEALTHY = Array.from({ length: 50 }, (_, index) => message(`good ${index}`, `healthy ${index}`));

describe("a receiver that hates some messages", () => {
  it("gets those of all other keys, though one key fills the memory behind a bad one", async () => {
    const { transport, got } = receiver(isBad);
    const { delivery, time } = deliver(transport, { ...SINGLE, maxQueueMessages: 100 });
    delivery.accept(message("bad", "one"));
    for (let id = 0; id < 120; id++) delivery.accept(message(id, "one"));
    for (const one of HEALTHY) delivery.accept(one);
    await time.advance(1000);
    expect(got.filter(({ key }) => key !== "one")).toHaveLength(50);
    expect(delivery.stats()).toMatchObject({ accepted: 171, delivered: 50, circuit: "closed" });
    expect(delivery.stats().dropped).toMatchObject({ overflow: 71 });
  });

  it.each([5, 50])("delivers to it within a second what comes after %i bad ones", async (count) => {
    const { transport, got } = receiver(isBad);
    const { delivery, time, dead } = deliver(transport, SINGLE);
    for (let id = 0; id < count; id++) delivery.accept(message(`bad ${id}`, `key ${id}`));
    for (const one of HEALTHY) delivery.accept(one);
    await time.advance(1000);
    expect(got).toHaveLength(50);
    expect(dead).toEqual([]);
  });

  it("loses a bad one after 20 attempts while others pass, in some minutes, and its key goes on", async () => {
    const { transport, got, attempts } = receiver(isBad);
    const { delivery, time, dead } = deliver(transport, SINGLE);
    delivery.accept(message("bad", "one"));
    delivery.accept(message("next", "one"));
    for (let second = 0; second < 600 && dead.length === 0; second++) {
      delivery.accept(message(second, "other"));
      await time.advance(1000);
      if (second === 60) expect(dead).toEqual([]);
    }
    expect(dead).toEqual(["bad: attempts_exhausted"]);
    // The first ones came faster than others passed.
    expect(attempts.get("bad")).toBeGreaterThanOrEqual(20);
    await time.advance(1000);
    expect(got.map(({ id }) => id)).toContain("next");
    expect(delivery.stats()).toMatchObject({ pending: 0, dropped: { attempts_exhausted: 1 } });
  });

  it.each([
    [2, false],
    [4, false],
    [29, false],
    [4, true],
    [29, true],
  ])(
    "goes on though a bad one stands in front of each of %i keys, and no other is emitted; outbox: %s",
    async (keys, hasOutbox) => {
      const { transport, got } = receiver(isBad);
      const outbox = new MemoryOutbox();
      const { delivery, time, dead } = deliver(transport, {
        ...SINGLE,
        ...(hasOutbox && { outbox, maxQueueMessages: 100 }),
      });
      await time.advance(0);
      const accepted: Message[] = [];
      for (let id = 0; id < 40 * keys; id++) {
        // No key has its bad ones where another has them, and each ends with a good one.
        const row = Math.floor(id / keys);
        const bad = row < 39 && (row + (id % keys)) % 13 === 5;
        accepted.push({ ...message(id, `key ${id % keys}`), id: `${bad ? "bad " : ""}${id}` });
      }
      for (const one of accepted) delivery.accept(one);
      await time.advance(3 * 3_600_000);
      expect(dead.filter((line) => !line.startsWith("bad"))).toEqual([]);
      expect(got).toHaveLength(accepted.filter((one) => !isBad(one)).length);
      expect(delivery.stats()).toMatchObject({ pending: 0, circuit: "closed" });
      expectOrder(got);
    },
  );

  it("finds the bad one among those that fail together", async () => {
    const { transport, got } = receiver(isBad, { asWhole: true });
    const { delivery, time, dead } = deliver(transport, { maxBatchMessages: 100, retry: { maxDelayMs: 1000 } });
    for (let id = 0; id < 100; id++) delivery.accept(message(id === 37 ? "bad" : id, `key ${id % 10}`));
    await time.advance(20_000);
    expect(got.filter(({ key }) => key !== "key 7")).toHaveLength(90);
    for (let second = 0; second < 120; second++) {
      delivery.accept(message(1000 + second, "key 0"));
      await time.advance(1000);
    }
    expect(dead).toEqual(["bad: attempts_exhausted"]);
    expect(delivery.stats()).toMatchObject({ pending: 0, delivered: 99 + 120 });
    expectOrder(got);
  });

  it("does not lose what it only asks to come later", async () => {
    const { transport } = receiver(() => false);
    const busy: SendResult = { status: "retry", error: new Error("429"), busy: true };
    const { delivery, time, dead } = deliver(
      {
        send: async (batch, signal) =>
          batch.some(({ key }) => key === "slow") ? batch.map(() => busy) : transport.send(batch, signal),
      },
      { ...SINGLE, retry: { maxAttempts: 2, maxDelayMs: 100 } },
    );
    delivery.accept(message("later", "slow"));
    for (let id = 0; id < 100; id++) {
      delivery.accept(message(id, "fast"));
      await time.advance(100);
    }
    expect(dead).toEqual([]);
    expect(delivery.stats()).toMatchObject({ delivered: 100, pending: 1 });
  });

  it("keeps one key's share only of a memory that an outbox fills, and all the rest for later", async () => {
    let hates = true;
    const { transport, got } = receiver((one) => hates && isBad(one));
    const outbox = new MemoryOutbox();
    const { delivery, time, dead } = deliver(transport, { ...SINGLE, outbox, maxQueueMessages: 20 });
    await time.advance(0);
    delivery.accept({ ...message("bad", "one"), id: "bad 0" });
    for (let id = 1; id < 200; id++) delivery.accept(message(id, "one"));
    for (const one of HEALTHY) delivery.accept(one);
    await time.advance(5000);
    expect(got.filter(({ key }) => key !== "one")).toHaveLength(50);
    expect(delivery.stats()).toMatchObject({ pending: 200, dropped: { overflow: 0, outbox: 0 } });
    expectConservation(delivery);
    hates = false;
    await time.advance(60_000);
    expect(got.filter(({ key }) => key === "one").map(({ id }) => id)).toEqual([
      "bad 0",
      ...Array.from({ length: 199 }, (_, id) => `${id + 1}`),
    ]);
    expect(dead).toEqual([]);
    expect(delivery.stats()).toMatchObject({ pending: 0, delivered: 250 });
    expect(outbox.storage.records.size).toBe(0);
  });

  it("leaves the dead letters to its outbox, too", async () => {
    const outbox = new MemoryOutbox();
    const { transport } = receiver(isBad);
    const { delivery, time } = deliver(transport, { ...SINGLE, outbox, retry: { maxAttempts: 2 } });
    delivery.accept(message("bad", "one"));
    for (let id = 0; id < 10; id++) {
      delivery.accept(message(id, "other"));
      await time.advance(1000);
    }
    expect(outbox.storage.deadLetters).toMatchObject([{ reason: "attempts_exhausted", error: "Error: 500" }]);
    expect(delivery.stats()).toMatchObject({ pending: 0, outbox: { deadLetters: 1, pending: 0 } });
  });
});

describe("an outage", () => {
  it.each([1, 3, 40])("of hours costs nothing, with %i keys, and is over when it is over", async (keys) => {
    let isDown = true;
    const { transport, got } = receiver(() => false, { isDown: () => isDown });
    const { delivery, time, dead } = deliver(transport, { ...SINGLE, retry: { maxAttempts: 2 } });
    for (let id = 0; id < 200; id++) delivery.accept(message(id, `key ${id % keys}`));
    await time.advance(3 * 3_600_000);
    expect(delivery.stats()).toMatchObject({ delivered: 0, pending: 200, circuit: "open" });
    expect(delivery.stats().oldestPendingMs).toBeGreaterThanOrEqual(3 * 3_600_000);
    isDown = false;
    await time.advance(60_000);
    expect(dead).toEqual([]);
    expect(got).toHaveLength(200);
    expect(delivery.stats()).toMatchObject({ pending: 0, circuit: "closed", oldestPendingMs: undefined });
  });

  it.each([1, 3, 40])("costs nothing that failed before it while others passed, with %i keys", async (keys) => {
    let state: "up" | "flaky" | "down" = "flaky";
    const { transport, got } = receiver(({ id }) => state === "flaky" && Number(id) < keys, {
      isDown: () => state === "down",
    });
    const { delivery, time, dead } = deliver(transport, { ...SINGLE, retry: { maxAttempts: 4 } });
    for (let id = 0; id < 200; id++) delivery.accept(message(id, `key ${id % keys}`));
    delivery.accept(message(200, "passes"));
    await time.advance(150);
    delivery.accept(message(201, "passes"));
    await time.advance(150);
    state = "down";
    await time.advance(3 * 3_600_000);
    expect(delivery.stats()).toMatchObject({ delivered: 2, pending: 200 });
    state = "up";
    await time.advance(60_000);
    expect(dead).toEqual([]);
    expect(got).toHaveLength(202);
    expectOrder(got);
  });

  it("spares the receiver: one probe in a while, whatever the number of keys", async () => {
    const { transport, attempts } = receiver(() => false, { isDown: () => true });
    const { delivery, time } = deliver(transport, SINGLE);
    for (let id = 0; id < 1000; id++) delivery.accept(message(id, `key ${id}`));
    await time.advance(600_000);
    const sent = [...attempts.values()].reduce((sum, count) => sum + count, 0);
    expect(sent).toBeLessThan(80);
  });

  it("of one group does not take away the attempts of its messages, though the others pass", async () => {
    const { transport } = receiver(({ key }) => key.startsWith("dead partition"));
    const { delivery, time, dead } = deliver(
      { ...transport, groupOf: ({ key }) => key.slice(0, 4) },
      { ...SINGLE, retry: { maxAttempts: 2, maxDelayMs: 1000 } },
    );
    for (let id = 0; id < 10; id++) delivery.accept(message(`bad ${id}`, `dead partition ${id}`));
    for (let second = 0; second < 300; second++) {
      delivery.accept(message(second, "live partition"));
      await time.advance(1000);
    }
    expect(dead).toEqual([]);
    expect(delivery.stats()).toMatchObject({ delivered: 300, pending: 10 });
  });

  it("ends the messages that are older than the user allows, those that were never tried too", async () => {
    const { transport } = receiver(() => false, { isDown: () => true });
    const { delivery, time, dead } = deliver(transport, { ...SINGLE, retry: { maxAgeMs: 60_000 } });
    for (let id = 0; id < 20; id++) delivery.accept(message(id, `key ${id % 10}`));
    await time.advance(59_000);
    expect(dead).toEqual([]);
    await time.advance(2000);
    expect(dead).toHaveLength(20);
    expect(delivery.stats()).toMatchObject({ pending: 0, dropped: { expired: 20 } });
  });

  it("counts age from acceptance by an earlier process", async () => {
    const { storage } = new MemoryOutbox();
    const first = deliver(receiver(() => false, { isDown: () => true }).transport, {
      outbox: new MemoryOutbox(storage),
      time: new FakeTime(),
    });
    first.delivery.accept(message(0));
    await first.time.advance(0);
    const closing = first.delivery.close();
    await first.time.advance(100);
    await closing;
    const time = new FakeTime();
    await time.advance(5000);
    const second = deliver(receiver(() => false, { isDown: () => true }).transport, {
      outbox: new MemoryOutbox(storage),
      time,
    });
    await time.advance(100);
    expect(second.delivery.stats().oldestPendingMs).toBe(5100);
  });
});

describe("whatever is bad, and whenever the receiver is down", () => {
  const anyMessage = fc.record({ key: fc.integer({ min: 0, max: 7 }), bad: fc.integer({ min: 0, max: 9 }) });
  const anyPoison = fc.record({
    batches: fc.array(fc.array(anyMessage, { maxLength: 20 }), { minLength: 1, maxLength: 6 }),
    outages: fc.array(fc.record({ from: fc.integer({ min: 0, max: 6 }), steps: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 2,
    }),
    asWhole: fc.boolean(),
    options: fc.record({
      maxBatchMessages: fc.constantFrom(1, 3, 50),
      maxInFlight: fc.integer({ min: 1, max: 4 }),
      lingerMs: fc.constantFrom(0, 5),
    }),
    outbox: fc.boolean(),
    maxQueueMessages: fc.constantFrom(12, 1000),
    chance: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 7 }),
  });

  it("every healthy key is delivered in bounded time, in order, and no outage costs a message", async () => {
    await fc.assert(
      fc.asyncProperty(anyPoison, async (run) => {
        let step = 0;
        const isDown = () => run.outages.some(({ from, steps }) => step >= from && step < from + steps);
        const { transport, got } = receiver(isBad, { asWhole: run.asWhole, isDown });
        let draws = 0;
        const time = new FakeTime(() => run.chance[draws++ % run.chance.length] ?? 0);
        const deadInOutage: string[] = [];
        const options: Partial<DeliveryConfig> = {
          ...run.options,
          time,
          ...(run.outbox && { outbox: new MemoryOutbox() }),
          maxQueueMessages: run.outbox ? run.maxQueueMessages : 1000,
          retry: { initialDelayMs: 10, maxDelayMs: 300, maxAttempts: 4 },
          onDeadLetter: ({ id }) => {
            expect(id).toMatch(/^bad/);
            if (isDown()) deadInOutage.push(id);
          },
        };
        const { delivery } = deliver(transport, options);
        const healthy: string[] = [];
        const spoilt = new Set<number>();
        let id = 0;
        for (const batch of run.batches) {
          for (const { key, bad } of batch) {
            id++;
            if (bad === 0) spoilt.add(key);
            delivery.accept({ ...message(id, `${key}`), id: bad === 0 ? `bad ${id}` : `${id}` });
            expectConservation(delivery);
          }
          await time.advance(1000);
          step++;
        }
        // All steps are over, and with them every outage.
        step = 100;
        for (const [index, { key }] of run.batches.flat().entries()) {
          if (!spoilt.has(key)) healthy.push(`${index + 1}`);
        }
        await time.advance(5000);
        const arrived = new Set(got.map((one) => one.id));
        expect(healthy.filter((one) => !arrived.has(one))).toEqual([]);
        expect(deadInOutage).toEqual([]);
        expectOrder(got);
        expectConservation(delivery);
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 5) },
    );
  });
});
