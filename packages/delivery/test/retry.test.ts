import { describe, expect, it } from "vitest";
import { FakeTime } from "./fake-time.js";
import { deliver, delivered, instantTransport, ManualTransport, message, rejected, retry } from "./support.js";

describe("what may be sent again", () => {
  it("is, before what came later for its key, after a pause", async () => {
    const { transport, sent } = instantTransport(({ id }, attempt) =>
      id === "1" && attempt === 1 ? retry() : delivered,
    );
    const { delivery, time } = deliver(transport, { lingerMs: 0, maxBatchMessages: 1 });
    for (let id = 0; id < 3; id++) delivery.accept(message(id));
    await time.advance(49);
    expect(sent).toEqual(["0", "1"]);
    expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 2, retries: 1, lastError: "Error: busy" });
    await time.advance(1);
    expect(sent).toEqual(["0", "1", "1", "2"]);
  });

  it("does not hold up other keys", async () => {
    const { transport, sent } = instantTransport(({ key }) => (key === "a" ? retry() : delivered));
    const { delivery, time } = deliver(transport, { lingerMs: 0 });
    delivery.accept(message("a1", "a"));
    delivery.accept(message("b1", "b"));
    await time.advance(1);
    delivery.accept(message("b2", "b"));
    await time.advance(1);
    expect(sent).toEqual(["a1", "b1", "b2"]);
  });

  it("waits a random part of a bound that doubles, up to the greatest", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, {
      lingerMs: 0,
      retry: { initialDelayMs: 10, maxDelayMs: 35 },
      time: new FakeTime(() => 0.999),
    });
    await time.advance(0);
    delivery.accept(message(0));
    await time.advance(0);
    for (const [index, pause] of [10, 20, 35, 35].entries()) {
      transport.calls[index]?.answer([retry()]);
      await time.advance(pause - 1);
      expect(transport.calls).toHaveLength(index + 1);
      await time.advance(1);
      expect(transport.calls).toHaveLength(index + 2);
    }
  });

  it("waits as long as the receiver asks for", async () => {
    const { transport, sent } = instantTransport((_, attempt) =>
      attempt === 1 ? { status: "retry", error: new Error("slow down"), retryAfterMs: 5000 } : delivered,
    );
    const { delivery, time } = deliver(transport, { lingerMs: 0 });
    delivery.accept(message(0));
    await time.advance(4999);
    expect(sent).toHaveLength(1);
    await time.advance(1);
    expect(sent).toHaveLength(2);
  });

  it("is given up after maxAttempts while others pass", async () => {
    const { transport, sent } = instantTransport(({ id }) => (id === "bad" ? retry() : delivered));
    const { delivery, time, dead, failures } = deliver(transport, { retry: { maxAttempts: 3 } });
    delivery.accept(message("bad", "a"));
    delivery.accept(message("after", "a"));
    for (let id = 0; id < 100; id++) {
      delivery.accept(message(id, "b"));
      await time.advance(10);
    }
    expect(sent.filter((id) => id === "bad")).toHaveLength(3);
    expect(sent, "its key goes on").toContain("after");
    expect(delivery.stats()).toMatchObject({ pending: 0, delivered: 101, dropped: { attempts_exhausted: 1 } });
    expect(dead).toEqual(["bad: attempts_exhausted"]);
    expect(failures.map(({ kind }) => kind)).toEqual(["send_failed", "attempts_exhausted"]);
  });
});

describe("what is refused for good", () => {
  it("is counted, reported and handed over, and what follows goes on", async () => {
    const { transport, sent } = instantTransport(({ id }) => (id === "0" ? rejected() : delivered));
    const { delivery, time, dead, failures } = deliver(transport);
    delivery.accept(message(0));
    delivery.accept(message(1));
    await time.advance(10);
    expect(sent).toEqual(["0", "1"]);
    expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 0, dropped: { rejected: 1 } });
    expect(dead).toEqual(["0: rejected"]);
    expect(failures).toMatchObject([{ kind: "rejected", sink: "test", error: new Error("malformed") }]);
  });

  it("does no harm when onDeadLetter throws", async () => {
    const { delivery, time, failures } = deliver(instantTransport(() => rejected()).transport, {
      onDeadLetter: () => {
        throw new Error("disk full");
      },
    });
    delivery.accept(message(0));
    await time.advance(10);
    expect(delivery.stats()).toMatchObject({ pending: 0, dropped: { rejected: 1 } });
    expect(failures.map(({ kind }) => kind)).toEqual(["rejected", "dead_letter_failed"]);
  });
});

describe("a batch that gets no answer", () => {
  it("is aborted at its timeout and sent again", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { attemptTimeoutMs: 200, lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0));
    await time.advance(199);
    expect(transport.calls[0]?.signal.aborted).toBe(false);
    await time.advance(1);
    expect(transport.calls[0]?.signal.aborted).toBe(true);
    transport.calls[0]?.fail(new Error("aborted"));
    await time.advance(100);
    expect(transport.calls).toHaveLength(2);
    expect(delivery.stats()).toMatchObject({ pending: 1, retries: 1 });
  });

  it("is left to itself when it ignores the signal, and a late answer counts for nothing", async () => {
    const transport = new ManualTransport();
    const { delivery, time } = deliver(transport, { attemptTimeoutMs: 200, lingerMs: 0 });
    await time.advance(0);
    delivery.accept(message(0));
    await time.advance(1300);
    expect(transport.calls).toHaveLength(2);
    transport.calls[0]?.answer([delivered]);
    await time.advance(0);
    expect(delivery.stats()).toMatchObject({ delivered: 0, inFlight: 1, lastError: "Error: no answer within 200 ms" });
    transport.calls[1]?.answer([delivered]);
    await time.advance(0);
    expect(delivery.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 });
  });
});

describe("a transport in plain JavaScript that gets it wrong", () => {
  const answers: Record<string, string> = {
    nothing: "undefined",
    "no list": "7",
    "too few results": "[]",
    "results of another kind": "['delivered']",
    "a status that does not exist": "[{ status: 'ok' }]",
    "an error that is none": "[{ status: 'retry', error: { toString() { throw 1; } } }]",
    "results that throw": "[{ get status() { throw { toString() { throw 1; } }; } }]",
  };

  it.each(Object.entries(answers))("answers %s: the message is sent again", async (_, code) => {
    let calls = 0;
    const answer: () => never = new Function(`return ${code}`).bind(undefined);
    const { delivery, time } = deliver(
      { send: async (batch) => (++calls === 1 ? answer() : batch.map(() => delivered)) },
      { lingerMs: 0 },
    );
    delivery.accept(message(0));
    await time.advance(1);
    expect(delivery.stats()).toMatchObject({ delivered: 0, pending: 1, retries: 1 });
    await time.advance(100);
    expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 0 });
  });
});
