import { describe, expect, it, vi } from "vitest";
import { FlushEpochs } from "../../src/flush-epochs.js";
import { decodeMessage, encodeMessage, type OutboxStats } from "../../src/index.js";
import { MemoryOutbox } from "../../src/testing/index.js";
import { deliver, expectConservation, instantTransport, ManualTransport, message } from "../support.js";
import { FailingOutbox } from "./failing-outbox.js";

/** A storage in which an earlier process left messages. */
function leftovers(count: number) {
  const { storage } = new MemoryOutbox();
  for (let id = 0; id < count; id++) storage.records.set(++storage.lastSequence, encodeMessage(message(`old ${id}`)));
  return storage;
}

describe("what an earlier process left", () => {
  it("is covered by a flush right after the start", async () => {
    const { transport, sent } = instantTransport();
    const { delivery, time } = deliver(transport, { outbox: new MemoryOutbox(leftovers(60)) });
    const flushed = delivery.flush();
    await time.advance(100);
    await flushed;
    expect(sent).toHaveLength(60);
    expect(await delivery.recovered()).toBe(60);
    expect(delivery.stats()).toMatchObject({ delivered: 60, recovered: 60, pending: 0 });
  });

  it("is counted by a close right after the start", async () => {
    const { delivery, time } = deliver(new ManualTransport(), { outbox: new MemoryOutbox(leftovers(60)) });
    const closed = delivery.close();
    await time.advance(100);
    await closed;
    expect(delivery.stats()).toMatchObject({ accepted: 60, recovered: 60, pending: 60, dropped: { closed: 0 } });
  });

  it("is none without an outbox; nobody knows it where close comes first", async () => {
    expect(await deliver(new ManualTransport()).delivery.recovered()).toBe(0);
    const outbox = new FailingOutbox();
    outbox.failOpen = new Error("held by process 4711");
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    await time.advance(10);
    await delivery.close();
    await expect(delivery.recovered()).rejects.toThrow("closed");
  });
});

describe("an outbox that can be opened later", () => {
  it("takes what is in memory then, and what an earlier process left is delivered", async () => {
    const outbox = new FailingOutbox(leftovers(3));
    outbox.failOpen = new Error("held by process 4711");
    const transport = new ManualTransport();
    const { delivery, time, failures } = deliver(transport, { outbox, lingerMs: 0, maxBatchMessages: 2 });
    for (let id = 0; id < 4; id++) delivery.accept(message(id, `key ${id}`));
    await time.advance(10);
    expect(delivery.stats()).toMatchObject({ pending: 4, recovered: 0 });
    outbox.failOpen = undefined;
    await time.advance(1000);
    expectConservation(delivery);
    // Those under way have records now, too.
    expect(delivery.stats()).toMatchObject({ pending: 7, recovered: 3, outbox: { pending: 7, state: "open" } });
    for (let round = 0; round < 10; round++) {
      for (const call of transport.calls) call.answer(call.ids.map(() => ({ status: "delivered" })));
      await time.advance(10);
    }
    expect(delivery.stats()).toMatchObject({ delivered: 7, pending: 0, outbox: { pending: 0 } });
    const ids = transport.calls.flatMap((call) => call.ids);
    expect(new Set(ids).size, "none was sent twice").toBe(ids.length);
    expect(failures.map(({ kind }) => kind)).toEqual(["outbox_failed"]);
  });

  it("is opened again without end, ever more seldom", async () => {
    const outbox = new FailingOutbox();
    let opens = 0;
    outbox.open = async () => {
      opens++;
      throw new Error("read-only");
    };
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    await time.advance(3_600_000);
    expect(opens).toBeGreaterThan(100);
    expect(opens).toBeLessThan(140);
    await delivery.close();
    await time.advance(60_000);
    expect(opens).toBeLessThan(140);
  });

  it("has lost nothing of what came while it could not, though the process ends then", async () => {
    const outbox = new FailingOutbox();
    outbox.failOpen = new Error("EACCES");
    outbox.refuse = "closed";
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    for (let id = 0; id < 3; id++) delivery.accept(message(id));
    await time.advance(10);
    expect(delivery.stats()).toMatchObject({ pending: 3, dropped: { overflow: 0 } });
    outbox.failOpen = undefined;
    outbox.refuse = undefined;
    await time.advance(1000);
    const closed = delivery.close(time.deadline(0));
    await time.advance(2000);
    await closed;
    expect(delivery.stats()).toMatchObject({ pending: 3, dropped: { closed: 0 } });
    expect([...outbox.storage.records.values()].map((record) => decodeMessage(record)?.id)).toEqual(["0", "1", "2"]);
  });
});

describe("an outbox whose disk is full when it closes", () => {
  it("is asked what it stored: the rest is lost, counted and said", async () => {
    class Full extends MemoryOutbox {
      override async close() {
        for (const sequence of [...this.storage.records.keys()].slice(2)) this.storage.records.delete(sequence);
        throw new Error("ENOSPC");
      }
      override stats(): OutboxStats {
        return { ...super.stats(), state: "degraded", degraded: true };
      }
    }
    const outbox = new Full();
    const { delivery, time, failures } = deliver(new ManualTransport(), { outbox });
    for (let id = 0; id < 6; id++) delivery.accept(message(id));
    await time.advance(0);
    await expect(delivery.close()).rejects.toThrow("ENOSPC");
    expect(delivery.stats()).toMatchObject({ accepted: 6, pending: 2, dropped: { closed: 4 } });
    expect(failures.map(({ message: said }) => said)).toEqual([
      "4 messages were not delivered, nor stored by the outbox, when the sink closed.",
    ]);
  });
});

describe("stored", () => {
  it("resolves when the outbox has synced, though the receiver is down", async () => {
    const { delivery, time } = deliver(new ManualTransport(), { outbox: new MemoryOutbox() });
    delivery.accept(message(0));
    await time.advance(0);
    await delivery.stored();
    expect(delivery.stats()).toMatchObject({ pending: 1, delivered: 0 });
  });

  it("leaves nothing behind that the next call would have to look at, however long the receiver is down", async () => {
    const close = vi.spyOn(FlushEpochs.prototype, "close");
    const { delivery, time } = deliver(new ManualTransport(), { outbox: new MemoryOutbox() });
    await time.advance(0);
    for (let id = 0; id < 100; id++) {
      delivery.accept(message(id));
      await Promise.all([delivery.stored(), delivery.stored()]);
    }
    const closed = delivery.close(AbortSignal.abort());
    await time.advance(2000);
    await closed;
    const [epochs] = close.mock.contexts;
    expect(epochs instanceof FlushEpochs && epochs.all()).toHaveLength(1);
    close.mockRestore();
  });

  it("is said of what the receiver has, though the outbox can't sync", async () => {
    const outbox = new FailingOutbox();
    outbox.failFlush = new Error("EIO");
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { outbox, lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0));
    const stored = delivery.stored();
    await time.advance(1);
    await transport.deliverAll(time);
    await stored;
    expect(delivery.stats()).toMatchObject({ pending: 0, delivered: 1 });
  });

  it("waits for the receiver without an outbox, and rejects at its deadline", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0));
    const late = delivery.stored(time.deadline(50)).catch(String);
    await time.advance(50);
    expect(await late).toContain("1 messages");
    const stored = delivery.stored();
    await transport.deliverAll(time);
    await stored;
  });

  it("is not said of what the outbox can't sync, or did not take, until it can or the receiver has it", async () => {
    const outbox = new FailingOutbox();
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    await time.advance(0);
    outbox.failFlush = new Error("EIO");
    delivery.accept(message(0));
    let stored = false;
    const waiting = delivery.stored().then(() => {
      stored = true;
    });
    await time.advance(1000);
    expect(stored).toBe(false);
    outbox.failFlush = undefined;
    await time.advance(200);
    await waiting;
    outbox.refuse = "full";
    delivery.accept(message(1));
    const late = delivery.stored(time.deadline(500)).catch(String);
    await time.advance(500);
    expect(await late).toContain("not delivered yet");
  });

  it("is not said of what waits in memory for an outbox that was full when it opened", async () => {
    const outbox = new FailingOutbox(leftovers(20));
    let finishOpening = () => {};
    outbox.opening = new Promise((resolve) => {
      finishOpening = resolve;
    });
    outbox.refuse = "full";
    const { delivery, time } = deliver(new ManualTransport(), { outbox, maxQueueMessages: 10 });
    delivery.accept(message("new", "new"));
    finishOpening();
    await time.advance(10);
    expect(await delivery.recovered()).toBe(20);
    expect(delivery.stats()).toMatchObject({ accepted: 21, pending: 21, outbox: { pending: 20 } });
    const waits = [delivery.stored(time.deadline(500)), delivery.flush(time.deadline(500))].map((wait) =>
      wait.catch(String),
    );
    await time.advance(500);
    expect(await Promise.all(waits)).toEqual([
      expect.stringContaining("not delivered yet"),
      expect.stringContaining("not delivered yet"),
    ]);
  });

  it("is not said while something accepted before an earlier call is in memory only", async () => {
    const outbox = new FailingOutbox();
    const { delivery, time } = deliver(new ManualTransport(), { outbox });
    await time.advance(0);
    outbox.refuse = "full";
    delivery.accept(message(0));
    const first = delivery.stored(time.deadline(100)).catch(String);
    outbox.refuse = undefined;
    delivery.accept(message(1));
    const second = delivery.stored(time.deadline(100)).catch(String);
    await time.advance(100);
    expect(await first).toContain("not delivered yet");
    expect(await second).toContain("not delivered yet");
  });
});

describe("a close while the outbox opens", () => {
  it.each(["flush", "stored"] as const)(
    "ends a %s that waits for that, and one whose outbox opens later",
    async (wait) => {
      for (const opens of [false, true]) {
        const outbox = new FailingOutbox();
        let finishOpening = () => {};
        outbox.opening = new Promise((resolve) => {
          finishOpening = resolve;
        });
        const { delivery, time } = deliver(new ManualTransport(), { outbox });
        delivery.accept(message(0));
        let outcome = "waits";
        delivery[wait]().then(
          () => {
            outcome = "resolved";
          },
          (error: unknown) => {
            outcome = String(error);
          },
        );
        const closed = delivery.close(AbortSignal.abort());
        if (opens) finishOpening();
        await time.advance(2000);
        await closed;
        expect(outcome).toContain("1 messages");
        expect([...time.timers].filter(({ keepAlive }) => keepAlive)).toEqual([]);
      }
    },
  );
});
