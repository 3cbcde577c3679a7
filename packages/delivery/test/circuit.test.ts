import { describe, expect, it } from "vitest";
import type { Delivery, Transport } from "../src/index.js";
import { FakeTime } from "./fake-time.js";
import { deliver, delivered, instantTransport, message, retry } from "./support.js";

/** Twenty keys, so that batches fail that have nothing to do with one another. */
function acceptMany(delivery: Delivery): void {
  for (let id = 0; id < 20; id++) delivery.accept(message(id, `key ${id}`));
}

describe("a receiver that is down", () => {
  it("is spared after five batches, then tried with one at a time", async () => {
    let down = true;
    const { transport, sent } = instantTransport(() => (down ? retry() : delivered));
    const { delivery, time } = deliver(transport, {
      maxBatchMessages: 1,
      lingerMs: 0,
      maxInFlight: 1,
      retry: { initialDelayMs: 1000, maxDelayMs: 1000 },
      time: new FakeTime(() => 0.5),
    });
    acceptMany(delivery);
    await time.advance(10);
    expect(sent).toHaveLength(5);
    expect(delivery.stats().circuit).toBe("open");
    await time.advance(499);
    expect(sent).toHaveLength(6);
    expect(delivery.stats().circuit).toBe("open");
    down = false;
    await time.advance(500);
    expect(delivery.stats()).toMatchObject({ circuit: "closed", delivered: 20, pending: 0 });
  });

  it("is said once, not for every batch", async () => {
    const { transport } = instantTransport(() => retry("no route to host"));
    const { delivery, time, failures } = deliver(transport, { maxBatchMessages: 1, lingerMs: 0 });
    acceptMany(delivery);
    await time.advance(59_000);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toContain("no route to host");
    await time.advance(60_000);
    expect(failures).toHaveLength(2);
    expect(failures[1]?.heldBack).toBeGreaterThan(1);
  });
});

describe("a receiver that refuses some", () => {
  it("is not taken to be down", async () => {
    const { transport } = instantTransport(({ key }) => (key === "key 0" ? retry() : delivered));
    const { delivery, time } = deliver(transport, { lingerMs: 0 });
    for (let round = 0; round < 20; round++) {
      acceptMany(delivery);
      await time.advance(1);
      expect(delivery.stats().circuit).toBe("closed");
    }
  });
});

describe("connecting", () => {
  function failing(times: number) {
    let connects = 0;
    const { transport, sent } = instantTransport();
    const connect = async () => {
      if (++connects <= times) throw new Error("connect ECONNREFUSED nats://app:hunter2@broker:4222");
    };
    return { transport: { ...transport, connect } satisfies Transport, sent, connects: () => connects };
  }

  it("happens behind the caller's back, again and again, and ready tells", async () => {
    const { transport, sent, connects } = failing(3);
    const { delivery, time, failures } = deliver(transport);
    expect(connects()).toBe(0);
    delivery.accept(message(0));
    let ready = false;
    const waiting = delivery.ready().then(() => {
      ready = true;
    });
    await time.advance(0);
    expect(delivery.stats()).toMatchObject({ circuit: "open", connected: false, pending: 1 });
    expect(ready).toBe(false);
    await time.advance(1000);
    await waiting;
    expect(delivery.stats()).toMatchObject({ circuit: "closed", connected: true, pending: 0 });
    expect(sent).toEqual(["0"]);
    expect(failures).toMatchObject([{ kind: "connect_failed" }]);
  });

  it("keeps credentials out of reports and stats", async () => {
    const { delivery, time, failures } = deliver(failing(1).transport);
    await time.advance(0);
    expect(failures[0]?.message).toContain("broker:4222");
    expect(`${failures[0]?.message} ${delivery.stats().lastError}`).not.toContain("hunter2");
  });

  it("has ended before the transport is closed", async () => {
    const order: string[] = [];
    const { delivery, time } = deliver({
      connect: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            time.setTimer(() => {
              order.push("connect ended");
              reject(new Error("aborted"));
            }, 300);
          });
        }),
      send: async () => [],
      close: async () => {
        order.push("closed");
      },
    });
    await time.advance(0);
    const closed = delivery.close();
    await time.advance(300);
    await closed;
    expect(order).toEqual(["connect ended", "closed"]);
  });

  it("that hangs is aborted and tried again", async () => {
    const signals: AbortSignal[] = [];
    const { transport } = instantTransport();
    const { delivery, time } = deliver(
      {
        ...transport,
        connect: (signal) => {
          signals.push(signal);
          return new Promise(() => {});
        },
      },
      { attemptTimeoutMs: 500 },
    );
    await time.advance(500);
    expect(signals[0]?.aborted).toBe(true);
    await time.advance(1100);
    expect(signals).toHaveLength(2);
    const closed = delivery.close();
    await time.advance(2000);
    await closed;
    expect(signals[1]?.aborted).toBe(true);
    await expect(delivery.ready()).rejects.toThrow("closed");
  });
});
