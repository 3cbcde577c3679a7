import { describe, expect, it } from "vitest";
import { settlePromises } from "./fake-time.js";
import { deliver, delivered, instantTransport, ManualTransport, message, rejected, retry } from "./support.js";

/** Whether a promise has settled, and how. */
function observe(promise: Promise<unknown>) {
  const seen = { state: "pending", reason: "" };
  promise.then(
    () => {
      seen.state = "resolved";
    },
    (error: unknown) => {
      seen.state = "rejected";
      seen.reason = String(error);
    },
  );
  return seen;
}

describe("flush", () => {
  it("resolves at once when nothing waits", async () => {
    await deliver(instantTransport().transport).delivery.flush();
  });

  it("covers what was accepted before the call and nothing later", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { maxBatchMessages: 1, lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0, "a"));
    const first = observe(delivery.flush());
    delivery.accept(message(1, "b"));
    const second = observe(delivery.flush());
    await settlePromises();
    transport.calls[1]?.answer([delivered]);
    await settlePromises();
    expect([first.state, second.state]).toEqual(["pending", "pending"]);
    transport.calls[0]?.answer([delivered]);
    await settlePromises();
    expect([first.state, second.state]).toEqual(["resolved", "resolved"]);
  });

  it("does not wait for what comes during it", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { maxBatchMessages: 1 });
    await time.advance(0);
    delivery.accept(message(0));
    const flushed = observe(delivery.flush());
    await settlePromises();
    delivery.accept(message(1));
    transport.calls[0]?.answer([delivered]);
    await settlePromises();
    expect(flushed.state).toBe("resolved");
    expect(delivery.stats().pending).toBe(1);
  });

  it("waits for what must be sent again, and counts what was given up as settled", async () => {
    const { transport } = instantTransport(({ id }, attempt) =>
      id === "0" ? rejected() : attempt < 3 ? retry() : delivered,
    );
    const { delivery, time } = deliver(transport);
    delivery.accept(message(0));
    delivery.accept(message(1));
    const flushed = observe(delivery.flush());
    await time.advance(1000);
    expect(flushed.state).toBe("resolved");
    expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 0, dropped: { rejected: 1 } });
  });

  it("rejects when the signal aborts, and says what is left and why", async () => {
    const { delivery, time } = deliver(instantTransport(() => retry("503 https://u:p4ss@host/")).transport);
    delivery.accept(message(0));
    const flushed = observe(delivery.flush(time.deadline(500)));
    await time.advance(499);
    expect(flushed.state).toBe("pending");
    await time.advance(1);
    expect(flushed.state).toBe("rejected");
    expect(flushed.reason).toContain("1 messages");
    expect(flushed.reason).toContain("503");
    expect(flushed.reason).not.toContain("p4ss");
    expect(delivery.stats().pending).toBe(1);
  });

  it("rejects at once with a signal that has aborted", async () => {
    const { delivery } = deliver(new ManualTransport());
    delivery.accept(message(0));
    await expect(delivery.flush(AbortSignal.abort())).rejects.toThrow("1 messages");
  });

  it("holds the process while it waits", async () => {
    const { delivery, time } = deliver(new ManualTransport(), { exitWaitMs: 0 });
    delivery.accept(message(0));
    await time.advance(10);
    const holding = () => [...time.timers].filter(({ keepAlive }) => keepAlive).length;
    expect(holding()).toBe(0);
    const flushed = observe(delivery.flush(time.deadline(100)));
    expect(holding()).toBe(1);
    await time.advance(100);
    expect(flushed.state).toBe("rejected");
    expect(holding()).toBe(0);
  });
});

describe("close", () => {
  it("lets batches under way end, then releases the transport, and drops the rest", async () => {
    const transport = new ManualTransport();
    const { delivery, time, failures } = deliver(transport, { maxBatchMessages: 1, maxInFlight: 1, lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0));
    delivery.accept(message(1));
    await time.advance(0);
    const closed = observe(delivery.close());
    await time.advance(100);
    expect([closed.state, transport.closed]).toEqual(["pending", 0]);
    transport.calls[0]?.answer([delivered]);
    await time.advance(0);
    expect([closed.state, transport.closed]).toEqual(["resolved", 1]);
    expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 0, dropped: { closed: 1 } });
    expect(failures).toMatchObject([{ kind: "closed" }]);
  });

  it("never hangs, though nothing settles", async () => {
    const hanging = {
      connect: async () => {},
      send: () => new Promise<never>(() => {}),
      close: () => new Promise<never>(() => {}),
    };
    const { delivery, time, failures } = deliver(hanging, { lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0));
    await time.advance(0);
    const closed = observe(delivery.close(time.deadline(500)));
    await time.advance(1500);
    expect(closed.state).toBe("resolved");
    await time.advance(1000);
    expect(failures.map(({ kind }) => kind)).toEqual(["closed", "close_failed"]);
    expect(delivery.stats()).toMatchObject({ pending: 0, dropped: { closed: 1 } });
    expect(time.timers.size).toBe(0);
  });

  it("does nothing more when called again, counts what comes afterwards, and ends flushes under way", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport);
    delivery.accept(message(0));
    const flushed = observe(delivery.flush());
    const closing = delivery.close(time.deadline(0));
    const again = delivery.close();
    await time.advance(1000);
    await Promise.all([closing, again]);
    expect(transport.closed).toBe(1);
    expect(flushed.state).toBe("resolved");
    delivery.accept(message(1));
    await delivery.flush();
    expect(delivery.stats()).toMatchObject({ accepted: 2, pending: 0, dropped: { closed: 2 } });
  });

  it("does not wait for the release once its signal has aborted; calling it again does", async () => {
    let release = () => {};
    const transport = { send: async () => [], close: () => new Promise<void>((resolve) => (release = resolve)) };
    const { delivery, time } = deliver(transport);
    await time.advance(0);
    await delivery.close(AbortSignal.abort());
    const again = observe(delivery.close());
    await time.advance(10);
    expect(again.state).toBe("pending");
    release();
    await time.advance(0);
    expect(again.state).toBe("resolved");
  });
});
