import { describe, expect, it } from "vitest";
import { encodeMessage } from "../../src/index.js";
import { MemoryOutbox } from "../../src/testing/index.js";
import {
  deliver,
  expectConservation,
  instantTransport,
  ManualTransport,
  message,
  rejected,
  retry,
} from "../support.js";
import { FailingOutbox } from "./failing-outbox.js";

describe("with an outbox", () => {
  it("every message is in it until it is delivered or dropped", async () => {
    const outbox = new FailingOutbox();
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { outbox });
    for (let id = 0; id < 3; id++) delivery.accept(message(id));
    expect(delivery.stats()).toMatchObject({ pending: 3, outbox: { pending: 3 } });
    await time.advance(10);
    transport.calls[0]?.answer([{ status: "delivered" }, rejected(), retry()]);
    await time.advance(0);
    expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 1, outbox: { pending: 1 } });
  });

  it("what does not fit in memory stays there, and is read back in order", async () => {
    const { transport, sent } = instantTransport();
    const { delivery, time } = deliver(transport, { outbox: new MemoryOutbox(), maxQueueMessages: 10 });
    await time.advance(0);
    for (let id = 0; id < 1000; id++) delivery.accept(message(id));
    expect(delivery.stats()).toMatchObject({ accepted: 1000, queuedMessages: 10, pending: 1000 });
    const flushed = delivery.flush();
    await time.advance(1000);
    await flushed;
    expect(sent).toEqual(Array.from({ length: 1000 }, (_, id) => `${id}`));
    expect(delivery.stats()).toMatchObject({ delivered: 1000, pending: 0, dropped: { overflow: 0 } });
  });

  it("what is read back comes in small parts, that the controller does not feel", async () => {
    const asked: number[] = [];
    class Watched extends MemoryOutbox {
      override read(...given: Parameters<MemoryOutbox["read"]>) {
        asked.push(given[1].maxRecords);
        return super.read(...given);
      }
    }
    const outbox = new Watched();
    for (let id = 0; id < 3000; id++) outbox.append(encodeMessage(message(id)));
    const { delivery, time } = deliver(new ManualTransport(), { outbox, maxQueueMessages: 2000 });
    await time.advance(10);
    expect(delivery.stats()).toMatchObject({ accepted: 3000, recovered: 3000, pending: 3000 });
    expect(delivery.stats().queuedMessages + delivery.stats().inFlight).toBeGreaterThan(1000);
    expect(Math.max(...asked)).toBe(256);
  });

  it("flush resolves at its deadline when what is left is safe, and rejects when it is not", async () => {
    const outbox = new FailingOutbox();
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    delivery.accept(message(0));
    const safe = delivery.flush(time.deadline(100));
    await time.advance(100);
    await safe;
    outbox.failFlush = new Error("EIO");
    const unsafe = delivery.flush(time.deadline(100)).catch(String);
    await time.advance(100);
    expect(await unsafe).toContain("1 messages");
  });

  it("close leaves what is not delivered to the next process, which sends it first", async () => {
    const { storage } = new MemoryOutbox();
    const before = deliver(new ManualTransport(), { outbox: new MemoryOutbox(storage) });
    for (let id = 0; id < 3; id++) before.delivery.accept(message(id));
    await before.time.advance(10);
    const closing = before.delivery.close(before.time.deadline(0));
    await before.time.advance(1000);
    await closing;
    expect(before.delivery.stats()).toMatchObject({ pending: 3, queuedMessages: 0, dropped: { closed: 0 } });

    const { transport, sent } = instantTransport();
    const after = deliver(transport, { outbox: new MemoryOutbox(storage) });
    after.delivery.accept(message("new"));
    await after.time.advance(10);
    expect(sent).toEqual(["0", "1", "2", "new"]);
    expect(after.delivery.stats()).toMatchObject({ accepted: 4, recovered: 3, delivered: 4, pending: 0 });
    expect(storage.records.size).toBe(0);
  });
});

describe("an outbox that can't be opened", () => {
  it("leaves memory, and says so", async () => {
    const outbox = new FailingOutbox();
    let finishOpening = () => {};
    outbox.opening = new Promise((resolve) => {
      finishOpening = resolve;
    });
    outbox.failOpen = new Error("held by process 4711");
    const { transport, sent } = instantTransport();
    const { delivery, time, failures } = deliver(transport, { outbox, maxQueueMessages: 3 });
    for (let id = 0; id < 5; id++) delivery.accept(message(id));
    expectConservation(delivery);
    await time.advance(10);
    expect(sent).toEqual([]);
    finishOpening();
    await time.advance(10);
    expect(sent).toEqual(["0", "1", "2"]);
    expect(delivery.stats()).toMatchObject({ accepted: 5, delivered: 3, pending: 0, dropped: { outbox: 2 } });
    expect(failures[0]?.message).toContain("held by process 4711");
    delivery.accept(message(5));
    await delivery.close();
    expect(outbox.closed, "what was not opened is not closed").toBe(0);
  });

  it("makes flush reject at its deadline: nothing is safe", async () => {
    const outbox = new FailingOutbox();
    outbox.failOpen = new Error("read-only");
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    await time.advance(0);
    delivery.accept(message(0));
    const flushed = delivery.flush(time.deadline(100)).catch(String);
    await time.advance(100);
    expect(await flushed).toContain("1 messages");
  });
});

describe("an outbox that takes no record", () => {
  it("because it is full: memory is used as long as order allows, then messages are dropped", async () => {
    const outbox = new FailingOutbox();
    const { delivery, time } = deliver(new ManualTransport(), { outbox, maxQueueMessages: 2 });
    await time.advance(0);
    outbox.refuse = "full";
    for (let id = 0; id < 5; id++) delivery.accept(message(id));
    expect(delivery.stats()).toMatchObject({ accepted: 5, pending: 2, dropped: { overflow: 3 } });
    const flushed = delivery.flush(time.deadline(100)).catch(String);
    await time.advance(100);
    expect(await flushed, "what is in memory only is not safe").toContain("2 messages");
  });

  it("because it is behind and full: nothing overtakes what is in it", async () => {
    const outbox = new FailingOutbox();
    outbox.opening = new Promise(() => {});
    const { delivery } = deliver(new ManualTransport(), { outbox, maxQueueMessages: 2 });
    delivery.accept(message(0));
    outbox.refuse = "full";
    delivery.accept(message(1));
    expect(delivery.stats()).toMatchObject({ accepted: 2, pending: 2, dropped: { overflow: 0 } });
    delivery.accept(message(2));
    expect(delivery.stats()).toMatchObject({ accepted: 3, pending: 2, dropped: { overflow: 1 } });
  });

  it("because the record is too large: the message is given up", async () => {
    const outbox = new FailingOutbox();
    outbox.refuse = "too_large";
    const { delivery, dead } = deliver(new ManualTransport(), { outbox });
    delivery.accept(message(0));
    expect(dead).toEqual(["0: too_large"]);
    expect(delivery.stats()).toMatchObject({ accepted: 1, pending: 0, dropped: { too_large: 1 } });
  });

  it("because it throws, which it must not: memory is used", async () => {
    const outbox = new FailingOutbox();
    const { transport, sent } = instantTransport();
    const { delivery, time, failures } = deliver(transport, { outbox });
    await time.advance(0);
    outbox.throwOnAppend = new Error("bug");
    delivery.accept(message(0));
    await time.advance(10);
    expect(sent).toEqual(["0"]);
    expect(failures).toMatchObject([{ kind: "outbox_failed" }]);
  });
});

describe("an outbox that does not give back what it took", () => {
  it("records that are no messages are counted, skipped and acknowledged", async () => {
    const { storage } = new MemoryOutbox();
    const records = [encodeMessage(message(0)), new Uint8Array([9, 9, 9]), encodeMessage(message(2))];
    for (const record of records) storage.records.set(++storage.lastSequence, record);
    const { transport, sent } = instantTransport();
    const { delivery, time, failures } = deliver(transport, { outbox: new MemoryOutbox(storage) });
    await time.advance(10);
    expect(sent).toEqual(["0", "2"]);
    expect(delivery.stats()).toMatchObject({
      accepted: 3,
      recovered: 3,
      delivered: 2,
      pending: 0,
      dropped: { outbox: 1 },
    });
    expect(storage.records.size).toBe(0);
    expect(failures).toMatchObject([{ kind: "outbox_failed" }]);
  });

  it("records that have gone are counted once everything else has been read, and flush ends", async () => {
    const { storage } = new MemoryOutbox();
    const outbox = new FailingOutbox(storage);
    const { transport, sent } = instantTransport();
    const { delivery, time } = deliver(transport, { outbox, maxQueueMessages: 2 });
    await time.advance(0);
    for (let id = 0; id < 10; id++) delivery.accept(message(id));
    storage.records.delete(5);
    storage.records.delete(10);
    const flushed = delivery.flush();
    await time.advance(1000);
    await flushed;
    expect(sent).toHaveLength(8);
    expect(delivery.stats()).toMatchObject({ accepted: 10, delivered: 8, pending: 0, dropped: { outbox: 2 } });
  });

  it("a read that fails is tried again", async () => {
    const { storage } = new MemoryOutbox();
    storage.records.set(++storage.lastSequence, encodeMessage(message(0)));
    const outbox = new FailingOutbox(storage);
    outbox.failRead = new Error("EIO");
    const { transport, sent } = instantTransport();
    const { delivery, time, failures } = deliver(transport, { outbox });
    await time.advance(10);
    expect(delivery.stats()).toMatchObject({ accepted: 1, pending: 1 });
    outbox.failRead = undefined;
    await time.advance(1010);
    expect(sent).toEqual(["0"]);
    expect(failures.map(({ kind }) => kind)).toEqual(["outbox_failed"]);
  });

  it("a close that fails is told to whoever closes", async () => {
    const outbox = new FailingOutbox();
    outbox.failClose = new Error("ENOSPC");
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { outbox });
    await time.advance(0);
    await expect(delivery.close()).rejects.toThrow("ENOSPC");
    expect(transport.closed).toBe(1);
  });
});
