import { describe, expect, it } from "vitest";
import { FakeTime, settlePromises } from "./fake-time.js";
import { deliver, delivered, ManualTransport, message } from "./support.js";

describe("a batch", () => {
  it("leaves when it is full by count, without lingering", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { maxBatchMessages: 3, lingerMs: 50 });
    await time.advance(0);
    for (let id = 0; id < 4; id++) delivery.accept(message(id));
    expect(transport.calls, "nothing is sent within the caller's call").toHaveLength(0);
    await settlePromises();
    expect(transport.calls.map(({ ids }) => ids)).toEqual([["0", "1", "2"]]);
  });

  it("leaves when it is full by bytes, and never holds more", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { maxBatchBytes: 100, lingerMs: 50 });
    await time.advance(0);
    for (let id = 0; id < 3; id++) delivery.accept(message(id, "a", 48));
    await settlePromises();
    // Each has 50 bytes, with its id and key.
    expect(transport.calls.map(({ ids }) => ids)).toEqual([["0", "1"]]);
  });

  it("leaves after lingering, with what has come until then", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 5 });
    await time.advance(0);
    delivery.accept(message(0));
    await time.advance(4);
    delivery.accept(message(1));
    expect(transport.calls).toHaveLength(0);
    await time.advance(1);
    expect(transport.calls.map(({ ids }) => ids)).toEqual([["0", "1"]]);
  });

  it("leaves at once while a flush is under way", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 60_000 });
    await time.advance(0);
    delivery.accept(message(0));
    const flushed = delivery.flush();
    await settlePromises();
    expect(transport.calls).toHaveLength(1);
    await transport.deliverAll(time);
    await flushed;
  });
});

describe("the order of a key", () => {
  it("holds because a key is in one batch at a time; other keys go on", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 0, maxInFlight: 3 });
    await time.advance(0);
    delivery.accept(message("a1", "a"));
    await settlePromises();
    delivery.accept(message("a2", "a"));
    delivery.accept(message("b1", "b"));
    await settlePromises();
    expect(transport.calls.map(({ ids }) => ids)).toEqual([["a1"], ["b1"]]);
    transport.calls[0]?.answer([delivered]);
    await settlePromises();
    expect(transport.calls.map(({ ids }) => ids)).toEqual([["a1"], ["b1"], ["a2"]]);
  });

  it("does not let one busy key keep the others waiting", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 0, maxInFlight: 1, maxBatchMessages: 2 });
    await time.advance(0);
    for (let id = 0; id < 6; id++) delivery.accept(message(`a${id}`, "a"));
    delivery.accept(message("b0", "b"));
    await transport.deliverAll(time);
    await transport.deliverAll(time);
    expect(transport.calls.map(({ ids }) => ids)).toEqual([
      ["a0", "a1"],
      ["b0", "a2"],
    ]);
  });
});

describe("what is under way", () => {
  it("is at most maxInFlight batches", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 0, maxInFlight: 2, maxBatchMessages: 1 });
    await time.advance(0);
    for (const key of ["a", "b", "c"]) delivery.accept(message(key, key));
    await time.advance(1000);
    expect(transport.calls.map(({ ids }) => ids)).toEqual([["a"], ["b"]]);
    expect(delivery.stats()).toMatchObject({ inFlight: 2, queuedMessages: 1, pending: 3, batches: 2 });
  });

  it("costs timers by the batch, not by the message", async () => {
    const time = new FakeTime();
    let timers = 0;
    const setTimer = time.setTimer.bind(time);
    time.setTimer = (...given) => {
      timers++;
      return setTimer(...given);
    };
    const transport = new ManualTransport();
    const options = { time, maxBatchMessages: 1000, maxBatchBytes: 1_000_000, exitWaitMs: 0 };
    const { delivery } = deliver(transport, options);
    await time.advance(0);
    const before = timers;
    for (let id = 0; id < 1000; id++) delivery.accept(message(id, `key ${id % 50}`));
    await transport.deliverAll(time);
    await transport.deliverAll(time);
    expect(delivery.stats()).toMatchObject({ delivered: 1000, batches: 1 });
    // One to linger, one for the attempt.
    expect(timers - before).toBeLessThanOrEqual(2);
  });

  it("leaves no timer behind when all is delivered", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport);
    for (let id = 0; id < 10; id++) delivery.accept(message(id));
    await time.advance(10);
    await transport.deliverAll(time);
    expect(delivery.stats().pending).toBe(0);
    expect(time.timers.size).toBe(0);
  });
});
