import { describe, expect, it } from "vitest";
import { deliver, expectConservation, ManualTransport, message } from "./support.js";

const never = { connect: () => new Promise<void>(() => {}), send: () => new Promise<never>(() => {}) };

describe("memory that is full", () => {
  it("drops the newest, unless told otherwise", async () => {
    const transport = new ManualTransport();
    const { delivery, time, failures } = deliver(transport, { maxQueueMessages: 2 });
    for (let id = 0; id < 5; id++) delivery.accept(message(id));
    await time.advance(10);
    expect(transport.calls[0]?.ids).toEqual(["0", "1"]);
    expect(delivery.stats()).toMatchObject({ accepted: 5, pending: 2, dropped: { overflow: 3 } });
    expect(failures.map(({ kind }) => kind)).toEqual(["overflow"]);
  });

  it("makes room by dropping the oldest, of whatever key", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { maxQueueMessages: 3, overflow: "drop-oldest" });
    for (const [id, key] of ["a", "b", "a", "c", "c"].entries()) delivery.accept(message(id, key));
    await time.advance(10);
    expect(transport.calls[0]?.ids).toEqual(["2", "3", "4"]);
    expect(delivery.stats()).toMatchObject({ accepted: 5, pending: 3, dropped: { overflow: 2 } });
  });

  it("ends a flush when what it waits for has made room", async () => {
    const { delivery, time } = deliver(never, { maxQueueMessages: 1, overflow: "drop-oldest" });
    delivery.accept(message(0));
    let flushed = false;
    const flushing = delivery.flush().then(() => {
      flushed = true;
    });
    await time.advance(10);
    expect(flushed).toBe(false);
    delivery.accept(message(1));
    await flushing;
    expect(delivery.stats()).toMatchObject({ pending: 1, dropped: { overflow: 1 } });
  });

  it("never drops what is under way", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { maxQueueMessages: 2, overflow: "drop-oldest", lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0, "a"));
    delivery.accept(message(1, "b"));
    await time.advance(0);
    delivery.accept(message(2, "a"));
    expect(delivery.stats()).toMatchObject({ inFlight: 2, queuedMessages: 0, dropped: { overflow: 1 } });
    await transport.deliverAll(time);
    expect(delivery.stats()).toMatchObject({ delivered: 2, pending: 0 });
  });

  it("drops nothing for a message that would not fit even then", async () => {
    const transport = new ManualTransport();
    const options = { maxQueueBytes: 100, overflow: "drop-oldest", lingerMs: 0, maxBatchMessages: 1, maxInFlight: 1 };
    const { delivery, time } = deliver(transport, { ...options, overflow: "drop-oldest" });
    await time.advance(0);
    delivery.accept(message(0, "a", 58));
    await time.advance(0);
    delivery.accept(message(1, "a", 28));
    delivery.accept(message(2, "a", 78));
    expect(delivery.stats()).toMatchObject({ inFlight: 1, queuedMessages: 1, dropped: { overflow: 1 } });
  });

  it("is full by bytes too", () => {
    const { delivery } = deliver(never, { maxQueueBytes: 1000 });
    for (let id = 0; id < 20; id++) delivery.accept(message(id, "a", 98));
    expect(delivery.stats()).toMatchObject({ queuedMessages: 10, queuedBytes: 1000, dropped: { overflow: 10 } });
  });

  it.each(["drop-newest", "drop-oldest"] as const)(
    "stays bounded with %s while a receiver never answers",
    (overflow) => {
      const { delivery } = deliver(never, { overflow });
      for (let id = 0; id < 50_000; id++) delivery.accept(message(id, `key ${id}`));
      expectConservation(delivery);
      expect(delivery.stats()).toMatchObject({
        pending: 10_000,
        queuedMessages: 10_000,
        dropped: { overflow: 40_000 },
      });
    },
  );
});

describe("a message that is too large", () => {
  it("is given up at once, and what follows goes on", async () => {
    const transport = new ManualTransport();
    const { delivery, time, dead } = deliver(transport, { maxBatchBytes: 100 });
    delivery.accept(message(0, "a", 99));
    delivery.accept(message(1, "a", 98));
    await time.advance(10);
    expect(dead).toEqual(["0: too_large"]);
    expect(transport.calls[0]?.ids).toEqual(["1"]);
    expect(delivery.stats()).toMatchObject({ accepted: 2, pending: 1, dropped: { too_large: 1 } });
  });
});
